from collections.abc import Callable
from dataclasses import replace

import gevent
import pytest

from infra.guard import Trial, command, proof
from infra.wire import Answer, Wire

TRIAL = Trial(
    unit="door",
    promised="/etc/infra/thing",
    stands="/etc/thing",
    what="the door's new lock",
    look="see the key",
    remember=":",
    apply=":",
    undo=":",
    keep=":",
    seconds=0,
)
GOOD = Answer(status=0, stdout=b"", stderr=b"")
Reply = Callable[[str], Answer]


class Door:
    """A connection that answers as it is told."""

    def __init__(self, reply: Reply, *, opens: bool = True) -> None:
        self.wire, self.reply, self.opens = Wire(), reply, opens
        self.heard: list[str] = []
        self.closed = False

    def connect(self) -> None:
        if not self.opens:
            raise OSError("no route")

    def close(self) -> None:
        self.closed = True

    def answer(self, text: str, *, seconds: float) -> Answer:
        self.heard.append(text)
        return self.reply(text)


def all_well(text: str) -> Answer:
    return GOOD


def dead(text: str) -> Answer:
    raise EOFError


def refusing(what: str, *, words: bytes) -> Reply:
    return lambda text: Answer(1, b"", words) if text == what else GOOD


@pytest.fixture
def patient() -> Trial:
    return replace(TRIAL, seconds=60)


def tried(line: Door, fresh: Door, trial: Trial) -> bool:
    return proof.tried(
        line, trial=trial, fresh=lambda: fresh, lost=(OSError, EOFError, TimeoutError)
    )


def test_a_change_is_kept_over_the_new_connection(patient: Trial) -> None:
    old, new = Door(all_well), Door(all_well)
    assert tried(old, new, patient)
    assert old.heard[0] == command.begin(patient)
    assert new.heard == ["true", command.settle(patient)]
    assert new.closed and not old.closed


def test_an_old_connection_that_died_is_dropped_so_that_it_is_made_anew(patient: Trial) -> None:
    old, new = Door(dead), Door(all_well)
    assert tried(old, new, patient)
    assert old.closed


def test_without_the_changes_answer_only_a_connection_made_after_it_is_proof(
    patient: Trial,
) -> None:
    applied = command.applied_command(patient.unit)
    answers = [Answer(1, b"", b""), GOOD]
    doors: list[Door] = []

    def fresh() -> Door:
        doors.append(Door(lambda text: answers.pop(0) if text == applied else GOOD))
        return doors[-1]

    old = Door(dead)
    lost = (OSError, EOFError, TimeoutError)
    assert proof.tried(old, trial=patient, fresh=fresh, lost=lost)
    assert [door.heard for door in doors] == [
        [applied],
        [applied],
        ["true", command.settle(patient)],
    ]
    assert all(door.closed for door in doors)


def test_a_change_that_was_not_made_in_time_is_not_settled() -> None:
    soon = replace(TRIAL, seconds=round(proof._MARGIN_SECONDS) + 1)
    applied = command.applied_command(soon.unit)
    new = Door(refusing(applied, words=b""))
    assert not tried(Door(dead), new, soon)
    assert command.settle(soon) not in new.heard
    assert new.heard[-1] == command.undo(soon)


def test_a_change_that_fails_says_why(patient: Trial) -> None:
    old = Door(refusing(command.begin(patient), words=b"nft: no such chain\n"))
    new = Door(all_well)
    assert not tried(old, new, patient)
    assert old.wire.problem == "the door's new lock failed and were rolled back: nft: no such chain"
    assert new.heard == []


def test_without_a_new_connection_it_is_undone_over_the_old_one() -> None:
    old = Door(all_well)
    assert not tried(old, Door(all_well, opens=False), TRIAL)
    assert old.heard[-1] == command.undo(TRIAL)
    assert old.wire.problem is not None
    assert old.wire.problem.endswith("were rolled back; see the key")


def test_a_connection_that_comes_about_too_late_is_no_proof() -> None:
    class Late(Door):
        def connect(self) -> None:
            gevent.sleep(30)

    old = Door(all_well)
    soon = replace(TRIAL, seconds=proof._MARGIN_SECONDS + 0.1)
    assert not tried(old, Late(all_well), soon)
    assert old.heard[-1] == command.undo(soon)


def test_with_the_old_one_lost_too_the_hosts_timer_is_awaited() -> None:
    old, new = Door(dead), Door(all_well)
    assert not tried(old, new, TRIAL)
    assert new.heard[-1] == command.undo(TRIAL)
    assert old.wire.problem is not None
    assert "the host rolled them back" in old.wire.problem


def test_a_host_that_undid_nothing_is_not_called_safe() -> None:
    old, new = Door(dead), Door(refusing(command.undo(TRIAL), words=b""))
    assert not tried(old, new, TRIAL)
    assert old.wire.problem is not None
    assert "may still hold" in old.wire.problem


def test_what_was_undone_meanwhile_is_not_kept(patient: Trial) -> None:
    words = b"was rolled back before it was kept\n"
    old, new = Door(all_well), Door(refusing(command.settle(patient), words=words))
    assert not tried(old, new, patient)
    assert old.wire.problem is not None
    assert "could not be kept: was rolled back before it was kept" in old.wire.problem


def test_a_connection_lost_before_the_word_is_no_success(patient: Trial) -> None:
    def lost_at_the_end(text: str) -> Answer:
        if text == command.settle(patient):
            raise EOFError
        return GOOD

    old = Door(all_well)
    assert not tried(old, Door(lost_at_the_end), patient)
    assert old.wire.problem is not None
    assert "the connection was lost" in old.wire.problem
