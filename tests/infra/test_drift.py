"""What a dry run comes to."""

from infra import drift
from infra.outcome import NodeOutcome, OperationOutcome, RoleOutcome


def role(name: str, *changed: bool, disrupts: str | None = None) -> RoleOutcome:
    done = (OperationOutcome(f"Do {n}", c, 0.1, disrupts=disrupts) for n, c in enumerate(changed))
    return RoleOutcome(name, tuple(done))


def test_only_what_would_change_is_drift() -> None:
    boot = role("gpu_driver", False, True, disrupts="a boot")
    node = NodeOutcome("gpu-1", "gpu_nodes", "ok", (role("base_system", False), boot))
    found = drift.of([node], unreachable={}, seconds=1.0)
    assert found.nodes[0].roles == {"gpu_driver": ("Do 1",)}
    assert found.nodes[0].disruptions == ("a boot",)
    assert found.changes == 1


def test_a_node_whose_plan_failed_says_why() -> None:
    node = NodeOutcome("gpu-1", "gpu_nodes", "failed", error="no source has it")
    found = drift.of([node], unreachable={}, seconds=1.0)
    assert [one.problem for one in found.found] == ["no source has it"]


def test_an_unreachable_node_is_told_elsewhere() -> None:
    found = drift.of([], unreachable={"gpu-2": "unreachable: off"}, seconds=0.0)
    assert (len(found.nodes), found.found, found.changes) == (1, (), 0)


def test_json_has_every_node() -> None:
    node = NodeOutcome("gpu-1", "gpu_nodes", "ok", (role("base_system", True),))
    assert drift.of([node], unreachable={}, seconds=0.12345).as_json() == {
        "changes": 1,
        "seconds": 0.123,
        "nodes": [
            {
                "node": "gpu-1",
                "roles": {"base_system": ["Do 0"]},
                "disruptions": [],
                "problem": "",
            }
        ],
    }
