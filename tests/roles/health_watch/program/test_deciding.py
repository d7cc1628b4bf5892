import pytest

from roles.health_watch.program.deciding import Act, Judged, decide
from roles.health_watch.program.judging import Ill
from roles.health_watch.program.standing import CLOSED, PROVEN, STAYS, Right

ILL = Ill("hung", "hung: silent for 3 s")
STAY, PROOF, SHUT = Right(STAYS), Right(PROVEN), Right(CLOSED, "it booted")
MINE, GATED, DEPLOYS = {"health": "hung"}, {"gate": "it booted"}, {"deploy": "a new driver"}
EJECT = Act("hold", "health", ILL.reason)
SHUT_OUT = Act("hold", "gate", "it booted")


@pytest.mark.parametrize(
    ("judged", "holds", "act"),
    [
        (Judged(None, False, STAY), {}, None),
        (Judged(ILL, False, STAY), {}, EJECT),
        (Judged(ILL, False, None), {}, EJECT),
        (Judged(ILL, False, STAY), MINE, None),
        # whom somebody else holds is not touched for its health
        (Judged(ILL, False, STAY), DEPLOYS, None),
        (Judged(ILL, False, None), GATED, None),
        # back only when well, and when its node has said where it stands
        (Judged(None, False, STAY), MINE, None),
        (Judged(None, True, STAY), MINE, Act("lift", "health")),
        (Judged(None, True, None), MINE, None),
        (Judged(None, True, PROOF), {**MINE, **DEPLOYS}, Act("lift", "health")),
        # the gate is closed before the health's hold is lifted
        (Judged(None, True, SHUT), MINE, SHUT_OUT),
        (Judged(None, True, SHUT), {**MINE, **GATED}, Act("lift", "health")),
        (Judged(None, False, SHUT), {}, SHUT_OUT),
        (Judged(None, False, SHUT), DEPLOYS, SHUT_OUT),
        (Judged(None, False, SHUT), GATED, None),
        (Judged(None, False, SHUT), {"gate": "another reason"}, SHUT_OUT),
        (Judged(None, False, PROOF), GATED, Act("lift", "gate")),
        (Judged(ILL, False, PROOF), GATED, None),
        (Judged(None, False, STAY), GATED, None),
        (Judged(None, False, PROOF), {}, None),
    ],
)
def test_what_is_done(judged: Judged, holds: dict[str, str], act: Act | None) -> None:
    assert decide(judged, holds=holds) == act
