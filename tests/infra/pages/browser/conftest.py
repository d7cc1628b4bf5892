"""A real browser on a pipe: what a page asks for, what it complains of, how wide it is."""

import json
import os
import shutil
import signal
import subprocess
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--no-first-run",
    "about:blank",
)
LOADED = "Page.loadEventFired"
_PATIENCE_SECONDS = 300


@dataclass
class Browser:
    """Chromium's own protocol: JSON in, JSON out, each ended by a zero byte."""

    commands: IO[bytes]
    answers: IO[bytes]
    session: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    last: int = 0

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """What it answers; events that come meanwhile are kept."""
        self.last += 1
        said = {"id": self.last, "method": method, "params": parameters}
        session = {"sessionId": self.session} if self.session else {}
        self.commands.write(json.dumps({**said, **session}).encode() + b"\0")
        self.commands.flush()
        while True:
            heard = self._heard()
            if heard.get("id") == self.last:
                assert "error" not in heard, heard
                return dict(heard["result"])

    def attach(self) -> None:
        """Talk to a page of its own from now on."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def open(self, path: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Show a file; returns when it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == LOADED for event in self.events):
            self._heard()

    def value(self, expression: str) -> Any:  # noqa: ANN401
        """What a JavaScript expression gives on the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def asked_for(self) -> list[str]:
        """Every address that was asked for since `open`, the page's own included."""
        requests = [one for one in self.events if one["method"] == "Network.requestWillBeSent"]
        return [one["params"]["request"]["url"] for one in requests]

    def complaints(self) -> list[dict[str, Any]]:
        """What the console says since `open`: policy violations, errors, warnings."""
        names = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [one for one in self.events if one["method"] in names]

    def picture(self, path: Path, *, top: int = 0, height: int = 0) -> None:
        """Write a PNG of the page, or of a part of it."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": size["width"], "scale": 1}
        clip["height"] = height or size["height"]
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(b64decode(shot["data"]))

    def _heard(self) -> dict[str, Any]:
        heard = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "the browser has ended"
            heard += byte
        message = json.loads(heard)
        if "method" in message:
            self.events.append(message)
        return dict(message)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for a file's tests; it reads commands at descriptor 3 and answers at 4."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no browser is here: apt-get install chromium-headless-shell")
    (theirs, ours), (answers, told) = os.pipe(), os.pipe()
    profile = f"--user-data-dir={tmp_path_factory.mktemp('browser')}"
    shell = f'exec "$@" 3<&{theirs} 4>&{told}'
    started = subprocess.Popen(
        ["bash", "-c", shell, "browser", program, profile, *OPTIONS],
        pass_fds=(theirs, told),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Debian's program is a shell that starts the browser
    )
    os.close(theirs)
    os.close(told)
    # A browser that hangs is ended, and its silence then fails the test that waits for it
    patience = threading.Timer(_PATIENCE_SECONDS, os.killpg, (started.pid, signal.SIGKILL))
    patience.start()
    with os.fdopen(ours, "wb") as commands, os.fdopen(answers, "rb") as heard:
        made = Browser(commands, heard)
        made.attach()
        yield made
    patience.cancel()
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
