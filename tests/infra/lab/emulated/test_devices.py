from infra.lab import slots
from infra.lab.emulated import devices
from infra.lab.emulated.tree import functions
from infra.lab.spec import LabGpu, LabHost

CARDS = (
    LabGpu(name="NVIDIA H100 PCIe", bdf="0000:01:00.0"),
    LabGpu(name="NVIDIA H100 PCIe", bdf="0000:04:00.0", switches=("0000:02:00.0",)),
)
HOST = LabHost(
    name="iron-1", address="10.77.0.31", user="root", os="debian-12", kind="emulated", gpus=CARDS
)


def words() -> list[str]:
    return [word for word in devices.arguments(functions(HOST)) if word != "-device"]


def test_every_function_but_the_host_bridge_has_a_device() -> None:
    assert len(words()) == len(slots.tree(HOST)) - 1


def test_a_card_hangs_on_its_port_and_a_port_on_its_switch() -> None:
    found = {word.split(",")[1]: word for word in words()}
    assert "bus=pci-0000.00.01.0" in found["id=pci-0000.01.00.0"]
    assert "bus=pci-0000.02.00.0" in found["id=pci-0000.03.00.0"]
    assert "bus=pci-0000.03.00.0" in found["id=pci-0000.04.00.0"]


def test_no_two_slots_are_the_same() -> None:
    chassis = [part for word in words() for part in word.split(",") if part.startswith("chassis=")]
    assert len(chassis) == len(set(chassis)) == 3
    assert "chassis=0" not in chassis
