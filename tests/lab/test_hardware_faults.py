"""Every fault of hardware, driver and data path is named by its check; healthy hosts raise none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from labhosts import INVENTORY, Ended, Infra
from varied_hosts import HOSTS, remove, shell_on, write

from infra.lab.faults import faults

TABLE = yaml.safe_load(Path(__file__).with_name("hardware_faults.yaml").read_text())
ROWS = {name: {"role": role, **row} for role, rows in TABLE.items() for name, row in rows.items()}
MEASURED = "/var/lib/infra/gpu_interconnect"


def rows(*, deploy: bool) -> list[Any]:
    return [
        pytest.param(name, row, id=name, marks=pytest.mark.slow)
        for name, row in ROWS.items()
        if row.get("deploy", False) == deploy
    ]


@pytest.fixture(scope="module")
def varied(infra: Infra, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two GPU hosts of other kinds, deployed from bare, with what they have learned."""
    inventory = write(INVENTORY, tmp_path_factory.mktemp("varied") / "varied.py")
    up = infra("lab", "up", "--inventory", str(inventory))
    assert up.code == 0, up.err
    for node in HOSTS:
        reset = infra("lab", "reset", node, "--inventory", str(inventory))
        assert reset.code == 0, reset.err
        learned = infra("topology", "learn", str(inventory), node)
        assert learned.code == 0, learned.err
    done = infra("deploy", str(inventory))
    assert done.code == 0, done.out + done.err
    yield inventory
    remove()


def check(infra: Infra, inventory: Path, node: str, role: str = "") -> Ended:
    words = ("--role", role) if role else ()
    return infra("check", str(inventory), "--limit", node, *words)


def verdicts(ended: Ended) -> dict[str, str]:
    return {each["check"]: each["verdict"] for each in ended.json["verdicts"]}


def put(infra: Infra, inventory: Path, node: str, *words: str) -> None:
    done = infra("lab", "fault", node, *words, "--inventory", str(inventory))
    assert done.code == 0, done.err


def deploy_anew(infra: Infra, inventory: Path, node: str) -> Ended:
    shell_on(node, f"rm -rf {MEASURED}")
    return infra("deploy", str(inventory), "--limit", node)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.get("quick")])
def test_a_fault_of_a_deployed_node_is_named(deployed: Ended, infra: Infra, name: str) -> None:
    row = ROWS[name]
    put(infra, INVENTORY, "gpu-2", name)
    try:
        found = verdicts(check(infra, INVENTORY, "gpu-2", row["role"]))
    finally:
        put(infra, INVENTORY, "gpu-2", name, "--off")
    assert found[row["check"]] == "failed"


@pytest.mark.slow
def test_healthy_hosts_of_other_kinds_raise_no_alarm(varied: Path, infra: Infra) -> None:
    done = infra("check", str(varied))
    assert done.code == 0, [each for each in done.json["verdicts"] if each["verdict"] != "passed"]


@pytest.mark.parametrize(("name", "row"), rows(deploy=False))
def test_a_fault_is_named(varied: Path, infra: Infra, name: str, row: dict[str, Any]) -> None:
    node = row.get("node", "cards-1")
    put(infra, varied, node, name)
    try:
        found = verdicts(check(infra, varied, node, row["role"]))
    finally:
        put(infra, varied, node, name, "--off")
    assert found[row["check"]] == row.get("verdict", "failed")
    healed = check(infra, varied, node, row["role"])
    assert healed.code == 0, healed.out


@pytest.mark.parametrize(("name", "row"), rows(deploy=True))
def test_a_fault_between_cards_is_named_by_the_proof_and_every_check_after(
    varied: Path, infra: Infra, name: str, row: dict[str, Any]
) -> None:
    node = row.get("node", "cards-1")
    put(infra, varied, node, name)
    try:
        deploy_anew(infra, varied, node)
        found = [verdicts(check(infra, varied, node, row["role"])) for _ in range(2)]
    finally:
        put(infra, varied, node, name, "--off")
        healed = deploy_anew(infra, varied, node)
    assert [each[row["check"]] for each in found] == ["failed", "failed"]
    assert healed.code == 0, healed.out
    assert check(infra, varied, node, row["role"]).code == 0


def test_every_fault_has_its_check() -> None:
    assert set(ROWS) == set(faults())
