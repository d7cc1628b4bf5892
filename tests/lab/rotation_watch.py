"""Every change of a balancer's rotation state, with the moment at which it came."""

import json
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scene import Scene

STATE = "/var/lib/infra/rotation.json"
# looked at where it is written, over one connection: asking from here would cost what is measured
_WATCH = f"""exec python3 -u -c '
import json, time
last = None
while True:
    try:
        text = open("{STATE}").read()
    except OSError:
        text = "{{}}"
    if text != last:
        last = text
        print(json.dumps([time.time(), json.loads(text or "{{}}")]))
    time.sleep(0.03)
'"""


@dataclass
class Watch:
    """Every change of the rotation state, with its time, from `with` to its end."""

    scene: Scene
    seen: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self.scene.shell(self.scene.balancer), stdin=pipe, stdout=pipe, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(_WATCH)
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def left(self, node: str, *, after: float) -> float | None:
        """When a node was first held after a moment; None when it was not."""
        return next((at for at, state in self._after(after) if _held(state, node)), None)

    def back(self, node: str, *, after: float) -> float | None:
        """When nothing held it any more, first after a moment; None when that did not come."""
        return next((at for at, state in self._after(after) if not _held(state, node)), None)

    def told(self) -> list[str]:
        """Who was held when by whom, a line a change."""
        first = self.seen[0][0] if self.seen else 0.0
        return [f"{at - first:7.2f} s  {_holds(state)}" for at, state in self.seen]

    def _after(self, moment: float) -> list[tuple[float, Mapping[str, Any]]]:
        return [(at, state) for at, state in list(self.seen) if at >= moment]

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                at, state = json.loads(line)
                self.seen.append((at, state))


def _held(state: Mapping[str, Any], node: str) -> bool:
    return bool(state.get("nodes", {}).get(node, {}).get("holds"))


def _holds(state: Mapping[str, Any]) -> str:
    held = {
        name: [f"{hold['owner']}: {hold['reason']}" for hold in node["holds"]]
        for name, node in state.get("nodes", {}).items()
        if node.get("holds")
    }
    more = {key: state[key] for key in ("canary", "swaps") if state.get(key)}
    return f"{held or 'nobody is held'}{f' {more}' if more else ''}"
