"""One deploys at a time: the keeper run for real, over real SSH connections."""

import json
import os
import select
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from infra import operations
from infra.deploying import HeldError, Holder, Lease, LeaseError
from infra.holder import parse
from infra.role import Settings
from infra.runner import run_role
from infra.stage import connected
from infra.transport import Connector
from infra.wire import Exchange, Wire

MARA = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra deploy lab.py")
NILS = Holder("nils", "nightly", 12, "2026-01-02T08:00:00+00:00", "infra deploy lab.py --limit h")


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, object]

    def drop(self) -> None: ...


@contextmanager
def lease(
    server: Server,
    folder: Path,
    *,
    holder: Holder = MARA,
    wire: Wire | None = None,
    silence: int = 60,
) -> Iterator[Lease]:
    """A lease over a connection of its own, which is dropped at the end as by a kill."""
    wire = wire or Wire()
    with connected("h", server.data, wire=wire) as (_, host):
        assert isinstance(host.connector, Connector)
        made = Lease(host.connector, holder=holder, folder=str(folder), silence_seconds=silence)
        try:
            yield made
        finally:
            host.connector.close()


def keeper(folder: Path) -> int:
    return int(json.loads((folder / "deploying.json").read_text())["keeper"])


def gone(pid: int, *, seconds: float = 10) -> bool:
    """Whether a process ends within so many seconds."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    return bool(select.select([watched], [], [], seconds)[0])


def test_the_first_has_it_and_the_second_is_told_who(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "lib" / "infra"
    with lease(server, folder) as first, lease(server, folder, holder=NILS) as second:
        assert first.take() is None
        assert parse((folder / "deploying.json").read_text()) == MARA
        with pytest.raises(HeldError) as refused:
            second.take()
        assert str(refused.value) == (
            "mara@laptop (pid 4711) has been deploying h since 2026-01-02 07:12 UTC "
            "(infra deploy lab.py); wait for it, or stop it there"
        )
        assert first.release() is None
        assert second.take() is None


def test_taking_and_letting_go_are_a_round_trip_each(server: Server, tmp_path: Path) -> None:
    wire = Wire()
    with lease(server, tmp_path, wire=wire) as held:
        before = wire.round_trips
        held.take()
        held.keep()
        held.keep()
        held.release(record="{}")
    assert wire.round_trips - before == 2


def test_a_holder_that_is_gone_is_taken_over_with_a_sentence(
    server: Server, tmp_path: Path
) -> None:
    with lease(server, tmp_path) as killed:
        killed.take()
        left = keeper(tmp_path)
    assert gone(left)
    with lease(server, tmp_path, holder=NILS) as next_one:
        said = next_one.take()
        assert said is not None
        assert said.startswith("mara@laptop (pid 4711) began to deploy h at 2026-01-02 07:12 UTC")
        assert "is gone: taken over" in said
        assert parse((tmp_path / "deploying.json").read_text()) == NILS


def test_one_that_says_nothing_has_let_go(server: Server, tmp_path: Path) -> None:
    with (
        lease(server, tmp_path, silence=1) as silent,
        lease(server, tmp_path, holder=NILS) as second,
    ):
        silent.take()
        assert gone(keeper(tmp_path))
        assert second.take() is not None
        with pytest.raises(HeldError, match="nils@nightly"):
            silent.keep()


def test_a_lost_connection_is_made_anew_and_the_lease_with_it(
    server: Server, tmp_path: Path
) -> None:
    wire = Wire()
    with lease(server, tmp_path, wire=wire) as held:
        held.take()
        lost = wire.client.get_transport() if wire.client is not None else None
        server.drop()
        assert lost is not None
        lost.join(10)
        held.keep()
        assert parse((tmp_path / "deploying.json").read_text()) == MARA
        assert held.release(record='{"status": "ok"}') is None


def test_the_own_keeper_of_a_connection_that_hangs_is_no_rival(
    server: Server, tmp_path: Path
) -> None:
    with lease(server, tmp_path) as held:
        held.take()
        before = keeper(tmp_path)
        held._dialogue = None  # our end is lost, and the node does not know yet
        held.retake()
        assert keeper(tmp_path) != before
        assert gone(before)


def test_a_lease_that_was_lost_to_somebody_else_ends_the_deploy(
    server: Server, tmp_path: Path
) -> None:
    with ExitStack() as open_ones:
        first = open_ones.enter_context(lease(server, tmp_path))
        first.take()
        killed = keeper(tmp_path)
        os.kill(killed, signal.SIGKILL)
        assert gone(killed)
        second = open_ones.enter_context(lease(server, tmp_path, holder=NILS))
        second.take()
        with pytest.raises(HeldError, match=r"nils@nightly \(pid 12\)"):
            first.retake()
        assert first.release(record='{"by": "mara"}') is None
        assert not (tmp_path / "last_deploy.json").exists()


def test_letting_go_leaves_the_record_and_no_holder(server: Server, tmp_path: Path) -> None:
    record = json.dumps({"status": "ok", "inventory": "l'été.py"})
    with lease(server, tmp_path) as held:
        held.take()
        assert held.release(record=record) is None
    left = tmp_path / "last_deploy.json"
    assert json.loads(left.read_text()) == json.loads(record)
    assert left.stat().st_mode & 0o777 == 0o644
    assert not (tmp_path / "deploying.json").exists()
    assert not list(tmp_path.glob(".*.json.*"))


def test_a_folder_that_cannot_be_made_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        lease(server, tmp_path / "file" / "infra") as held,
        pytest.raises(LeaseError, match=r"h: .+ gives no lease: .+Not a directory"),
    ):
        held.take()


def test_a_record_that_cannot_be_written_is_told_and_lets_go(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "last_deploy.json").mkdir()
    (tmp_path / "last_deploy.json" / "in the way").touch()
    with lease(server, tmp_path) as held, lease(server, tmp_path, holder=NILS) as second:
        held.take()
        said = held.release(record="{}")
        assert said is not None
        assert said.startswith(f"h: this deploy could not be recorded in {tmp_path}: mv: ")
        assert second.take() is None


def test_a_holder_that_boots_the_host_anew_is_awaited(server: Server, tmp_path: Path) -> None:
    wire, said = Wire(), []
    with lease(server, tmp_path, wire=wire) as first:
        first.take()
        wire.before_reboot()
        left = keeper(tmp_path)
        transport = wire.client.get_transport() if wire.client is not None else None
        assert transport is not None
        transport.close()
        assert gone(left)
        with lease(server, tmp_path, holder=NILS) as second, ThreadPoolExecutor() as others:
            waiting = others.submit(_take, second)
            while not any("NILS" in text or "nightly" in text for text in server.commands):
                threading.Event().wait(0.01)
            first.keep()
            said.append(waiting.result(30))
        assert parse((tmp_path / "deploying.json").read_text()) == MARA
        assert not (tmp_path / "rebooting").exists()
    assert "mara@laptop (pid 4711) has been deploying h" in said[0]


def _take(second: Lease) -> str:
    try:
        return second.take() or ""
    except HeldError as refused:
        return str(refused)


def test_the_lease_is_retaken_as_soon_as_the_host_is_back(server: Server, tmp_path: Path) -> None:
    wire = Wire()
    with lease(server, tmp_path, wire=wire) as held:
        held.take()
        before = keeper(tmp_path)
        wire.before_reboot()
        assert wire.client is not None
        wire.client.close()
        assert gone(before)
        wire.after_reboot()
        assert not gone(keeper(tmp_path), seconds=0)
        assert not (tmp_path / "rebooting").exists()


def test_a_node_that_a_rival_has_after_a_reboot_ends_the_deploy_through_pyinfra(
    server: Server, tmp_path: Path
) -> None:
    server.canned["systemctl reboot"] = ""
    wire = Wire()
    with lease(server, tmp_path, wire=wire) as first, ExitStack() as open_ones:
        first.take()
        second = open_ones.enter_context(lease(server, tmp_path, holder=NILS))

        def rival_comes() -> None:
            os.kill(keeper(tmp_path), signal.SIGKILL)
            first.abandon()
            second.take()
            wire.after_reboot()

        wire.before_reboot = rival_comes
        with (
            connected("h", server.data, wire=wire) as (state, host),
            pytest.raises(HeldError, match=r"nils@nightly \(pid 12\)"),
        ):
            run_role("r", _reboots, Settings(), state=state, host=host)


def _reboots(_: Settings) -> None:
    operations.reboot(reason="driver", name="Reboot")


def test_a_deploy_that_is_abandoned_is_told_to_the_next(server: Server, tmp_path: Path) -> None:
    with lease(server, tmp_path) as first, lease(server, tmp_path, holder=NILS) as second:
        first.take()
        left = keeper(tmp_path)
        first.abandon()
        assert gone(left)
        assert first.release(record="{}") is None
        assert not (tmp_path / "last_deploy.json").exists()
        assert "is gone: taken over" in (second.take() or "")


def test_a_holder_that_did_not_come_back_is_not_awaited_for_ever(
    server: Server, tmp_path: Path
) -> None:
    with lease(server, tmp_path) as killed:
        killed.take()
        left = keeper(tmp_path)
    assert gone(left)
    (tmp_path / "rebooting").write_text("of-another-boot 12\n")
    with lease(server, tmp_path, holder=NILS) as second:
        assert "is gone: taken over" in (second.take() or "")
    assert not (tmp_path / "rebooting").exists()


def test_what_is_told_of_a_lease_is_short(server: Server, tmp_path: Path) -> None:
    told: list[Exchange] = []
    with lease(server, tmp_path, wire=Wire(listen=told.append)) as held:
        held.take()
        held.release()
    assert [made.command for made in told] == [
        "(take the node for mara@laptop (pid 4711))",
        "(tell the keeper: release)",
    ]
