"""The example inventories are right as they stand: locks beside them, every name used."""

import ast
import re
from pathlib import Path

import pytest

from infra.site import load

INVENTORIES = Path(__file__).resolve().parents[1] / "inventories"


@pytest.mark.parametrize("name", ["one_box", "rack"])
def test_an_example_has_no_mistakes(name: str) -> None:
    site = load(INVENTORIES / f"{name}.py")
    assert not site.pending
    for node in site.offering("inference_engine"):
        assert {"gpu_driver", "container_runtime", "model_cache"} <= set(node.settings)
    assert site.offering("load_balancer")


@pytest.mark.parametrize("name", ["one_box", "rack"])
def test_an_example_says_where_the_toolkit_comes_from(name: str) -> None:
    for node in load(INVENTORIES / f"{name}.py").offering("container_runtime"):
        assert getattr(node.settings["container_runtime"], "toolkit_repository", None) is not None


@pytest.mark.parametrize("name", ["one_box", "rack", "lab", "lab_full", "vagrant"])
def test_an_inventory_uses_every_name_that_it_makes(name: str) -> None:
    nodes = list(ast.walk(ast.parse((INVENTORIES / f"{name}.py").read_text())))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    assert {each for each in made if each.startswith("_")} <= used


@pytest.mark.parametrize("name", ["one_box", "rack"])
def test_an_example_lock_cannot_be_taken_for_a_real_one(name: str) -> None:
    text = (INVENTORIES / f"{name}.lock.yaml").read_text()
    digests = re.findall(r"\b[0-9a-f]{64}\b", text)
    assert text.startswith("# EXAMPLES: ")
    assert digests
    assert all(len(set(digest)) == 1 for digest in digests)
    assert text.count("BEGIN PGP") == text.count("EXAMPLE: ")


def test_the_full_lab_is_the_lab_with_a_spare_like_its_nodes() -> None:
    lab, full = (
        load(INVENTORIES / f"{name}.py", allow_unlocked=True) for name in ("lab", "lab_full")
    )
    [spare] = [node for node in full.nodes if node.spare]
    assert [node.name for node in full.nodes if node != spare] == [node.name for node in lab.nodes]
    assert {node.address for node in lab.nodes} < {node.address for node in full.nodes}
    assert spare.lab is not None
    own = {gpu.uuid for gpu in spare.lab.gpus}
    assert not own & {gpu.uuid for node in lab.nodes if node.lab for gpu in node.lab.gpus}
