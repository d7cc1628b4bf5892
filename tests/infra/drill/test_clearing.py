"""Out of rotation, wiped, installed."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import paramiko
import pytest

from infra.balancers import BalancerError
from infra.drill import clearing
from infra.drill.pinned import KeyTextError
from infra.drill.plan import Hook
from infra.drill.work import Drill, StageError
from infra.hooks import HookError
from infra.wire import Answer

KEY = paramiko.ECDSAKey.generate()


def owners(session: Any) -> list[str]:  # noqa: ANN401
    return [hold["owner"] for hold in session.holds["n"]]


def test_a_drain_holds_on_behalf_of_the_drill_and_keeps_another_in(
    drill_of: Any,  # noqa: ANN401
    rotating: Any,  # noqa: ANN401
) -> None:
    session = rotating("n", "m")
    session.in_flight["n"] = 3
    assert clearing.drain(drill_of(session)) == "3 requests finished"
    assert owners(session) == ["drill"]
    hold = next(words for words in session.commands if words[0] == "hold")
    assert hold[-2:] == ["--keep", "1"]


def test_a_node_that_is_out_already_needs_no_other_to_stay_in(
    drill_of: Any,  # noqa: ANN401
    rotating: Any,  # noqa: ANN401
) -> None:
    session = rotating("n")
    clearing.drain(drill_of(session))
    assert clearing.drain(drill_of(session)) == "0 requests finished"
    assert session.commands[-3][-2:] == ["--keep", "0"]


def test_a_refusal_of_the_balancer_is_passed_on(
    drill_of: Any,  # noqa: ANN401
    rotating: Any,  # noqa: ANN401
) -> None:
    session = rotating("n")
    session.says = lambda words: Answer(3, b"", b"n is the last\n") if words[0] == "hold" else None
    with pytest.raises(BalancerError, match="n is the last"):
        clearing.drain(drill_of(session))


def test_requests_that_go_on_too_long_are_told(
    drill_of: Any,  # noqa: ANN401
    rotating: Any,  # noqa: ANN401
) -> None:
    session = rotating("n")
    session.in_flight["n"], session.left = 3, [1] * 100
    made = drill_of(session)
    object.__setattr__(made, "drain_seconds", 0)
    assert clearing.drain(made) == "2 requests finished, 1 cut after 0 s"


def test_a_node_that_no_balancer_knows_is_not_held(drill_of: Any) -> None:  # noqa: ANN401
    assert clearing.drain(drill_of()) == "no balancer knows it"


def test_the_wipe_learns_whom_it_wipes(drill_of: Any, tmp_path: Path) -> None:  # noqa: ANN401
    path = tmp_path / "said"
    text = f"import os; open({str(path)!r}, 'w').write(os.environ['NODE'] + os.environ['STAGE'])"
    clearing.wipe(drill_of(wipe=text))
    assert path.read_text() == "nwipe"


def test_a_wipe_that_fails_stops_the_drill(drill_of: Any) -> None:  # noqa: ANN401
    with pytest.raises(HookError, match="no such machine"):
        clearing.wipe(drill_of(wipe="raise SystemExit('no such machine')"))


class Server:
    """The shape of the fixture in conftest.py: a host that answers from a table."""

    canned: dict[str, str]
    data: dict[str, Any]
    host_key: paramiko.PKey
    known_hosts: Path


def standing(*, promised: str = "", deploying: str = "") -> str:
    """What a host says of itself when it is first asked."""
    return f'0\n{deploying}\n{{"boot_id": "b", "promised": "{promised}", "gate": null}}'


def over_ssh(made: Drill, server: Server, *, said: str) -> Drill:
    server.canned["id -u"] = said
    node = replace(made.node, address="127.0.0.1", connection=server.data)
    return replace(made, node=node)


def printing(key: paramiko.PKey) -> str:
    return f"print('{key.get_name()} {key.get_base64()} root@n')"


def test_an_installation_that_the_wipe_has_done_says_so(drill_of: Any) -> None:  # noqa: ANN401
    assert clearing.install(drill_of()) == "done with the wipe"


def test_the_new_host_key_takes_the_place_of_the_old(drill_of: Any, server: Server) -> None:  # noqa: ANN401
    old = server.known_hosts.read_text().split(" ")[0]
    server.known_hosts.write_text(f"{old} ssh-ed25519 AAAA\n10.0.0.3 ssh-ed25519 BBBB\n")
    made = over_ssh(drill_of(host_key=printing(server.host_key)), server, said=standing())
    assert clearing.reach(made) == "1 new host key pinned"
    assert server.known_hosts.read_text().splitlines() == [
        "10.0.0.3 ssh-ed25519 BBBB",
        f"{old} {server.host_key.get_name()} {server.host_key.get_base64()}",
    ]


def test_a_key_that_is_another_stops_the_drill_and_the_right_one_mends_it(
    drill_of: Any,  # noqa: ANN401
    server: Server,
) -> None:
    made = over_ssh(drill_of(host_key=printing(KEY)), server, said=standing())
    with pytest.raises(StageError, match=r"(?i)host key"):
        clearing.reach(made)
    right = over_ssh(drill_of(host_key=printing(server.host_key)), server, said=standing())
    assert clearing.reach(right) == "1 new host key pinned"


def test_a_driver_that_knows_no_key_stops_the_drill(drill_of: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with pytest.raises(KeyTextError):
        clearing.reach(drill_of(host_key="print('')"))
    assert not (tmp_path / "known_hosts").exists()


def test_a_wipe_that_wiped_nothing_is_found_out(drill_of: Any, server: Server) -> None:  # noqa: ANN401
    made = over_ssh(drill_of(), server, said=standing(promised="sha256:ab"))
    with pytest.raises(StageError, match="n is no bare system"):
        clearing.reach(made)


def test_a_node_that_somebody_deploys_is_not_wiped(drill_of: Any, server: Server) -> None:  # noqa: ANN401
    by = {"user": "tom", "host": "desk", "pid": 9, "since": "2026-11-21T13:00:00+00:00"}
    holder = json.dumps({**by, "command": "infra deploy rack.py"})
    made = over_ssh(drill_of(), server, said=standing(deploying=holder))
    with pytest.raises(StageError, match=r"is being deployed by tom@desk .*; drill it afterwards"):
        clearing.leave(made)
    made.running.finish("wipe")
    assert clearing.leave(made) == "no balancer knows it"


def test_who_takes_a_drill_up_finds_the_program_that_was_at_work(drill_of: Any) -> None:  # noqa: ANN401
    made = drill_of()
    text = f"import json; assert json.load(open({str(made.running.path)!r}))['hook']"
    found = over_text(made, text)
    clearing.wipe(found)
    assert found.running.hook == ""


def over_text(made: Drill, text: str) -> Drill:
    wipe = Hook((sys.executable, "-c", text), 20)
    return replace(made, driver=replace(made.driver, wipe=wipe))
