import json
from pathlib import Path

from roles.health_watch.program.desk import Desk


def test_a_boot_that_is_let_in_is_kept_and_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "admitted.json"
    desk = Desk({}, {}, kept_at=str(path))
    desk.admit("gpu-1", "boot")
    assert json.loads(path.read_text()) == {"nodes": {"gpu-1": "boot"}}
    desk.admit("gpu-1", "")
    assert json.loads(path.read_text()) == {"nodes": {}}


def test_a_disk_that_is_full_is_told_and_stops_nothing(tmp_path: Path) -> None:
    desk = Desk({}, {}, kept_at=str(tmp_path / "no" / "admitted.json"))
    desk.admit("gpu-1", "boot")
    desk.admit("gpu-2", "boot")
    assert "is not written" in desk.troubles["admitted"]
    (tmp_path / "no").mkdir()
    desk.keep()
    kept = json.loads((tmp_path / "no" / "admitted.json").read_text())
    assert kept == {"nodes": {"gpu-1": "boot", "gpu-2": "boot"}} and not desk.troubles


def test_a_trouble_is_told_once_and_ends() -> None:
    desk = Desk({}, {})
    desk.trouble("cut", "this kernel cannot")
    assert desk.troubles == {"cut": "this kernel cannot"}
    desk.trouble("cut", "")
    assert desk.troubles == {}
