"""The last configuration that was proven: kept in one archive, compared, brought back."""

from collections.abc import Iterable
from dataclasses import dataclass

from roles.load_balancer import configuration, keys, service
from roles.load_balancer.program import members

FOLDER = "/var/lib/infra/load_balancer"
"""For root's eyes: the API keys are in it."""
ARCHIVE = f"{FOLDER}/good.tar"
_CONFIGURATION = (configuration.PATH, members.MEMBERS, service.PATH)
_FILES = (*_CONFIGURATION, keys.PATH)


def _names(paths: Iterable[str]) -> str:
    return " ".join(path.lstrip("/") for path in paths)


KEEP_COMMAND = (
    f"mkdir -p {FOLDER} && chmod 700 {FOLDER} && umask 077 && "
    f"t=$(mktemp -p {FOLDER}) && trap 'rm -f \"$t\"' EXIT && "
    f'tar -cf "$t" -C / {_names(_FILES)} && sync "$t" && mv -f "$t" {ARCHIVE}'
)
"""Shell text that keeps what is there now as good."""


def ask_command(running: str) -> str:
    """Shell text whose answer `parse` reads; `running` prints the digest that nginx runs with."""
    return (
        f"if [ -f {ARCHIVE} ]; then "
        f"echo good $(tar -xOf {ARCHIVE} {_names([configuration.PATH])} "
        f"| {configuration.DIGEST_FILTER}); "
        f"echo running $({running}); "
        f"LC_ALL=C tar -df {ARCHIVE} -C / 2>&1 | sed 's/^/tar /'; fi"
    )


BRING_BACK_CONFIGURATION_COMMAND = (
    f't=$(mktemp -d -p {FOLDER}) && trap \'rm -rf "$t"\' EXIT && tar -xf {ARCHIVE} -C "$t" && '
    f"for f in {_names(_CONFIGURATION)}; do "
    'cp -p "$t/$f" "/$f.infra" && mv -f "/$f.infra" "/$f" || exit 1; done'
)
"""Shell text that brings back all that was kept but the keys, each file by rename."""
BRING_BACK_KEYS_COMMAND = BRING_BACK_CONFIGURATION_COMMAND.replace(
    _names(_CONFIGURATION), _names([keys.PATH])
)
"""Shell text that brings back the keys."""


@dataclass(frozen=True)
class Kept:
    """What was kept, beside what is there now."""

    digest: str
    """What nginx answers when it runs with the kept configuration."""
    running: str
    """What it answers now; empty when it does not."""
    changed: frozenset[str]
    """Paths of files that have another content now, or are gone."""

    @property
    def current(self) -> bool:
        """Whether everything is as it was kept."""
        return not self.changed and self.running == self.digest

    @property
    def in_force(self) -> bool:
        """Whether nginx is as it was kept, with whatever keys."""
        return self.changed <= {keys.PATH} and self.running == self.digest


def parse(lines: Iterable[str]) -> Kept | None:
    """What was kept, from the answer to `ask_command`; None when nothing was."""
    said = [line.partition(" ") for line in lines]
    found = {word: rest.strip() for word, _, rest in said if word in ("good", "running")}
    told = [rest for word, _, rest in said if word == "tar"]
    changed = {path for path in _FILES if any(_differs(line, path) for line in told)}
    if "good" not in found:
        return None
    return Kept(digest=found["good"], running=found.get("running", ""), changed=frozenset(changed))


def _differs(line: str, path: str) -> bool:
    # a file that was written anew with the same content tells its time alone
    return path.lstrip("/") in line and "time differs" not in line
