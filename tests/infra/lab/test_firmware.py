from infra.lab import slots
from infra.lab.firmware import groups, log
from infra.lab.spec import LabGpu, LabHost


def host(*gpus: LabGpu) -> LabHost:
    return LabHost(name="g", address="10.77.0.9", user="root", os="debian-13", gpus=gpus)


def test_functions_of_one_slot_share_a_group() -> None:
    found = groups(slots.tree(host(LabGpu())))
    assert found["0000:41:00.0"] == found["0000:41:00.1"] != found["0000:40:01.0"]


def test_the_kernel_tells_of_a_slot_that_gives_less_than_the_card_takes() -> None:
    one = host(LabGpu(width=8))
    (line,) = [line for line in log(one, slots.tree(one)).splitlines() if "41:00.0: 126" in line]
    assert line.endswith(
        "pci 0000:41:00.0: 126.032 Gb/s available PCIe bandwidth, limited by 16.0 GT/s PCIe x8 "
        "link at 0000:40:01.0 (capable of 252.064 Gb/s with 16.0 GT/s PCIe x16 link)"
    )


def test_the_kernel_tells_nothing_of_a_card_in_its_slot() -> None:
    one = host(LabGpu(), LabGpu(bdf="0000:81:00.0", max_width=8))
    assert "available PCIe bandwidth" not in log(one, slots.tree(one))
