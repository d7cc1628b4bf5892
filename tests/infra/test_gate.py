"""Whether a node may serve, from its verdicts, its boot and its lock."""

import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from infra.gate import Gate, Standing, judged, of_check, parse, standing_command
from infra.node_state import digest
from infra.site import Node
from infra.verdict import Verdict, Word
from infra.waivers import Waiver

TODAY = date(2026, 11, 21)
GPU = Node(name="gpu-1", group="gpu_nodes", address="10.0.0.1", settings={})
LOCK = digest({})
STANDING = Standing(boot_id="b1", promised=LOCK)


def said(check: str, word: Word, reason: str = "", *, role: str = "gpu_driver") -> Verdict:
    return Verdict("gpu-1", role, check, "It holds", word, reason)


def waiver(check: str, until: date = date(2026, 12, 1)) -> Waiver:
    return Waiver(check=check, owner="mara", reason="card on order", until=until)


def gate(*verdicts: Verdict, waivers: tuple[Waiver, ...] = ()) -> Gate:
    return judged(verdicts, waivers=waivers, today=TODAY, boot_id="b1", lock=LOCK)


def test_a_node_of_which_all_holds_may_serve() -> None:
    found = gate(said("check_a", "passed"), said("check_b", "passed"))
    assert (found.open, found.why) == (True, "2 checks passed")


def test_what_failed_first_is_named_before_what_is_unproven() -> None:
    found = gate(
        said("check_a", "passed"),
        said("check_b", "unproven", "busy"),
        said("check_c", "failed", "two\nlines"),
        said("check_d", "failed", "x"),
    )
    assert (found.open, found.why) == (False, "gpu_driver.check_c failed: two lines; 2 more")


def test_unproven_is_not_passed() -> None:
    found = gate(said("check_a", "passed"), said("check_b", "unproven", "of another boot"))
    assert (found.open, found.why) == (False, "gpu_driver.check_b unproven: of another boot")


@pytest.mark.parametrize("word", ["failed", "unproven"])
def test_a_waiver_in_force_counts_as_passed(word: Word) -> None:
    verdict = said("check_b", word, "no card")
    assert gate(verdict, waivers=(waiver("gpu_driver.check_*"),)).open
    assert not gate(verdict, waivers=(waiver("gpu_driver.check_a"),)).open
    assert not gate(verdict, waivers=(waiver("gpu_driver.check_b", date(2026, 11, 20)),)).open


def test_a_waiver_that_is_over_shuts_nothing_that_holds() -> None:
    over = said("waiver", "failed", "mara's waiver is over")
    assert gate(said("check_a", "passed"), over).open


def test_nothing_checked_is_not_passed() -> None:
    assert gate() == replace(gate(), open=False, why="nothing was checked")


def of(*verdicts: Verdict, standing: Standing = STANDING, whole: bool = True) -> Gate | None:
    return of_check(verdicts, node=GPU, standing=standing, whole=whole, today=TODAY)


def test_a_whole_check_opens_and_closes() -> None:
    opened, closed = of(said("check_a", "passed")), of(said("check_a", "failed", "x"))
    assert opened is not None and opened.open and (opened.boot_id, opened.lock) == ("b1", LOCK)
    assert closed is not None and not closed.open


def test_a_check_of_some_roles_closes_and_never_opens() -> None:
    assert of(said("check_a", "passed"), whole=False) is None
    assert of(whole=False) is None
    closed = of(said("check_a", "failed", "x"), whole=False)
    assert closed is not None and not closed.open


@pytest.mark.parametrize("word", ["passed", "failed"])
def test_a_check_by_another_promise_says_nothing(word: Word) -> None:
    assert of(said("check_a", word), standing=Standing("b1", promised="sha256:other")) is None
    assert of(said("check_a", word), standing=Standing("b1")) is None


def test_a_gate_admits_for_its_boot_and_the_promised_lock_alone() -> None:
    found = Gate("b1", LOCK, open=True, why="")
    assert Standing("b1", LOCK, found).admits(lock=LOCK)
    assert not Standing("b2", LOCK, found).admits(lock=LOCK)
    assert not Standing("b1", "sha256:new", found).admits(lock="sha256:new")
    assert not Standing("b1", "sha256:new", found).admits(lock=LOCK)
    assert not Standing("b1", LOCK, replace(found, open=False)).admits(lock=LOCK)
    assert not Standing("b1", LOCK).admits(lock=LOCK)


def told(folder: Path) -> str:
    command = standing_command(str(folder))
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


def test_what_lies_on_a_node_is_read_back(tmp_path: Path) -> None:
    found = gate(said("check_b", "failed", 'it\'s "odd" \\ $HOME'))
    (tmp_path / "gate.json").write_text(found.as_json())
    (tmp_path / "promised.json").write_text(json.dumps({"lock": LOCK, "inventory": "a.py"}))
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert parse(told(tmp_path)) == Standing(boot, LOCK, found)


def test_a_node_that_knows_nothing_stands_nowhere(tmp_path: Path) -> None:
    found = parse(told(tmp_path))
    assert (found.promised, found.gate) == ("", None)
    assert parse("") == Standing()


@pytest.mark.parametrize("left", ["half a li", "[]", "{", '{"open": true}', "null}, {", "1\n2\n"])
def test_a_gate_that_is_damaged_is_none_and_is_judged_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "gate.json").write_text(left)
    (tmp_path / "promised.json").write_text(json.dumps({"lock": LOCK}))
    found = parse(told(tmp_path))
    assert (bool(found.boot_id), found.promised, found.gate) == (True, LOCK, None)
    assert of(said("check_a", "passed"), standing=found) is not None


def test_a_gate_remembers_that_a_deploy_was_judged_in_its_boot_by_its_lock() -> None:
    verdict = said("check_a", "unproven", "no such card")
    made = of_check([verdict], node=GPU, standing=STANDING, whole=True, today=TODAY, by_deploy=True)
    assert made is not None and made.deployed == made.checked != ""
    kept = of(verdict, standing=replace(STANDING, gate=made))
    assert kept is not None and kept.deployed == made.deployed
    for other in (replace(made, boot_id="b0"), replace(made, lock="sha256:old")):
        found = of(verdict, standing=replace(STANDING, gate=other))
        assert found is not None and found.deployed == ""
