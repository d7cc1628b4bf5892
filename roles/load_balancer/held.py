"""What lies on a balancer about rotation: asked for in one command, compared with the rules."""

from dataclasses import dataclass

from roles.load_balancer import program
from roles.load_balancer.program.members import MEMBERS, STATE, UPSTREAMS, Members, parse_members
from roles.load_balancer.program.state import State, parse_state, state_of
from roles.load_balancer.program.upstreams import upstreams_digest, upstreams_text

_MARK = "-- infra --"
_PLACES = (MEMBERS, STATE, UPSTREAMS)
STATE_COMMAND = f"stat -c '%a %U' {STATE} 2>/dev/null; cat {STATE}"
"""Shell text that prints mode, owner and text of the state file."""
PROGRAM_COMMAND = f"stat -c '%a %U' {program.PATH} 2>/dev/null; cat {program.PATH} | sha256sum"
"""Shell text that prints mode, owner and sha256 of the rotation program."""


def on_host_command(status_port: int) -> str:
    """Shell text whose answer `parse_on_host` reads."""
    asked = f"curl -s --noproxy '*' --max-time 5 http://127.0.0.1:{status_port}/rotation"
    parts = [f"cat {place} 2>/dev/null" for place in _PLACES]
    return f"; echo '{_MARK}'; ".join([*parts, f"{asked} || true"])


@dataclass(frozen=True)
class OnHost:
    """Texts of the three files, and the digest that nginx answers."""

    members: str
    state: str
    upstreams: str
    running: str

    def held(self) -> frozenset[str]:
        """Nodes that are kept out on purpose; none when the state cannot be read."""
        try:
            found = parse_state(self.state)
        except ValueError:
            return frozenset()
        return frozenset(node for node in found["nodes"] if state_of(found, node) != "in")

    def problems(self) -> list[str]:
        """Sentences about an nginx that does not run with these members and holds."""
        try:
            who, holds = parse_members(self.members), parse_state(self.state)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            return [f"members or state cannot be read: {problem}"]
        return self._differences(who, holds)

    def _differences(self, who: Members, holds: State) -> list[str]:
        wanted = upstreams_digest(who, holds)
        found = []
        if self.upstreams.strip() != upstreams_text(who, holds).strip():
            found.append(f"{UPSTREAMS} is not what members and holds ask for")
        if self.running != wanted:
            found.append(f"nginx runs with {self.running or 'others'}, asked for are {wanted}")
        return found


def parse_on_host(said: str) -> OnHost:
    """OnHost from the answer to `on_host_command`."""
    parts = [part.strip() for part in said.split(_MARK)]
    return OnHost(*[*parts, "", "", "", ""][:4])
