"""What the balancer adds to an engine's own answer, and how much it can pass on.

Prints a Markdown table; every row compares the engine asked directly with the same engine through
the balancer, in one run on one machine. Needs nginx, wrk and the package's own environment.
"""

import http.client
import json
import re
import shutil
import subprocess  # noqa: TID251
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "lab")]

from loopback import KEY, MODEL, Loopback, nginx_program  # noqa: E402

REQUESTS = 2000
WRK_SECONDS = 10
PATH = "/v1/chat/completions"
BODY = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]})
ANSWER = json.dumps({"object": "chat.completion", "model": MODEL, "choices": [{"index": 0}]})
_STUB = """worker_processes 1; pid {folder}/stub.pid; error_log {folder}/stub.log;
events {{ worker_connections 4096; }}
http {{ access_log off; {temporary}
  server {{ listen 127.0.0.1:{port} backlog=4096; keepalive_requests 1000000;
    location / {{ default_type application/json; return 200 '{answer}'; }} }} }}
"""
_SCRIPT = """wrk.method = "POST"; wrk.body = '{body}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
"""


@dataclass(frozen=True)
class Place:
    """Where something listens."""

    address: str
    port: int


@dataclass(frozen=True)
class Measured:
    """Milliseconds, and answers a second."""

    p50: float
    p99: float
    per_second: float


def main() -> None:
    """Measure and print."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; sudo apt-get install wrk")
    print("| what | engine alone | through the balancer | added, or ratio |")
    print("|---|---|---|---|")
    for title, changes in (
        ("as the role sets it", {}),
        ("clients' connections kept", {"client_keepalive_seconds": 60}),
    ):
        with tempfile.TemporaryDirectory() as folder:
            _compare(title, Path(folder), changes)


def _compare(title: str, folder: Path, changes: Mapping[str, object]) -> None:
    nginx = nginx_program(folder)
    with (
        _engine(folder, nginx=nginx) as engine,
        Loopback(folder, nginx=nginx, engines=[engine], slots=10_000, **changes) as balancer,
    ):
        through = Place("127.0.0.1", balancer.settings.port)
        if not changes:
            alone, behind = _one_by_one([engine, through])
            _row("one at a time: p50", alone.p50, behind.p50)
            _row("p99", alone.p99, behind.p99)
        alone, behind = _wrk(engine, folder), _wrk(through, folder)
        ratio = behind.per_second / alone.per_second
        rates = f"{alone.per_second:.0f} /s | {behind.per_second:.0f} /s | × {ratio:.2f}"
        print(f"| 64 at once, {title}: answers | {rates} |")
        _row("p50", alone.p50, behind.p50)
        _row("p99", alone.p99, behind.p99)


def _row(what: str, alone: float, behind: float) -> None:
    added = f"+{behind - alone:.2f} ms, × {behind / alone:.1f}"
    print(f"| {what} | {alone:.2f} ms | {behind:.2f} ms | {added} |", flush=True)


@contextmanager
def _engine(folder: Path, *, nginx: str) -> Iterator[Place]:
    """An engine that answers at once: anything slower would be what is measured."""
    port = 18_377
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/s{kind};" for kind in kinds)
    text = _STUB.format(folder=folder, port=port, answer=ANSWER, temporary=temporary)
    (folder / "stub.conf").write_text(text)
    start = [nginx, "-c", str(folder / "stub.conf"), "-e", str(folder / "stub.log")]
    subprocess.run(start, check=True)
    try:
        yield Place("127.0.0.1", port)
    finally:
        subprocess.run([*start, "-s", "stop"], check=True)


def _one_by_one(places: Sequence[Place]) -> list[Measured]:
    """Each place in turn, so that whatever else the machine does meets all of them."""
    times: list[list[float]] = [[] for _ in places]
    for _ in range(REQUESTS):
        for place, found in zip(places, times, strict=True):
            found.append(_asked(place))
    return [_measured(found) for found in times]


def _asked(place: Place) -> float:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    began = time.perf_counter()
    connection = http.client.HTTPConnection(place.address, place.port, timeout=10)
    connection.request("POST", PATH, BODY, headers)
    answer = connection.getresponse()
    answer.read()
    spent = time.perf_counter() - began
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{place}: status {answer.status}")
    return spent * 1000


def _measured(times: list[float]) -> Measured:
    ordered = sorted(times)
    return Measured(
        p50=ordered[len(ordered) // 2],
        p99=ordered[int(len(ordered) * 0.99)],
        per_second=1000 * len(ordered) / sum(ordered),
    )


def _wrk(place: Place, folder: Path) -> Measured:
    script = folder / "ask.lua"
    script.write_text(_SCRIPT.format(body=BODY, key=KEY))
    url = f"http://{place.address}:{place.port}{PATH}"
    command = ["wrk", "-t1", "-c64", f"-d{WRK_SECONDS}s", "--latency", "-s", str(script), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return Measured(
        p50=_percentile(said, 50),
        p99=_percentile(said, 99),
        per_second=float(found[1]) if found is not None else 0.0,
    )


def _percentile(said: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", said, re.M)
    if found is None:
        raise SystemExit(said)
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


if __name__ == "__main__":
    main()
