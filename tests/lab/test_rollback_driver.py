"""A driver that fails goes back to the one that was proven before, and the node serves with it."""

import json
from pathlib import Path

import pytest
from labhosts import INVENTORY, Ended, Infra, Shell

NODE = "gpu-2"
GOOD = "580.95.05"
BACK = f"Went back to driver {GOOD} (open)."
NO_CARD, NO_MODULE = "580.65.06", "580.76.05"
"""The lab's drivers for drills: one shows no card, the module of the other cannot be built."""
INTERRUPTED = (
    "(n=0; until pgrep -x -a dpkg | grep -q -e --unpack || [ $n -gt 20000 ]; do n=$((n+1)); done; "
    "{fault}) >/dev/null 2>&1 </dev/null &"
)
"""Shell text that waits beside us until dpkg unpacks, then does something to the host."""


def changed(folder: Path, **driver: object) -> Path:
    """The lab's inventory with other settings of the driver."""
    path = folder / "lab.py"
    lock = INVENTORY.with_name("lab.lock.yaml")
    path.with_name("lab.lock.yaml").write_text(lock.read_text())
    path.write_text(f"{INVENTORY.read_text()}\ngpu_nodes[1]['gpu_driver'].update({driver!r})\n")
    return path


def deploy(infra: Infra, inventory: Path) -> Ended:
    return infra("deploy", str(inventory), "--limit", NODE, "--yes")


def words(ended: Ended) -> str:
    return " ".join((ended.out + ended.err).split())


def serves_with(shell: Shell, version: str) -> None:
    shell(NODE, f"nvidia-smi --query-gpu=driver_version --format=csv,noheader | grep -qx {version}")
    shell(NODE, "docker exec infra-engine nvidia-smi -L | grep -q 'GPU 1'")
    address = shell(NODE, "docker port infra-engine | sed -n '1s/.* -> //p'").strip()
    body = '{"prompt": "Hello", "max_tokens": 1}'
    shell(
        NODE,
        f"curl -sf --retry 30 --retry-all-errors --retry-delay 1 --max-time 60 "
        f"http://{address}/v1/completions -d '{body}'",
    )


@pytest.mark.parametrize(
    ("version", "why", "boots"),
    [
        (NO_CARD, "No devices were found", 2),
        (NO_MODULE, "nvidia-kernel-open-dkms", 0),
    ],
)
@pytest.mark.slow
def test_a_driver_that_does_not_come_up_is_taken_back(
    deployed: Ended,
    infra: Infra,
    shell: Shell,
    tmp_path: Path,
    version: str,
    why: str,
    boots: int,
) -> None:
    bad = deploy(infra, changed(tmp_path, version=version, answer_seconds=5))
    assert bad.code == 1
    assert BACK in words(bad), bad.out
    assert why in words(bad), bad.out
    assert len(bad.json["nodes"][0]["rebooted"]) == boots
    serves_with(shell, GOOD)
    again = deploy(infra, INVENTORY)
    assert again.code == 0, again.out
    # a boot ends the interconnect's proof, which is made anew before the engine starts
    changed_roles = {role["role"] for role in again.json["nodes"][0]["roles"] if role["changed"]}
    assert changed_roles <= ({"gpu_interconnect", "inference_engine"} if boots else set())
    assert infra("check", str(INVENTORY), "--limit", NODE).code == 0


def test_a_version_that_no_source_has_touches_nothing(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    before = shell(NODE, "cat /proc/sys/kernel/random/boot_id; dpkg -l | grep nvidia")
    bad = deploy(infra, changed(tmp_path, version="580.42.01"))
    assert bad.code == 1
    assert "no package source of this host has driver 580.42.01" in words(bad)
    assert shell(NODE, "cat /proc/sys/kernel/random/boot_id; dpkg -l | grep nvidia") == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    ["pkill -9 -x apt-get; pkill -9 -x dpkg", "systemctl reboot --force --force"],
    ids=["apt is killed", "the host boots"],
)
def test_a_driver_change_that_is_cut_short_converges(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path, fault: str
) -> None:
    shell(NODE, INTERRUPTED.format(fault=fault))
    deploy(infra, changed(tmp_path, version="580.126.09"))
    done = deploy(infra, changed(tmp_path, version="580.126.09"))
    assert done.code == 0, done.out
    serves_with(shell, "580.126.09")
    assert shell(NODE, "ls /var/lib/dpkg/updates; dpkg --audit") == ""
    assert json.loads(shell(NODE, "cat /var/lib/infra/gpu_driver_good.json"))["version"] == (
        "580.126.09"
    )
    back = deploy(infra, INVENTORY)
    assert back.code == 0, back.out
    assert deploy(infra, INVENTORY).json["nodes"][0]["changed"] == 0
