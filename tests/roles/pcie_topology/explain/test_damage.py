"""Randomly damaged outputs crash no reader; everything is drawn from a fixed seed."""

import random
import re
from typing import get_args

import pytest

from roles.pcie_topology.explain import judgement, recognise
from roles.pcie_topology.explain.judgement import Judgement


def test_random_damage_crashes_no_reader(outputs: dict[str, str]) -> None:
    _damage(outputs, times=400, seed=1)


@pytest.mark.slow
def test_much_random_damage_crashes_no_reader(outputs: dict[str, str]) -> None:
    _damage(outputs, times=10_000, seed=2)


def _damage(outputs: dict[str, str], *, times: int, seed: int) -> None:
    draw = random.Random(seed)
    names = list(outputs)
    for turn in range(times):
        name = draw.choice(names)
        text = outputs[name]
        for _ in range(draw.randint(1, 3)):
            text = draw.choice(DAMAGE)(draw, text)
        if draw.random() < 0.05:
            text += outputs[draw.choice(names)]
        _sane(recognise.judged(text), where=f"turn {turn} of seed {seed}: {name}")


def _sane(found: Judgement, *, where: str) -> None:
    assert found.lanes in get_args(judgement.Lanes), where
    assert found.p2p in get_args(judgement.P2p), where
    assert found.nvlink in get_args(judgement.Nvlink), where
    assert found.gpus is None or 0 <= found.gpus < 1000, where
    for finding in found.findings:
        assert finding.message and finding.subject, where
        assert finding.severity in get_args(judgement.Severity), where


def _drop_lines(draw: random.Random, text: str) -> str:
    return "\n".join(line for line in text.split("\n") if draw.random() > 0.1)


def _cut(draw: random.Random, text: str) -> str:
    return text[: draw.randint(0, len(text))]


def _cut_start(draw: random.Random, text: str) -> str:
    return text[draw.randint(0, len(text)) :]


def _swap_lines(draw: random.Random, text: str) -> str:
    lines = text.split("\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _change_digits(draw: random.Random, text: str) -> str:
    return re.sub(
        r"\d", lambda at: str(draw.randint(0, 9)) if draw.random() < 0.03 else at[0], text
    )


def _change_letters(draw: random.Random, text: str) -> str:
    at = draw.randint(0, len(text))
    return text[:at] + draw.choice('\0\x1b[{}<>"\\,:|é\t\n') + text[at + 1 :]


def _escape_codes(draw: random.Random, text: str) -> str:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    lines[at] = f"\x1b[4m{lines[at]}" + draw.choice(("\x1b[0m", ""))
    return "\n".join(lines)


def _windows_lines(_: random.Random, text: str) -> str:
    return text.replace("\n", "\r\n")


def _repeat_block(draw: random.Random, text: str) -> str:
    start, end = sorted(draw.randint(0, len(text)) for _ in range(2))
    return text[:end] + text[start : start + 5000] + text[end:]


def _indent(draw: random.Random, text: str) -> str:
    return text.replace("\n", "\n" + draw.choice((" ", "  ", "\t", "> ")))


def _single_spaces(_: random.Random, text: str) -> str:
    return re.sub(r"[ \t]+", " ", text)


DAMAGE = (
    _drop_lines,
    _cut,
    _cut_start,
    _swap_lines,
    _change_digits,
    _change_letters,
    _escape_codes,
    _windows_lines,
    _repeat_block,
    _indent,
    _single_spaces,
)
