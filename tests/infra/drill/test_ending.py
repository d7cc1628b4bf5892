"""The record of a drill, kept wherever that is possible."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from infra import place
from infra.drill import ending


def test_a_record_that_cannot_be_kept_is_told_and_not_lost(drill_of: Any, rotating: Any) -> None:  # noqa: ANN401
    made = drill_of(rotating("n", "m"))
    nowhere = {"ssh_hostname": "127.0.0.1", "ssh_port": 1}
    made = replace(made, node=replace(made.node, connection=nowhere))
    drills: Path = place.of(made.inventory) / "drills"
    drills.parent.mkdir(parents=True)
    drills.touch()
    content, remarks = ending.recorded(made, None)
    assert content["result"] == "ok"
    assert f"{drills}/" in remarks[0]
    assert "could not be written" in remarks[0]
