"""Out of rotation, wiped, installed."""

from pathlib import Path
from typing import Any

import paramiko
import pytest

from infra.balancers import BalancerError
from infra.drill import clearing
from infra.drill.pinned import KeyTextError
from infra.hooks import HookError
from infra.wire import Answer

KEY = paramiko.ECDSAKey.generate()
PRINT_KEY = f"print('{KEY.get_name()} {KEY.get_base64()} root@n')"


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


def test_the_new_host_key_takes_the_place_of_the_old(drill_of: Any, tmp_path: Path) -> None:  # noqa: ANN401
    pinned = tmp_path / "known_hosts"
    pinned.write_text("10.0.0.2 ssh-ed25519 AAAA\n10.0.0.3 ssh-ed25519 BBBB\n")
    assert clearing.install(drill_of(host_key=PRINT_KEY)) == "1 new host key pinned"
    assert pinned.read_text().splitlines() == [
        "10.0.0.3 ssh-ed25519 BBBB",
        f"10.0.0.2 {KEY.get_name()} {KEY.get_base64()}",
    ]


def test_a_driver_that_knows_no_key_stops_the_drill(drill_of: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with pytest.raises(KeyTextError):
        clearing.install(drill_of(host_key="print('')"))
    assert not (tmp_path / "known_hosts").exists()
