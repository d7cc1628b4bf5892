import json

import pytest

from roles.health_watch.program.standing import Standing, parse_standing, right

OPEN = Standing("boot", "lock", "boot", "lock", True, "9 checks passed")
UNCHECKED = Standing("boot", "lock", None)
BOOTED = Standing("boot", "lock", "older", "lock", True)
OTHER_LOCK = Standing("boot", "lock", "boot", "old", True)
FAILED = Standing("boot", "lock", "boot", "lock", False, "gpu_driver.check_x failed: y")
NO_DEPLOY = Standing("boot", "", "boot", "", True)


def test_a_nodes_words() -> None:
    gate = {"boot_id": "b", "lock": "l", "open": True, "why": "w", "checked": "2026-11-21"}
    said = {"boot_id": "b", "promised": "l", "gate": gate}
    assert parse_standing(json.dumps(said)) == Standing("b", "l", "b", "l", True, "w")
    assert parse_standing(json.dumps({**said, "gate": None})) == Standing("b", "l", None)


def test_whatever_a_node_says_can_be_passed_on() -> None:
    gate = {"boot_id": "b", "lock": "l", "open": False, "why": "a\ud800b\0c\nd" + 900 * "e"}
    found = parse_standing(json.dumps({"boot_id": "b", "promised": "l", "gate": gate}))
    assert found is not None
    assert found.why.encode().startswith(b"a b c deee") and len(found.why) == 500
    assert parse_standing(100_000 * "[") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"boot_id": 1}', "<html>", '"x"'])
def test_other_words(text: str) -> None:
    assert parse_standing(text) is None


@pytest.mark.parametrize(
    ("standing", "admitted", "held", "was_away", "kind"),
    [
        (OPEN, "", True, True, "proven"),
        (OPEN, "other", False, False, "proven"),
        # in, with the boot that was let in: whatever its gate says by now
        (FAILED, "boot", False, True, "stays"),
        (OTHER_LOCK, "boot", False, True, "stays"),
        (UNCHECKED, "boot", False, True, "stays"),
        # once the gate holds it, only a proof lets it in
        (FAILED, "boot", True, False, "closed"),
        # found serving by a new watch
        (UNCHECKED, "", False, False, "stays"),
        (FAILED, "", False, False, "closed"),
        (BOOTED, "", False, False, "closed"),
        # it was away
        (UNCHECKED, "", False, True, "closed"),
        (BOOTED, "older", False, False, "closed"),
        (NO_DEPLOY, "", False, True, "closed"),
        # it says nothing
        (None, "boot", False, False, "stays"),
        (None, "boot", False, True, "closed"),
        (None, "", True, False, "closed"),
    ],
)
def test_who_may_be_in(
    standing: Standing | None, admitted: str, held: bool, was_away: bool, kind: str
) -> None:
    assert right(standing, admitted=admitted, held=held, was_away=was_away).kind == kind


@pytest.mark.parametrize(
    ("standing", "word"),
    [
        (UNCHECKED, "never checked"),
        (BOOTED, "booted since"),
        (OTHER_LOCK, "another lock"),
        (FAILED, "gpu_driver.check_x failed: y"),
        (NO_DEPLOY, "deploy"),
        (None, "does not say"),
    ],
)
def test_why_not(standing: Standing | None, word: str) -> None:
    assert word in right(standing, admitted="", held=True, was_away=True).why
