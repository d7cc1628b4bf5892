"""What the watch sees, read from the file in which it tells it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from roles.health_watch.program.files import STATE

COMMAND = f"echo $(( $(date +%s) - $(stat -c %Y {STATE} 2>/dev/null || echo 0) )); cat {STATE}"
"""Shell text whose answer `parse` reads."""
FRESH_SECONDS = 10


@dataclass(frozen=True)
class Sight:
    """What the watch told last, and how many seconds ago."""

    age: int
    config: str = ""
    """Digest of the configuration that it runs with."""
    troubles: tuple[str, ...] = ()
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def problems(self, members: Iterable[str]) -> list[str]:
        """Sentences about a watch that does not see these members."""
        if self.age > FRESH_SECONDS:
            return [f"{STATE} was written {self.age} s ago"] if self.nodes else ["it tells nothing"]
        missing = [f"{name} is not watched" for name in members if name not in self.nodes]
        unseen = [
            f"{name} was never seen to answer nor to be gone"
            for name, said in self.nodes.items()
            if said.get("state") == "unknown"
        ]
        return [*missing, *unseen, *self.troubles]


def parse(said: str) -> Sight:
    """The sight in the answer to `COMMAND`; one that is empty where there is none."""
    age, _, text = said.partition("\n")
    try:
        told = json.loads(text)
        return Sight(int(age), str(told["config"]), tuple(told["troubles"]), dict(told["nodes"]))
    except (ValueError, KeyError, TypeError):
        return Sight(age=1 << 31)
