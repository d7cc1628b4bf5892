"""Outputs to damage: those in damaged/, and the captures of test_captures.py where they are."""

import os
from pathlib import Path

import pytest

CAPTURES = Path(
    os.environ.get("INFRA_CAPTURES", Path(__file__).parents[5] / "shared" / "captures")
).absolute()
OWN = Path(__file__).with_name("damaged")
LONGEST = 60_000


@pytest.fixture(scope="session")
def outputs() -> dict[str, str]:
    """Every output by its name; very long ones are left out."""
    own = {path.name: path.read_text() for path in sorted(OWN.iterdir())}
    there = {
        str(path.relative_to(CAPTURES)): path.read_text(errors="replace")
        for path in sorted(CAPTURES.rglob("*.txt"))
    }
    return own | {name: text for name, text in there.items() if len(text) < LONGEST}
