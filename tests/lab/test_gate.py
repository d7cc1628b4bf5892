"""A node that booted anew, or that a deploy left short of a promise, serves when it is proven."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from labhosts import INVENTORY, Ended, Infra, Shell

pytestmark = pytest.mark.slow

NODE, OTHER, BALANCER = "gpu-2", "gpu-1", "balancer-1"
BROKEN = "ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime"
MENDED = "ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime"
JOURNAL = "/etc/systemd/journald.conf.d/99-break.conf"
UNBOUNDED = f"printf '[Journal]\\nSystemMaxUse=8T\\n' >{JOURNAL}"


@pytest.fixture
def gated(deployed: Ended, infra: Infra, shell: Shell) -> Iterator[None]:
    """The node mended and in again afterwards, whatever became of the test."""
    yield
    shell(NODE, f"{MENDED}; rm -f {JOURNAL}")
    back = infra("deploy", str(INVENTORY), "--yes")
    assert back.code == 0, back.out


def holds(shell: Shell, node: str) -> dict[str, str]:
    """Reasons by owner, as the balancer has them."""
    said = json.loads(shell(BALANCER, "/usr/local/sbin/infra-rotation show"))
    return {hold["owner"]: hold["reason"] for hold in said["nodes"][node]["holds"]}


def await_hold(shell: Shell, until: Callable[[dict[str, str]], bool], *, seconds: int) -> float:
    """Seconds until the node's holds are such."""
    began = time.monotonic()
    while not until(found := holds(shell, NODE)):
        assert time.monotonic() - began < seconds, found
        time.sleep(0.5)
    return time.monotonic() - began


def boot_anew(shell: Shell) -> None:
    shell(NODE, "systemctl reboot")
    waited = await_hold(shell, lambda found: set(found) == {"gate"}, seconds=180)
    print(f"after its boot the gate held {NODE} alone after {waited:.1f} s")


def of(done: Ended) -> dict[str, Any]:
    (found,) = done.json["nodes"]
    assert found["node"] == NODE
    return dict(found)


def test_a_node_that_booted_with_a_promise_broken_stays_out_until_it_is_mended(
    gated: None, infra: Infra, shell: Shell
) -> None:
    shell(NODE, BROKEN)
    boot_anew(shell)
    assert "booted since it was checked last" in holds(shell, NODE)["gate"]
    refused = infra("gate", str(INVENTORY))
    assert refused.code == 1, refused.out + refused.err
    assert "base_system.check_timezone_is_promised failed" in of(refused)["why"]
    assert not of(refused)["deployed"]
    assert list(holds(shell, NODE)) == ["gate"]

    shell(NODE, MENDED)
    passed = infra("gate", str(INVENTORY))
    assert passed.code == 0, passed.out + passed.err
    # its proof of the interconnect ended with the boot: the pass deployed it for a new one
    assert of(passed)["open"] and of(passed)["deployed"]
    assert holds(shell, NODE) == {}
    print(f"mended, a pass of {passed.json['seconds']:.1f} s brought it in")


def test_nobody_is_checked_who_is_not_kept_out(deployed: Ended, infra: Infra) -> None:
    done = infra("gate", str(INVENTORY))
    assert (done.code, done.json["nodes"]) == (0, []), done.out


def test_a_deploy_that_leaves_a_promise_broken_keeps_the_node_out_and_the_others_in(
    gated: None, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    shell(NODE, UNBOUNDED)
    changed = tmp_path / "lab.py"
    text = INVENTORY.read_text()
    assert '"context_tokens": 2048' in text
    changed.write_text(text.replace('"context_tokens": 2048', '"context_tokens": 3072'))
    done = infra("deploy", str(changed), "--yes", "--limit", NODE)
    assert done.code == 1
    (node,) = done.json["nodes"]
    assert "base_system.check_journal_is_bounded failed" in node["error"]
    assert list(holds(shell, NODE)) == ["gate"]
    assert holds(shell, OTHER) == {}

    shell(NODE, f"rm -f {JOURNAL}")
    checked = infra("check", str(changed), "--limit", NODE)
    assert checked.code == 0, checked.out
    waited = await_hold(shell, lambda found: not found, seconds=30)
    print(f"mended and checked, the balancer's watch let it in after {waited:.1f} s")
