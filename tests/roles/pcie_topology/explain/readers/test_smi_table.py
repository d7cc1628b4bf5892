"""The default table of nvidia-smi, of old drivers and new."""

import pytest

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import smi_table

OLD = "| NVIDIA-SMI 580.126.20             Driver Version: 580.126.20     CUDA Version: 13.0     |"
NEW = "| NVIDIA-SMI 610.43.02              KMD Version: 610.43.02     CUDA UMD Version: 13.3     |"
WSL = "| NVIDIA-SMI 615.65.07       KMD Version: 616.64     CUDA UMD Version: 13.4   |"
SKEW = OLD.replace("Driver Version: 580.126.20", "Driver Version: 580.95.05 ")
ROW = """\
|   {index}  NVIDIA A30                      On |   00000000:{bus}:00.0 Off |                    0 |
| N/A   31C    P8              5W /  165W |       2MiB /  24576MiB |      0%      Default |
|                                         |                        |             Disabled |
+-----------------------------------------+------------------------+----------------------+
"""
PROCESSES = """
| Processes:                                                                              |
|    2   N/A  N/A           11327      C   ./serve                              15690MiB |
"""
TABLE = f"{OLD}\n{ROW.format(index=0, bus='01')}{ROW.format(index=1, bus='C1')}"


def _severities(judgement: Judgement) -> list[str]:
    return [finding.severity for finding in judgement.findings]


def _said(judgement: Judgement) -> str:
    return " ".join(f"{one.subject}: {one.message}" for one in judgement.findings)


@pytest.mark.parametrize(
    ("banner", "severities"),
    [(OLD, ["info"]), (NEW, ["info"]), (WSL, ["info", "info"]), (SKEW, ["info", "warning"])],
)
def test_banners_old_and_new_are_read(banner: str, severities: list[str]) -> None:
    assert smi_table.matches(banner)
    assert _severities(smi_table.judge(banner)) == severities
    assert smi_table.judge(banner).gpus is None


def test_a_table_counts_its_gpus_and_names_their_addresses() -> None:
    judgement = smi_table.judge(TABLE)
    assert (judgement.gpus, _severities(judgement)) == (2, ["info"])
    assert judgement.cards == {"0000:01:00.0": "A30", "0000:c1:00.0": "A30"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TABLE.replace("|   0  NVIDIA", "|   2  NVIDIA"), "GPU 0: not shown"),
        (TABLE.replace("P8 ", "ERR!", 1), "GPU 0: NVIDIA A30 answers with errors"),
        (TABLE + PROCESSES, "GPU 2: has processes"),
        (
            TABLE + "Unable to determine the device handle for GPU 0000:0A:00.0: GPU is lost.",
            "lost",
        ),
    ],
)
def test_a_gpu_that_is_not_well_in_a_table_is_an_error(text: str, said: str) -> None:
    judgement = smi_table.judge(text)
    assert "error" in _severities(judgement)
    assert said in _said(judgement)
