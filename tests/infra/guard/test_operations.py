from infra.guard import Trial
from infra.guard.operations import guarded
from infra.role import Settings
from infra.testing import rehearse

TRIAL = Trial(
    unit="door",
    promised="/etc/infra/thing",
    stands="/etc/thing",
    what="the lock",
    look="see",
    remember=":",
    apply="lock",
    undo=":",
    keep="nail",
)


def test_a_change_begins_on_trial_and_is_settled() -> None:
    def apply(_: Settings) -> None:
        guarded(trial=TRIAL, name="Change the lock")

    found = rehearse(apply, Settings())
    assert found.changed == ("Change the lock",)
    begun, settled = (command.text for command in found.commands)
    assert "systemd-run" in begun and "lock" in begun
    assert "nail" in settled


def test_a_condition_that_does_not_hold_tries_nothing() -> None:
    def apply(_: Settings) -> None:
        guarded(trial=TRIAL, name="Change the lock", _if=lambda: False)

    assert rehearse(apply, Settings()).commands == ()
