import json

from roles.health_watch import sight
from roles.health_watch.program.desk import Desk
from roles.health_watch.program.judging import Ill
from roles.health_watch.program.promised import Limits, Member, Place
from roles.health_watch.program.seen import Seen
from roles.health_watch.program.standing import CLOSED, Right
from roles.health_watch.program.telling import state_text
from roles.health_watch.program.watching import Watched

MEMBER = Member("n", Place("10.0.0.1", 1), "m", "/h", "/q", "", (), (), None)
LIMITS = Limits(3, 180, 10, 20, 10, 60, 1)


def test_what_is_seen_is_told_and_read_back() -> None:
    well = Watched(MEMBER, LIMITS, seen=Seen(healthy_since=10.0, requests=2, moved_at=99.5))
    hung = Watched(MEMBER, LIMITS, ill=Ill("hung", "silent"), out_at=90.0, problem="it stays in")
    desk = Desk({"gpu-1": well, "gpu-2": hung}, {}, {"cut": "this kernel cannot"})
    rights = {"gpu-1": None, "gpu-2": Right(CLOSED, "it booted")}
    text = state_text(desk, rights=rights, digest="abc", now=100.0)
    nodes = json.loads(text)["nodes"]
    assert nodes["gpu-1"]["state"] == "busy"
    assert nodes["gpu-1"]["seconds_since"] == {
        "healthy": 90.0,
        "progress": 0.5,
        "idle": None,
        "token": None,
    }
    assert (nodes["gpu-2"]["state"], nodes["gpu-2"]["out"]) == ("hung", True)
    assert (nodes["gpu-2"]["gate_why"], nodes["gpu-2"]["problem"]) == ("it booted", "it stays in")
    found = sight.parse(f"0\n{text}")
    assert (found.config, found.troubles) == ("abc", ("this kernel cannot",))
