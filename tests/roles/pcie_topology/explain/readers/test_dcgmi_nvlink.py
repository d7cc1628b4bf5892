"""Link letters of dcgmi are counted for every GPU."""

import pytest

from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import dcgmi_nvlink


def output(*rows: str, switches: str = "    No NvSwitches found.") -> str:
    gpus = "".join(f"    gpuId {at}:\n        {row}\n" for at, row in enumerate(rows))
    head = "+----------------------+\n|  NvLink Link Status  |\n+----------------------+\nGPUs:\n"
    return (
        f"{head}{gpus}NvSwitches:\n{switches}\n\nKey: Up=U, Down=D, Disabled=X, Not Supported=_\n"
    )


@pytest.mark.parametrize(
    ("rows", "nvlink", "fault"),
    [
        (("U U U U", "U U U U"), "present", False),
        (("U U U U", "U U D U"), "degraded", True),
        (("U U X U", "U U U U"), "degraded", True),
        (("D D D D", "D D D D"), "degraded", True),
        (("_ _ _ _", "_ _ _ _"), "absent", False),
        (("U U U U", "U U U"), "unknown", True),
        (("U U U U", ""), "unknown", True),
    ],
)
def test_the_worst_gpu_counts(rows: tuple[str, ...], nvlink: str, fault: bool) -> None:
    text = output(*rows)
    assert dcgmi_nvlink.matches(text)
    found = dcgmi_nvlink.judge(text)
    assert (found.gpus, found.nvlink, has_errors(found)) == (2, nvlink, fault)


def test_a_missing_gpu_or_key_is_told() -> None:
    whole = output("U U", "U U")
    for text in (whole.replace("gpuId 0", "gpuId 2"), whole[: whole.index("Key")]):
        found = dcgmi_nvlink.judge(text)
        assert (found.nvlink, has_errors(found)) == ("unknown", True)


def test_ports_of_switches_without_a_partner_are_no_fault() -> None:
    found = dcgmi_nvlink.judge(output("U U", "U U", switches="    physicalId 8:\n        U X D U"))
    assert (found.nvlink, has_errors(found)) == ("present", False)
