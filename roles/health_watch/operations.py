"""Operations of health_watch."""

from pyinfra.context import host

from infra import operations
from infra.apt import operations as apt
from roles.health_watch import program, promise
from roles.health_watch.program.promised import CONFIG
from roles.health_watch.settings import HealthWatchSettings


def apply(settings: HealthWatchSettings) -> None:
    """The watch runs with what is promised; a new start of it throws nobody out."""
    apt.packages(wanted={"python3": None, "iproute2": None}, name="Install what the watch needs")
    written = operations.changed(
        operations.write_file(
            path=program.PATH, text=program.text(), mode=program.MODE, name="Write the watch"
        ),
        operations.write_file(
            path=CONFIG, text=promise.config_text(settings), name="Write whom it watches"
        ),
        operations.write_file(
            path=promise.UNIT_PATH, text=promise.unit_text(), name="Write the watch's unit"
        ),
    )
    runs = promise.runs_command(settings)
    operations.restart_unit(
        unit_name=promise.UNIT,
        name="Restart the watch",
        # what runs decides as well, not only what this run wrote: an earlier one may have ended
        _if=lambda: written() or not host.get_fact(operations.Succeeds, command=runs),
    )
    operations.unit(unit_name=promise.UNIT, name="Enable the watch")
    operations.until(
        command=runs,
        seconds=20,
        otherwise=f"it does not run with what is promised: journalctl -u {promise.UNIT} -n 20",
        name="Await the watch",
    )
