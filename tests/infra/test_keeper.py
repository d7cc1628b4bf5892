"""What a node's keeper says, and what becomes of it."""

from infra import keeper
from infra.holder import Holder

MARA = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra deploy lab.py")


def test_a_keepers_line_has_a_word_and_a_rest() -> None:
    assert keeper.read("infra-lease: held {} of") == ("held", "{} of")
    assert keeper.read("infra-lease: taken") == ("taken", "")
    assert keeper.read("Welcome to this host") == ("", "Welcome to this host")


def test_what_cannot_be_written_does_not_stop_a_deploy_and_is_told() -> None:
    words = {"unwritten": "printf: write error: No space left on device", "taken": ""}
    assert keeper.remark(words, node="n", folder="/f") == (
        f"n: /f cannot be written to ({words['unwritten']}); free space there"
    )
    assert keeper.remark({"taken": ""}, node="n", folder="/f") is None


def test_a_holder_that_is_gone_is_told_with_what_it_left_at_work() -> None:
    words = {"was": MARA.as_json(lease="x"), "busy": "12 apt-get", "taken": ""}
    said = keeper.remark(words, node="n", folder="/f") or ""
    assert said.endswith("is gone: taken over; at work there still: 12 apt-get")


def test_nothing_of_a_holder_is_read_by_the_shell() -> None:
    text = keeper.command("/f", lease="x", holder='{"a": "\'$(reboot)\'"}', silence_seconds=60)
    assert """'{"a": "'"'"'$(reboot)'"'"'"}'""" in text
