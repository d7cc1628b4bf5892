"""A reboot is another boot id, and nothing less."""

import gevent
import pytest

from infra.observed import BOOT_ID_COMMAND
from infra.reboot import reboot
from infra.wire import Answer, Wire


class Host:
    """A host that comes back after some tries, with the boot ids given."""

    def __init__(self, boot_ids: list[str], *, down_for: int = 0, seconds: int = 900) -> None:
        self.wire = Wire(reboot_seconds=seconds)
        self.boot_ids, self.down_for = boot_ids, down_for
        self.asked: list[str] = []
        self.drops: list[str] = []
        """Texts at which the line is lost, each once."""

    def answer(self, text: str, *, seconds: float) -> Answer:
        self.asked.append(text)
        found = next((drop for drop in self.drops if drop in text), None)
        if found is not None:
            self.drops.remove(found)
            raise EOFError
        said = self.boot_ids.pop(0) if text == BOOT_ID_COMMAND else ""
        return Answer(0, said.encode(), b"")

    def connect(self) -> None:
        self.down_for -= 1
        if self.down_for >= 0:
            raise ConnectionRefusedError

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gevent, "sleep", lambda seconds: None)


def test_a_host_with_another_boot_id_is_back() -> None:
    host = Host(["old", "new"], down_for=3)
    host.wire.answers["", "fact"] = ("stale",)
    assert reboot(host, reason="driver", lost=(OSError,))
    assert host.wire.rebooted == ["driver"]
    assert host.wire.answers == {}
    assert any("is-system-running --wait" in text for text in host.asked)


def test_the_old_sshd_that_still_answers_is_not_the_rebooted_host() -> None:
    host = Host(["old", "old", "old", "new"])
    assert reboot(host, reason="driver", lost=(OSError,))
    assert host.boot_ids == []


def test_who_waits_for_the_host_is_told_before_all_has_started() -> None:
    host = Host(["old", "new"], down_for=2)
    host.wire.after_reboot = lambda: host.asked.append("told")
    assert reboot(host, reason="driver", lost=(OSError,))
    told = host.asked.index("told")
    assert host.asked[told - 1] == BOOT_ID_COMMAND
    assert "--wait" in host.asked[told + 1]


def test_what_is_no_lost_connection_ends_a_reboot() -> None:
    def taken() -> None:
        raise LookupError("somebody else has it")

    host = Host(["old", "new"])
    host.wire.after_reboot = taken
    with pytest.raises(LookupError):
        reboot(host, reason="driver", lost=(OSError,))


def test_a_host_that_stays_away_is_told_with_its_limit() -> None:
    host = Host(["old"], down_for=10**9, seconds=0)
    assert not reboot(host, reason="driver", lost=(OSError,))
    assert host.wire.problem == "did not come back within 0 s of its reboot (driver)"


def test_a_forbidden_reboot_touches_nothing() -> None:
    host = Host([])
    host.wire.may_reboot = False
    assert not reboot(host, reason="driver 580.95.05 must be loaded", lost=(OSError,))
    assert host.asked == []
    assert "--no-reboot forbids it" in (host.wire.problem or "")


@pytest.mark.parametrize("drops", [["--wait"], ["--wait", "--wait"], [BOOT_ID_COMMAND]])
def test_a_host_that_comes_back_and_drops_is_awaited(drops: list[str]) -> None:
    host = Host(["old", "new", "new", "new"])
    host.drops = drops
    assert reboot(host, reason="driver", lost=(EOFError,))
    assert host.drops == []
    assert "--wait" in host.asked[-1]


def test_an_order_whose_answer_is_lost_was_given() -> None:
    host = Host(["old", "new"])
    host.drops = ["systemctl reboot"]
    assert reboot(host, reason="driver", lost=(EOFError,))
    assert sum("systemctl reboot" in text for text in host.asked) == 1
