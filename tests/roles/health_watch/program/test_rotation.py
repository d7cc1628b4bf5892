import asyncio
import sys

from roles.health_watch.program.deciding import Act
from roles.health_watch.program.rotation import argv_of, gated_here, parse_holds, run
from roles.load_balancer.program.arguments import parser
from roles.load_balancer.program.state import state_text, with_hold

HOLD = {"owner": "deploy", "reason": "a new driver", "by": "m", "since": "2026-11-21"}


def test_holds_are_read_from_what_the_rotation_program_writes() -> None:
    state = with_hold({"nodes": {}, "canary": {}}, "gpu-1", hold=HOLD)
    assert parse_holds(state_text(state)) == {"gpu-1": {"deploy": "a new driver"}}
    assert parse_holds("") == {}


def test_a_state_that_cannot_be_read_is_told_from_an_empty_one() -> None:
    for text in ("{", "[]", '{"nodes": {"a": {"holds": [1]}}}', '{"nodes": 1}'):
        assert parse_holds(text) is None


def test_the_rotation_program_understands_its_commands() -> None:
    told = argv_of(Act("hold", "health", "it's hung"), node="gpu-1", floor=1)
    given = parser().parse_args(told[1:])
    assert (given.node, given.owner, given.reason, given.keep) == (
        "gpu-1",
        "health",
        "it's hung",
        1,
    )
    assert parser().parse_args(argv_of(Act("hold", "gate", "x"), node="n", floor=1)[1:]).keep == 0
    lifted = parser().parse_args(argv_of(Act("lift", "gate"), node="gpu-1", floor=1)[1:])
    assert (lifted.command, lifted.owner) == ("lift", "gate")


def test_a_command_tells_how_it_ended() -> None:
    program = "import sys; print('out'); sys.exit('why not')"
    ended = asyncio.run(run((sys.executable, "-c", program), seconds=30))
    assert ended == (1, "out\n", "why not")
    assert asyncio.run(run(("/nowhere",), seconds=1))[0] == 127


def test_a_command_that_hangs_is_ended() -> None:
    status, _, complaint = asyncio.run(run(("sleep", "60"), seconds=0.1))
    assert (status, complaint) == (124, "sleep did not end within 0.1 s")


def test_whose_gate_a_watch_holds() -> None:
    state = with_hold({"nodes": {}}, "gpu-1", hold={**HOLD, "owner": "gate", "by": "infra-health"})
    state = with_hold(state, "gpu-2", hold={**HOLD, "owner": "gate"})
    state = with_hold(state, "gpu-3", hold={**HOLD, "owner": "health", "by": "infra-health"})
    assert gated_here(state_text(state)) == {"gpu-1"}
    assert gated_here("") == gated_here("[]") == frozenset()
