"""Published outputs of real machines are judged as their collection concludes (captures.yaml).

The outputs are not part of this repository: they are looked for in $INFRA_CAPTURES, or in
shared/captures beside it.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from roles.pcie_topology.explain import recognise
from roles.pcie_topology.explain.judgement import Judgement, has_errors

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("captures.yaml").read_text())
FIELDS = ("kind", "gpus", "lanes", "p2p", "nvlink", "fault")
ROOT = Path(
    os.environ.get("INFRA_CAPTURES", Path(__file__).parents[5] / "shared" / "captures")
).absolute()

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="no captures: set INFRA_CAPTURES")


@pytest.mark.parametrize("file", TABLE["expected"])
def test_a_capture_is_judged_as_its_collection_concludes(file: str) -> None:
    text = (ROOT / file).read_text(errors="replace")
    otherwise = TABLE["judged_otherwise"].get(file, {})
    concluded = dict(zip(FIELDS, TABLE["expected"][file], strict=True))
    expected = concluded | {field: told["judged"] for field, told in otherwise.items()}
    assert _told(recognise.judged(text)) == expected


def test_every_capture_is_expected() -> None:
    found = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.txt")}
    assert found == set(TABLE["expected"])


def test_what_is_judged_otherwise_says_why_and_still_differs() -> None:
    for file, fields in TABLE["judged_otherwise"].items():
        for field, told in fields.items():
            assert told["because"]
            assert told["judged"] != TABLE["expected"][file][FIELDS.index(field)]


def _told(judgement: Judgement) -> dict[str, Any]:
    return {
        "kind": judgement.kind,
        "gpus": judgement.gpus,
        "lanes": judgement.lanes,
        "p2p": judgement.p2p,
        "nvlink": judgement.nvlink,
        "fault": "fault" if has_errors(judgement) else "quiet",
    }
