"""`nvidia-smi -L`: how many GPUs there are."""

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import gpu_list

LIST = "".join(
    f"GPU {index}: NVIDIA A30 (UUID: GPU-1b2c3d4e-0000-1111-2222-33334444555{index})\n"
    for index in range(3)
)


def _severities(judgement: Judgement) -> list[str]:
    return [finding.severity for finding in judgement.findings]


def _said(judgement: Judgement) -> str:
    return " ".join(f"{one.subject}: {one.message}" for one in judgement.findings)


def test_gpus_of_a_list_are_counted_with_their_uuids() -> None:
    judgement = gpu_list.judge(LIST)
    assert (judgement.gpus, len(judgement.uuids), judgement.findings) == (3, 3, ())
    assert (judgement.lanes, judgement.p2p, judgement.nvlink) == ("n/a", "n/a", "n/a")


def test_mig_instances_are_no_gpus() -> None:
    judgement = gpu_list.judge(LIST + "  MIG 1g.6gb      Device  0: (UUID: MIG-1b2c-3d4e)\n")
    assert (judgement.gpus, _severities(judgement)) == (3, ["info"])


def test_a_gpu_that_is_missing_in_a_list_is_an_error() -> None:
    judgement = gpu_list.judge("".join(LIST.splitlines(keepends=True)[::2]))
    assert (judgement.gpus, _severities(judgement)) == (2, ["error"])
    assert "GPU 1" in _said(judgement)


def test_masked_uuids_tell_nothing_apart() -> None:
    text = "GPU 0: NVIDIA L4 (UUID: GPU-00000000-0000-0000-0000-000000000000)\n"
    assert gpu_list.judge(text).uuids == frozenset()
