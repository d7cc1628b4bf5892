"""What is true of a node that tells how it stands."""

from testinfra.host import Host

from infra import gate, observed
from roles.node_standing import telling
from roles.node_standing.settings import NodeStandingSettings


def check_standing_is_told(host: Host, settings: NodeStandingSettings) -> None:
    """The node answers at the promised place with its present boot and what it is promised."""
    said = host.run(telling.ask_command(settings))
    told = gate.parse(telling.body(str(said.stdout)))
    found = gate.parse(str(host.run(gate.standing_command()).stdout))
    assert told.boot_id, (
        f"{telling.place(settings)} gives no answer: {(said.stderr or said.stdout).strip()[:200]}"
    )
    assert (told.boot_id, told.promised) == (found.boot_id, found.promised), (
        f"{telling.place(settings)} tells of boot {told.boot_id} and {told.promised or 'no lock'}; "
        f"this is boot {found.boot_id}, promised {found.promised or 'nothing'}"
    )


def check_socket_is_opened_at_boot(host: Host, settings: NodeStandingSettings) -> None:
    """The socket is open and is opened at every boot, as its file says."""
    found = observed.parse_unit(
        str(host.run(observed.unit_command(telling.SOCKET)).stdout).splitlines()
    )
    assert found.active == "active", f"{telling.SOCKET} is {found.active}, not active"
    assert found.enabled == "enabled", f"{telling.SOCKET} is {found.enabled}, not enabled"
    assert not found.needs_reload, f"systemd has not read {telling.SOCKET} again"


def check_program_is_the_promised_one(host: Host, settings: NodeStandingSettings) -> None:
    """Program and units that tell the node's standing are those that infra wrote."""
    for path, (text, mode) in telling.files(settings).items():
        found = host.file(path)
        assert found.exists, f"{path} is not there"
        assert found.content_string == text, f"{path} was changed"
        assert f"{found.mode:o}" == mode, f"{path} has mode {found.mode:o}, promised is {mode}"
