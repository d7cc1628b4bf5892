"""The systemd unit that runs an engine's container."""

from infra import templates
from roles.inference_engine.container import NAME

UNIT = f"{NAME}.service"
PATH = f"/etc/systemd/system/{UNIT}"

RESTART = (
    f"systemctl daemon-reload && systemctl restart {UNIT} || "
    f"{{ journalctl -q -u {UNIT} -o cat -n 4 >&2; exit 1; }}"
)
"""Shell text that starts the engine anew; when that fails it says why."""

STARTS = 30
"""After that many starts in half an hour systemd gives up: the engine cannot start here."""


def text(argv: tuple[str, ...], *, model: str, stop_seconds: int, interconnect: str = "") -> str:
    """Text of the unit around `docker <argv>`; what was proven of GPUs stands in it as evidence."""
    return templates.render(
        "inference_engine/infra-engine.service.j2",
        name=NAME,
        model=model,
        create=lines(argv),
        stop_seconds=stop_seconds,
        interconnect=" ".join(interconnect.split()),
        starts=STARTS,
    )


def lines(argv: tuple[str, ...]) -> list[str]:
    """The arguments, quoted, an option and its value on one line."""
    found: list[list[str]] = []
    for argument in argv:
        if found and found[-1][0].startswith("-") and not argument.startswith("-"):
            found[-1].append(quoted(argument))
        else:
            found.append([quoted(argument)])
    return [" ".join(words) for words in found]


def quoted(argument: str) -> str:
    """An argument as systemd reads it back: no specifier, no variable, one word."""
    plain = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    plain = plain.replace("$", "$$").replace("\n", "\\n")
    safe = argument and all(one.isalnum() or one in "-_./:=,@%$" for one in argument)
    return plain if safe else f'"{plain}"'
