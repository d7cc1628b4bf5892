"""What was decided is done by a program that is a stand-in for rotation's."""

import asyncio
from pathlib import Path

import pytest

from roles.health_watch.program.acting import do
from roles.health_watch.program.deciding import Act
from roles.health_watch.program.desk import Desk
from roles.health_watch.program.judging import Ill
from roles.health_watch.program.promised import Limits, Member, Place
from roles.health_watch.program.watching import Watched

LIMITS = Limits(3, 180, 10, 20, 10, 60, 1)
HOLD = Act("hold", "health", "gone")


def rack(folder: Path, *, nodes: int, ill: bool = True) -> list[Watched]:
    """Nodes of one rack, and a program that notes how many of it run at once."""
    (folder / "rotation").write_text(
        f"""#!/bin/sh
touch {folder}/$2.runs; ls {folder} | grep -c runs >>{folder}/counts; sleep 0.05
rm {folder}/$2.runs"""
    )
    (folder / "rotation").chmod(0o755)
    found = [
        Watched(
            Member(f"gpu-{n}", Place("10.0.0.1", n), "m", "/h", "/q", "/m", (), (), None), LIMITS
        )
        for n in range(nodes)
    ]
    for one in found:
        one.acting, one.ill = True, Ill("gone", "gone") if ill else None
    return found


def done(folder: Path, watched: list[Watched]) -> list[int]:
    async def work() -> None:
        desk = Desk({}, {}, program=str(folder / "rotation"))
        await asyncio.gather(*(do(desk, one, HOLD) for one in watched))

    asyncio.run(work())
    noted = folder / "counts"
    return [int(line) for line in noted.read_text().split()] if noted.exists() else []


def test_a_rack_that_dies_at_once_is_held_by_a_few_programs_at_a_time(tmp_path: Path) -> None:
    watched = rack(tmp_path, nodes=20)
    counts = done(tmp_path, watched)
    assert (len(counts), max(counts) <= 4) == (20, True)
    assert not any(one.acting or one.problem for one in watched)


def test_one_that_is_well_again_when_its_turn_comes_is_left_in(tmp_path: Path) -> None:
    watched = rack(tmp_path, nodes=1, ill=False)
    assert (done(tmp_path, watched), watched[0].acting) == ([], False)


def test_one_whose_turn_ends_in_an_error_gets_another(tmp_path: Path) -> None:
    [one] = rack(tmp_path, nodes=1)
    with pytest.raises(ValueError, match="null byte"):
        asyncio.run(do(Desk({}, {}, program="\0"), one, HOLD))
    assert not one.acting
