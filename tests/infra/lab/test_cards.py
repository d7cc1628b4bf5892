import pytest

from infra.lab.cards import card
from infra.lab.spec import LabGpu, LabNvlink


def values(gpu: LabGpu) -> dict[str, str]:
    pairs = (line.partition("=") for line in card(gpu).splitlines())
    return {name: value.strip("'") for name, _, value in pairs}


@pytest.mark.parametrize(
    ("gpu", "granted"),
    [
        (LabGpu(), "NS"),
        (LabGpu(name="NVIDIA A100-PCIE-40GB"), "OK"),
        (LabGpu(name="NVIDIA L4", p2p="CNS"), "CNS"),
    ],
)
def test_peers_over_pcie_are_granted_as_real_drivers_do(gpu: LabGpu, granted: str) -> None:
    assert values(gpu)["p2p"] == granted


def test_a_working_card_is_busy_and_an_idle_one_is_not() -> None:
    assert (values(LabGpu())["utilization"], values(LabGpu(pstate="P2"))["utilization"]) == (
        "0",
        "97",
    )


def test_nvlinks_are_listed_by_peer() -> None:
    gpu = LabGpu(nvlinks=(LabNvlink(to="0000:c1:00.0", links=4), LabNvlink(to="switch", links=12)))
    assert values(gpu)["nvlinks"] == "0000:c1:00.0=4 switch=12"


def test_a_virtual_machine_does_not_know_its_hosts_slot() -> None:
    assert values(LabGpu(bdf="0000:00:05.0"))["gen_hostmax"] == "N/A"


def test_each_mig_device_has_a_name_of_its_own() -> None:
    parts = values(LabGpu(mig=("3g.40gb", "3g.40gb")))["mig"].split()
    assert len(set(parts)) == 2
    assert all(part.startswith("3g.40gb=MIG-") for part in parts)
