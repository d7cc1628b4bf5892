from pathlib import Path

from roles.health_watch.program.desk import Desk
from roles.health_watch.program.main import _tell


def test_a_watch_that_cannot_tell_goes_on_and_says_so_once_it_can(tmp_path: Path) -> None:
    desk = Desk({}, {})
    _tell(desk, "x", path=str(tmp_path / "no" / "state"))
    assert "is not written" in desk.troubles["tell"]
    _tell(desk, "x", path=str(tmp_path / "state"))
    assert (tmp_path / "state").read_text() == "x" and not desk.troubles
