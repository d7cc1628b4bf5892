import datetime
import re
from pathlib import Path
from typing import Literal

import pytest

from roles.gpu_driver import branches, cards, matrix
from roles.gpu_driver.cards import Card

Modules = Literal["open", "proprietary"]

# Flavours that drive a card: o open, p proprietary, - none
TABLE = """
branch        470  525  535  550  560  565  570  575  580  590  595  610  615  620
K80             p    -    -    -    -    -    -    -    -    -    -    -    -    -
M40             p    p    p    p    p    p    p    p    p    -    -    -    -    -
P40             p    p    p    p    p    p    p    p    p    -    -    -    -    -
P100            p    p    p    p    p    p    p    p    p    -    -    -    -    -
V100            p    p    p    p    p    p    p    p    p    -    -    -    -    -
T4              p   op   op   op   op   op   op   op   op   op   op   op   op    o
A100            p   op   op   op   op   op   op   op   op   op   op   op   op    o
RTX 3090        p    p    p   op   op   op   op   op   op   op   op   op   op    o
RTX A6000       p    p    p   op   op   op   op   op   op   op   op   op   op    o
RTX 4090        -    p    p   op   op   op   op   op   op   op   op   op   op    o
RTX 4060 Ti     -    p    p   op   op   op   op   op   op   op   op   op   op    o
L40S            -   op   op   op   op   op   op   op   op   op   op   op   op    o
H100            -   op   op   op   op   op   op   op   op   op   op   op   op    o
GH200           -    -    -    o    o    o    o    o    o    o    o    o    o    o
B200            -    -    -    -    -    -    o    o    o    o    o    o    o    o
RTX 5090        -    -    -    -    -    -    o    o    o    o    o    o    o    o
GB10            -    -    -    -    -    -    -    -    o    o    o    o    o    o
"""
FLAVOURS: dict[str, Modules] = {"o": "open", "p": "proprietary"}
HEAD, *BODY = (
    tuple(line.split()) for line in re.sub(r"(?<=\S) (?=\S)", "_", TABLE).split("\n") if line
)
BRANCHES = HEAD[1:]
ROWS = {name.replace("_", " "): tuple(cells) for name, *cells in BODY}
TODAY = datetime.date(2026, 11, 21)


def card(name: str) -> Card:
    found = cards.by_name(name)
    assert found is not None, name
    return found


def cell(name: str, version: str) -> str:
    """The flavours of a version that drive a card, as the table has them."""
    fits = (
        letter
        for letter, modules in FLAVOURS.items()
        if matrix.verdict(card(name), version_or_branch=version, modules=modules).fits
    )
    return "".join(fits) or "-"


def test_the_table_has_every_branch() -> None:
    assert tuple(str(row.number) for row in branches.listed()) == BRANCHES
    assert all(len(cells) == len(BRANCHES) for cells in ROWS.values())


@pytest.mark.parametrize("name", ROWS)
def test_every_branch_and_flavour_drives_a_card_or_does_not(name: str) -> None:
    assert tuple(cell(name, f"{branch}.48.01") for branch in BRANCHES) == ROWS[name]
    assert tuple(cell(name, branch) for branch in BRANCHES) == ROWS[name]


@pytest.mark.parametrize("name", ROWS)
def test_every_refusal_names_the_card_and_a_driver_that_works(name: str) -> None:
    asked = [(branch, modules) for branch in BRANCHES for modules in FLAVOURS.values()]
    fits = [matrix.verdict(card(name), version_or_branch=at, modules=of) for at, of in asked]
    refused = [fit.sentence for fit in fits if not fit.fits]
    assert refused
    for sentence in refused:
        assert f"{card(name).name} ({card(name).architecture})" in sentence
        advice = re.search(r'give gpu_driver.version (\S+) with .*modules = "(\w)', sentence)
        assert advice is not None, sentence
        assert re.fullmatch(r"\d{3}\.\d+(\.\d+)?", advice[1])
        assert advice[2] in cell(name, advice[1])


REFUSED = {
    ("V100", "590.48.01", "proprietary"): "580 is the last branch for Volta; give "
    'gpu_driver.version 580.126.20 with gpu_driver.modules = "proprietary"',
    ("P40", "580.95.05", "open"): "its chip has no GSP, which open modules require; give "
    'gpu_driver.version 580.95.05 with gpu_driver.modules = "proprietary"',
    ("RTX 5090", "580.95.05", "proprietary"): "it needs open modules, Blackwell is driven by them "
    'alone; give gpu_driver.version 580.95.05 with gpu_driver.modules = "open"',
    ("RTX 5090", "565.57.01", "open"): "570 is the first branch for it; give gpu_driver.version "
    '580.126.20 with gpu_driver.modules = "open"',
    ("H100", "620.10.01", "proprietary"): "branch 620 has proprietary modules no more; give "
    'gpu_driver.version 620.10.01 with gpu_driver.modules = "open"',
    ("GH200", "580.95.05", "proprietary"): "Grace Hopper is driven by them alone",
    ("RTX 3090", "525.147.05", "open"): "open modules of branch 525 start on data centre cards",
    ("A100", "450.80.02", "proprietary"): "470 is the oldest branch that is known here",
}


@pytest.mark.parametrize(("asked", "said"), REFUSED.items())
def test_a_refusal_says_why_and_what_to_give(asked: tuple[str, str, Modules], said: str) -> None:
    name, version, modules = asked
    found = matrix.verdict(card(name), version_or_branch=version, modules=modules)
    assert not found.fits
    assert said in found.sentence


