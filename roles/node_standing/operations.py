"""Installs the socket at which a node tells its standing."""

from pyinfra.context import host

from infra import operations
from roles.node_standing import telling
from roles.node_standing.settings import NodeStandingSettings


def apply(settings: NodeStandingSettings) -> None:
    """The node answers its balancers: nothing runs until one asks."""
    operations.shell(
        command=telling.ADD_USER_COMMAND,
        _if=lambda: not _holds(telling.HAS_USER_COMMAND),
        name="Add the user who answers",
    )
    written = [
        operations.write_file(path=path, text=text, mode=mode, name=f"Write {what}")
        for (path, (text, mode)), what in zip(
            telling.files(settings).items(), ("standing program", "unit", "socket"), strict=True
        )
    ]
    anew, listens = operations.changed(*written[1:]), telling.listens_command(settings)
    operations.restart_unit(
        unit_name=telling.SOCKET,
        name="Open socket",
        _if=lambda: anew() or not _holds(listens),
    )
    operations.unit(unit_name=telling.SOCKET, name="Enable socket")


def _holds(command: str) -> bool:
    return host.get_fact(operations.Succeeds, command=command)
