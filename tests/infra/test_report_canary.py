"""What people read of a canary."""

from datetime import datetime, timezone
from io import StringIO
from pathlib import Path

from rich.console import Console

from infra import report_canary
from infra.canary import Compared
from infra.golden_asking import Reply
from infra.report_canary import Lines
from infra.rotation import Canary, Hold

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
ALL = Canary("gpu-2", 5.0, (), "mara@laptop", "2026-11-21T03:12:00+00:00")
SOME = Canary("gpu-2", 0.5, ("/v1/embeddings", "/v1/rerank"), "ci@b", "2026-11-21T03:12:00Z")
HOLD = Hold("operator", "new fan", "mara@laptop", "2026-11-21T03:12:00Z")
RACK = Path("rack.py")
MAIN = Reply("Paris.", first_token_seconds=0.12, tokens=3, tokens_per_second=41.0)


def said(lines: Lines) -> list[str]:
    console = Console(file=StringIO(), width=110)
    for line in lines:
        console.print(line)
    found: str = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in found.splitlines()]


def test_speeds_stand_side_by_side_and_what_a_bad_answer_lacks_below() -> None:
    lyon = Reply("Lyon.", first_token_seconds=0.3, tokens=3, tokens_per_second=20.5)
    good = Compared("capital", canary=MAIN, main=MAIN, falls_short=())
    bad = Compared("again", canary=lyon, main=MAIN, falls_short=('"Paris" is not in it',))
    lines = said(report_canary.answers([good, bad], canary="gpu-2", main="gpu-1"))
    table = [line.split() for line in lines[2:4]]
    assert table == [
        ["✓", "capital", "0.12", "s", "0.12", "s", "41.0", "41.0"],
        ["✗", "again", "0.12", "s", "0.30", "s", "41.0", "20.5"],
    ]
    assert lines[4:] == ['again: "Paris" is not in it', "  @@ -1 +1 @@", "  -Paris.", "  +Lyon."]


def test_a_canary_alone_is_shown_alone() -> None:
    alone = Compared("a", canary=Reply("", problem="cut"), main=None, falls_short=("cut",))
    lines = said(report_canary.answers([alone], canary="gpu-2", main=None))
    assert [line.split() for line in lines[-2:]] == [["✗", "a", "–", "–"], ["a:", "cut"]]


def test_a_prompt_that_main_answers_badly_too_is_told() -> None:
    both = Compared("a", canary=MAIN, main=MAIN, falls_short=("x",), main_falls_short=("y",))
    assert said(report_canary.answers([both], canary="c", main="m"))[-1] == (
        "  a: m falls short as well: y"
    )


def test_balancers_that_do_not_say_the_same_are_named() -> None:
    assert said(report_canary.shown({"b": {"small": ALL}, "c": {}}, now=NOW)) == [
        "small: gpu-2 gets 5 % of requests, the same clients each time "
        "(by mara@laptop, 3 min 00 s ago); only on b"
    ]


def test_endpoints_are_named() -> None:
    [line, *_] = said(report_canary.is_set(SOME, inventory=RACK, holds=(), now=NOW))
    assert line == (
        "✓ gpu-2 is a canary: it gets 0.5 % of requests to /v1/embeddings and /v1/rerank, "
        "the same clients each time."
    )


def test_a_canary_that_is_held_is_told_so() -> None:
    lines = said(report_canary.is_set(ALL, inventory=RACK, holds=(HOLD,), now=NOW))
    assert lines[1] == "  Nothing yet: it is held by operator for 3 min: new fan (mara@laptop)."


def test_a_refusal_counts_and_says_what_to_do() -> None:
    bad = Compared("a", canary=MAIN, main=None, falls_short=("x",))
    good = Compared("b", canary=MAIN, main=None, falls_short=())
    assert said(report_canary.refused("gpu-2", [bad, good, good], inventory=RACK)) == [
        "✗ gpu-2 falls short in 1 of 3 golden prompts; it stays a canary.",
        "  Take it out: infra canary abort rack.py gpu-2",
        "  All the same: infra canary promote rack.py gpu-2 --force",
    ]