def test_a_vgpu_is_refused_whatever_the_driver() -> None:
    guest = card("GRID T4-16C")
    for branch in branches.listed():
        found = matrix.verdict(guest, version_or_branch=str(branch.number), modules="open")
        assert not found.fits
        assert "vGPU" in found.sentence
        assert "take gpu_driver off this host" in found.sentence


def test_cards_with_a_driver_in_common_are_told_that_one() -> None:
    found = matrix.together(
        [card("P40"), card("RTX 3090")], version_or_branch="595.71.05", modules="open"
    )
    assert not found.fits
    assert not found.no_driver
    assert 'version 580.126.20 with gpu_driver.modules = "proprietary"' in found.sentence


@pytest.mark.parametrize("modules", ["open", "proprietary"])
@pytest.mark.parametrize("old", ["P40", "V100", "M40"])
def test_pascal_and_blackwell_have_no_driver_in_common(old: str, modules: Modules) -> None:
    both = [card(old), card("RTX 5090")]
    found = matrix.together(both, version_or_branch="580.95.05", modules=modules)
    assert not found.fits
    assert found.no_driver
    assert "no driver drives all cards of this host" in found.sentence
    assert f"{card(old).name} ({card(old).architecture}) needs proprietary" in found.sentence
    assert "GeForce RTX 5090 (Blackwell) needs open" in found.sentence
    allowed = matrix.together(
        both, version_or_branch="580.95.05", modules=modules, allow_mixed=True
    )
    assert allowed.fits


def test_a_vgpu_beside_a_card_is_refused_too() -> None:
    found = matrix.together(
        [card("GRID T4-16C"), card("RTX 3090")], version_or_branch="580.95.05", modules="open"
    )
    assert not found.fits
    assert "needs the driver that the cloud gives out for vGPUs" in found.sentence


def test_a_mix_that_is_allowed_still_needs_a_card_that_is_driven() -> None:
    found = matrix.together(
        [card("P40"), card("RTX 5090")],
        version_or_branch="590.48.01",
        modules="proprietary",
        allow_mixed=True,
    )
    assert not found.fits


def test_a_mix_that_is_allowed_does_not_excuse_a_wrong_driver_for_alike_cards() -> None:
    found = matrix.together(
        [card("P40"), card("V100")], version_or_branch="590.48.01", modules="open", allow_mixed=True
    )
    assert not found.fits


def test_an_old_card_for_a_screen_may_stay_idle_beside_newer_ones() -> None:
    """A driver that drives both exists, and ended years ago."""
    both = [card("K80"), card("RTX 3090")]
    refused = matrix.together(both, version_or_branch="580.95.05", modules="open")
    assert not refused.fits
    assert "470.256.02" in refused.sentence and "allow_mixed = True" in refused.sentence
    allowed = matrix.together(both, version_or_branch="580.95.05", modules="open", allow_mixed=True)
    assert allowed.fits and "leaves K80 (Kepler) idle" in allowed.sentence


def test_no_cards_are_driven_by_every_driver() -> None:
    assert matrix.together([], version_or_branch="620.1.1", modules="proprietary").fits


ENDED = {
    "470.256.02": "ended in 2024 (month not verified)",
    "535.261.03": "ended in 2026-06: it gets no security fixes; move to 580.126.20 (LTS, until "
    "2028-06) or 595.71.05 (production, until 2027-03)",
    "570.195.03": "ended in 2026 (month not verified)",
    "580.95.05": None,
    "590.48.01": "ended in 2026 (month not verified)",
    "595.71.05": None,
    "610.57.04": "ended in 2026-08",
    "615.71.09": None,
    "620.10.01": None,
    "555.42.06": "driver branch 555 is not in the table of 2026-11-21",
    "450.80.02": "driver branch 450 is not in the table",
}


@pytest.mark.parametrize(("version", "said"), ENDED.items())
def test_an_ended_branch_is_told(version: str, said: str | None) -> None:
    found = matrix.ended(version, today=TODAY)
    assert found == said if said is None else said in (found or "")


def test_an_end_is_told_from_the_day_after() -> None:
    assert matrix.ended("595.71.05", today=datetime.date(2027, 3, 31)) is None
    assert matrix.ended("595.71.05", today=datetime.date(2027, 4, 1)) is not None


def test_what_an_ended_branch_gives_way_to_drives_the_cards() -> None:
    found = matrix.ended("535.261.03", today=TODAY, cards=[card("V100")])
    assert found is not None
    assert "580.126.20" in found
    assert "595" not in found
    none = matrix.ended("470.256.02", today=TODAY, cards=[card("K80")])
    assert none is not None
    assert "no supported branch drives these cards" in none


def test_a_branch_between_two_that_are_listed_is_taken_as_the_older() -> None:
    assert matrix.verdict(card("RTX 3090"), version_or_branch="555.42.06", modules="open").fits
    assert not matrix.verdict(card("H100"), version_or_branch="630.1", modules="proprietary").fits


def test_every_row_has_its_source_and_its_date() -> None:
    for row in branches.listed():
        assert row.source
        assert row.date <= TODAY
    for architecture in branches.data()["architectures"]:
        assert architecture["source"]


def test_a_version_in_advice_is_of_its_branch() -> None:
    for row in branches.listed():
        assert row.good is None or branches.number(row.good) == row.number


def test_the_readme_has_the_tables_branches_as_they_are() -> None:
    said = Path(matrix.__file__).with_name("README.md").read_text()
    for row in branches.listed():
        line = re.search(rf"^\| {row.number} \|.*$", said, re.MULTILINE)
        assert line is not None
        for part in (row.kind, row.cuda, row.good or "none", *row.modules):
            assert part in line[0]
