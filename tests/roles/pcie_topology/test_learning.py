from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from roles.pcie_topology import learning, manifest, reading
from roles.pcie_topology.learning import as_json, changes, learn, notes, refusal, table
from roles.pcie_topology.promised import Manifest
from roles.pcie_topology.tree import Driver, Tree

DAY = "2026-11-21"


def emulated(*, virtual: str = "none") -> Tree:
    text = Path(__file__).with_name("tree-emulated.txt").read_text()
    return replace(reading.parse(text.splitlines()), virtual=virtual)


def learned(tree: Tree) -> Manifest:
    return manifest.learned(tree, day=DAY)


def test_a_host_is_learned_when_it_has_what_it_had() -> None:
    now = learned(emulated())
    assert refusal(now, before=None) is None
    assert refusal(now, before=now) is None


def test_a_host_without_gpus_is_not_learned() -> None:
    assert "shows no NVIDIA GPU" in str(refusal(Manifest(DAY), before=None))


def test_a_host_that_lost_gpus_is_not_learned() -> None:
    had = learned(emulated())
    now = replace(had, gpus=had.gpus[:3])
    assert "shows 3 GPUs, the manifest has 4" in str(refusal(now, before=had))


def test_a_first_learning_has_no_changes() -> None:
    assert changes(emulated(), before=None) == []


def test_what_changed_since_is_told() -> None:
    tree = emulated()
    before = learned(tree)
    whole = (replace(gpu, width=16, gen=5) for gpu in before.gpus)
    said = changes(replace(tree, gpus=tree.gpus[1:]), before=replace(before, gpus=tuple(whole)))
    assert any("0000:01:00.0" in one and "not on the bus" in one for one in said)
    assert any("0000:06:00.0" in one and "x8, the manifest says x16" in one for one in said)
    assert any("the manifest says Gen5" in one for one in said)
    assert changes(tree, before=before)[0].startswith("changed: 0000:06:00.0")


def test_what_a_person_should_know_is_told_before_it_becomes_the_promise() -> None:
    said = notes(emulated())
    assert said[0].startswith("✗ 0000:06:00.0") and "x8, card and slot give x16" in said[0]
    assert any("a Gen5 x16 card in a Gen3 x4 slot" in one for one in said)
    assert "no driver answers" in said[-1]


def test_a_host_whose_driver_answers_is_learned_whole() -> None:
    tree = emulated()
    driven = (replace(gpu, driver=Driver(f"GPU-{gpu.bdf}", gpu.name)) for gpu in tree.gpus)
    whole = replace(tree, gpus=tuple(driven))
    assert not [one for one in notes(whole) if "no driver" in one]
    assert learned(whole).gpus[0].uuid == "GPU-0000:01:00.0"


def test_machines_get_every_field() -> None:
    made = as_json(learned(emulated()), node="gpu-1", said=["x"], refused=None)
    assert made["written"] and made["said"] == ["x"]
    assert made["gpus"][3]["path"][-1] == "0000:06:00.0"
    assert as_json(Manifest(DAY), node="a", said=[], refused="no")["written"] is False


def test_people_get_a_row_a_gpu() -> None:
    now = learned(emulated())
    hidden = replace(now.gpus[0], path=("0000:01:00.0",), width=0, numa=1, slot="7")
    out = StringIO()
    Console(file=out, width=200).print(table(Manifest(DAY, gpus=(hidden, now.gpus[3])), node="g"))
    text = out.getvalue()
    assert "Gen4 x8" in text and "0000:00:08.2 0000:03:00.0 0000:04:01.0" in text
    assert "hidden" in text


INVENTORY = """\
gpu_nodes = [("gpu-1", {"ssh_hostname": "192.0.2.1"})]
"""


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "rack.py"
    path.write_text(INVENTORY)
    return path


def test_an_inventory_with_mistakes_is_not_learned(inventory: Path) -> None:
    done = CliRunner().invoke(learn, [str(inventory), "gpu-1"])
    assert done.exit_code == 2
    assert not manifest.path_of(inventory).exists()


def test_a_node_that_the_inventory_does_not_have_is_not_learned(inventory: Path) -> None:
    inventory.write_text('base_hosts = [("box", {"ssh_hostname": "192.0.2.1"})]\n')
    done = CliRunner().invoke(learn, [str(inventory), "gpu-1"])
    assert done.exit_code == 2
    assert "gpu-1: no such node" in done.output and "it has box" in done.output


def test_a_broken_manifest_is_not_written_over(inventory: Path) -> None:
    inventory.write_text('base_hosts = [("box", {"ssh_hostname": "192.0.2.1"})]\n')
    manifest.path_of(inventory).write_text("box: [\n")
    done = CliRunner().invoke(learn, [str(inventory), "box"])
    assert done.exit_code == 2
    assert "line 2" in done.output
    assert manifest.path_of(inventory).read_text() == "box: [\n"


def test_the_command_is_named_learn() -> None:
    assert learning.learn.name == "learn"
