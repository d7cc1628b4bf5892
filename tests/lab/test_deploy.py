"""The main job on real hosts: bare, deployed, deployed again, rebuilt."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from labhosts import ADDRESS, INVENTORY, LAB, ROOT, Ended, Infra, Shell

RUNNING = (
    "for u in docker nginx infra-engine; do "
    "systemctl show -p MainPID,ActiveEnterTimestampMonotonic $u; done; "
    "command -v docker >/dev/null && docker ps -q --no-trunc || true"
)


def nodes(done: Ended) -> dict[str, Any]:
    return {node["node"]: node for node in done.json["nodes"]}


def test_bare_hosts_become_as_promised(deployed: Ended) -> None:
    found = nodes(deployed)
    assert {name: node["status"] for name, node in found.items()} == dict.fromkeys(ADDRESS, "ok")
    assert all(node["changed"] > 0 for node in found.values())
    assert [len(found[name]["rebooted"]) for name in ("gpu-1", "gpu-2")] == [1, 1]


def test_a_deploy_ends_with_a_completion_through_the_balancer(deployed: Ended) -> None:
    assert "through http://10.77.0.21/v1" in deployed.out
    assert any(name in deployed.out for name in ("from gpu-1", "from gpu-2"))


def test_the_sudo_host_and_the_root_host_end_the_same(deployed: Ended) -> None:
    one, both = (nodes(deployed)[name]["roles"] for name in ("gpu-1", "gpu-2"))
    two = [role for role in both if role["role"] != "cuda_toolkit"]
    assert [role["role"] for role in one] == [role["role"] for role in two]


def test_a_second_deploy_changes_and_restarts_nothing(
    deployed: Ended, infra: Infra, shell: Shell
) -> None:
    before = {name: shell(name, RUNNING) for name in ADDRESS}
    again = infra("deploy", str(INVENTORY))
    assert again.code == 0
    assert {name: node["changed"] for name, node in nodes(again).items()} == dict.fromkeys(
        ADDRESS, 0
    )
    assert {name: shell(name, RUNNING) for name in ADDRESS} == before
    assert "Nothing changed" in again.out


def test_round_trips_of_a_deploy_without_a_change_stay_few(deployed: Ended, infra: Infra) -> None:
    infra("deploy", str(INVENTORY))
    again = nodes(infra("deploy", str(INVENTORY)))
    for node in again.values():
        roles = len(node["roles"])
        assert node["round_trips"] <= 2 + 3 * roles, node


def test_a_dry_run_changes_nothing_and_names_what_would(
    deployed: Ended, infra: Infra, shell: Shell
) -> None:
    shell("balancer-1", "echo '# by hand' >>/etc/ssh/sshd_config.d/10-infra.conf")
    plan = infra("deploy", str(INVENTORY), "--dry-run", "--diff", "--limit", "balancer-1")
    assert plan.code == 0
    assert nodes(plan)["balancer-1"]["changed"] >= 1
    assert "-# by hand" in plan.out
    assert "# by hand" in shell("balancer-1", "cat /etc/ssh/sshd_config.d/10-infra.conf")
    mended = infra("deploy", str(INVENTORY), "--limit", "balancer-1")
    assert mended.code == 0
    assert "# by hand" not in shell("balancer-1", "cat /etc/ssh/sshd_config.d/10-infra.conf")


def test_every_promise_is_kept_after_a_deploy(deployed: Ended, infra: Infra) -> None:
    done = infra("check", str(INVENTORY))
    wrong = [v for v in done.json["verdicts"] if v["verdict"] != "passed"]
    assert done.code == 0, wrong
    assert done.json["passed"] >= 60


def test_pyinfra_itself_works_on_the_same_inventory(deployed: Ended) -> None:
    pyinfra = Path(sys.executable).with_name("pyinfra")
    done = subprocess.run(
        [pyinfra, "-y", "inventories/lab.py", "exec", "--", "uptime"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("load average") == 3


def test_a_changed_host_key_is_refused(deployed: Ended, infra: Infra) -> None:
    known = LAB / "known_hosts"
    text = known.read_text()
    lines = [line for line in text.splitlines() if line.startswith(ADDRESS["gpu-2"])]
    other = [line for line in text.splitlines() if line.startswith(ADDRESS["gpu-1"])]
    forged = [f"{ADDRESS['gpu-2']} {line.split(' ', 1)[1]}" for line in other]
    try:
        known.write_text(text.replace("\n".join(lines), "\n".join(forged)))
        done = infra("deploy", str(INVENTORY), "--limit", "gpu-2")
    finally:
        known.write_text(text)
    assert done.code == 1
    assert nodes(done)["gpu-2"]["status"] == "unreachable"
    assert "key" in nodes(done)["gpu-2"]["error"]


def test_a_reset_host_is_rebuilt_and_the_others_are_left_alone(
    deployed: Ended, infra: Infra, shell: Shell
) -> None:
    assert infra("lab", "reset", "gpu-2").code == 0
    done = infra("deploy", str(INVENTORY))
    assert done.code == 0, done.out + done.err
    found = nodes(done)
    assert found["gpu-2"]["changed"] > 20
    assert (found["gpu-1"]["changed"], found["balancer-1"]["changed"]) == (0, 0)
