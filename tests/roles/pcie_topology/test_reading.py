import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from roles.pcie_topology import reading
from roles.pcie_topology.tree import Access, Driver, Link, Tree

EMULATED = Path(__file__).with_name("tree-emulated.txt")
GPU = "0000:41:00.0"


def emulated() -> Tree:
    return reading.parse(EMULATED.read_text().splitlines())


def one(*lines: str) -> Tree:
    return reading.parse([f"gpu {GPU} {GPU}", *lines])


def test_a_real_sysfs_gives_every_gpu_with_the_bridges_above_it() -> None:
    ways = {gpu.bdf: [bridge.bdf for bridge in gpu.path] for gpu in emulated().gpus}
    assert ways == {
        "0000:01:00.0": ["0000:00:08.0"],
        "0000:02:00.0": ["0000:00:08.1"],
        "0000:05:00.0": ["0000:00:08.2", "0000:03:00.0", "0000:04:00.0"],
        "0000:06:00.0": ["0000:00:08.2", "0000:03:00.0", "0000:04:01.0"],
    }


def test_links_are_read_as_numbers() -> None:
    links = {bridge.bdf: bridge.link for bridge in emulated().bridges}
    assert links["0000:04:01.0"] == Link(speed=16.0, width=8, max_speed=16.0, max_width=16)
    assert links["0000:00:08.1"] == Link(speed=8.0, width=4, max_speed=8.0, max_width=4)


def test_acs_registers_are_read_where_a_bridge_has_them() -> None:
    access = {bridge.bdf: bridge.access for bridge in emulated().bridges}
    assert access["0000:04:01.0"] == Access(able=0x5F, on=0x1D)
    assert access["0000:03:00.0"] is None


def test_the_host_is_told_too() -> None:
    found = emulated()
    assert found.boot == "11111111-2222-3333-4444-555555555555"
    assert found.virtual == "qemu"
    assert found.cmdline.endswith("iommu=pt")
    assert found.has_setpci


def test_an_iommu_group_without_a_type_is_not_the_same_as_no_group() -> None:
    assert emulated().gpus[0].function.group == ""
    assert one(f"at {GPU} class 0x030200").gpus[0].function.group is None
    assert one(f"at {GPU} group DMA-FQ").gpus[0].function.group == "DMA-FQ"


@pytest.mark.parametrize("width", ["0", "63", "255", "Unknown", ""])
def test_a_width_that_no_link_has_is_unknown(width: str) -> None:
    assert one(f"at {GPU} current_link_width {width}").gpus[0].function.link.width == 0


def test_a_speed_that_is_not_told_is_unknown() -> None:
    assert one(f"at {GPU} max_link_speed Unknown").gpus[0].function.link.max_speed == 0.0


def test_regions_count_when_they_map_memory() -> None:
    found = one(
        f"at {GPU} region 0x00000000c0000000 0x00000000c0ffffff 0x0000000000040200",
        f"at {GPU} region 0x0000004100000000 0x00000048ffffffff 0x000000000014220c",
        f"at {GPU} region 0x0000000000003000 0x000000000000307f 0x0000000000040101",
        f"at {GPU} region 0x0 0x0 0x0",
        f"at {GPU} region nonsense here too",
    )
    assert found.gpus[0].bar1_mib == 32768


def test_iommus_of_the_host_are_listed() -> None:
    assert reading.parse(["iommu dmar0", "iommu dmar1", "iommu"]).iommus == ("dmar0", "dmar1")


def test_nvidia_smi_and_sysfs_write_addresses_differently() -> None:
    assert reading.address("00000000:C1:00.0") == "0000:c1:00.0"
    assert reading.address("0000000F:01:00.0") == "000f:01:00.0"
    assert reading.address("00010000:01:00.0") == "10000:01:00.0"


def test_mig_is_told_where_the_driver_knows_it() -> None:
    row = "smi 00000000:41:00.0, GPU-1, NVIDIA A100, P0, [N/A], 81920"
    for end, on in (("", False), (", Enabled", True), (", Disabled", False), (", [N/A]", False)):
        found = reading.parse([f"{row}{end}", "gpu 0000:41:00.0 0000:41:00.0"]).gpus[0].driver
        assert found is not None and found.mig is on


def test_the_driver_tells_of_the_card_at_its_address() -> None:
    row = "smi 00000000:41:00.0, GPU-1, NVIDIA GeForce RTX 3090, P8, 0, 24576"
    assert one(row).gpus[0].driver == Driver(
        "GPU-1", "NVIDIA GeForce RTX 3090", pstate="P8", load=0, memory_mib=24576
    )


@pytest.mark.parametrize(
    "row",
    [
        "smi NVIDIA-SMI has failed because it couldn't communicate",
        "smi Unable to determine the device handle for GPU 0000:41:00.0: GPU is lost.",
        "smi a, b, c, d, e, f",
    ],
)
def test_a_driver_that_does_not_answer_tells_nothing(row: str) -> None:
    assert one(row).gpus[0].driver is None


def test_fields_that_a_card_does_not_support_are_unknown() -> None:
    row = "smi 00000000:41:00.0, GPU-1, NVIDIA GB10, P0, [N/A], [N/A]"
    found = one(row).gpus[0].driver
    assert found is not None and (found.load, found.memory_mib) == (0, 0)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("slot 0000:41:00.0 PCIE 4", "PCIE 4"),
        ("slot 0000:41:00 4", "4"),
        ("slot 0000:40:01.1 SLOT3", "SLOT3"),
        ("slot 0000:c1:00 5", ""),
        ("slot 0000:41:00", ""),
    ],
)
def test_the_slot_is_named_by_the_card_or_by_its_port(row: str, name: str) -> None:
    found = reading.parse([f"gpu {GPU} 0000:40:01.1 {GPU}", row])
    assert found.gpus[0].slot == name


def test_lines_that_are_cut_are_passed_over() -> None:
    assert reading.parse(["", "gpu", "at", f"at {GPU} class", "smi", "slot"]).gpus == ()


@dataclass(frozen=True)
class Sysfs:
    """A folder that looks like sysfs."""

    folder: Path

    def add(self, *way: str, **files: str) -> Path:
        made = self.folder.joinpath("devices", "pci0000:40", *way)
        made.mkdir(parents=True)
        for name, text in files.items():
            (made / name).write_text(f"{text}\n")
        link = self.folder / "bus/pci/devices" / way[-1]
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(made)
        return made

    def read(self) -> Tree:
        asked = ["sh", "-c", reading.tree(sys=str(self.folder))]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        return reading.parse(done.stdout.splitlines())


@pytest.fixture
def sysfs(tmp_path: Path) -> Sysfs:
    made = Sysfs(tmp_path)
    made.add("0000:40:01.1", vendor="0x1022", **{"class": "0x060400"}, max_link_width="16")
    card = {"vendor": "0x10de", "device": "0x2204", "class": "0x030000", "numa_node": "1"}
    gpu = made.add("0000:40:01.1", GPU, **card, current_link_width="8")
    (gpu / "config").write_bytes(b"\xde\x10\x04\x22")
    (gpu / "resource").write_text("0x0 0x0 0x0\n0x4100000000 0x410fffffff 0x14220c\n")
    (gpu / "iommu_group").mkdir()
    (gpu / "iommu_group/type").write_text("identity\n")
    made.add("0000:40:01.1", "0000:41:00.1", vendor="0x10de", **{"class": "0x040300"})
    made.add("0000:40:02.0", "0000:42:00.0", vendor="0x1002", **{"class": "0x030000"})
    slot = tmp_path / "bus/pci/slots/4"
    slot.mkdir(parents=True)
    (slot / "address").write_text("0000:41:00\n")
    (tmp_path / "class/iommu/dmar0").mkdir(parents=True)
    return made


def test_the_script_prints_gpus_of_nvidia_alone(sysfs: Sysfs) -> None:
    found = sysfs.read()
    assert [gpu.bdf for gpu in found.gpus] == [GPU]
    gpu = found.gpus[0]
    assert (gpu.slot, gpu.function.numa, gpu.bar1_mib) == ("4", 1, 256)
    assert (gpu.function.group, gpu.function.config) == ("identity", "10de")
    assert [bridge.link.max_width for bridge in gpu.path] == [16]
    assert found.iommus == ("dmar0",)
    assert found.boot


def test_the_script_stands_a_host_without_pci(tmp_path: Path) -> None:
    assert Sysfs(tmp_path).read().gpus == ()


def test_a_device_that_vanishes_is_left_out(sysfs: Sysfs) -> None:
    shutil.rmtree(sysfs.folder / "devices/pci0000:40/0000:40:01.1" / GPU)
    assert sysfs.read().gpus == ()


def test_a_slot_of_the_firmware_has_the_whole_address(tmp_path: Path) -> None:
    table = "\\tDesignation: PCIE 4: x16\\n\\tBus Address: 0000:41:00.0\\n"
    script = reading.tree(sys=str(tmp_path)).replace("dmidecode -t 9", f"printf '{table}'")
    assert script != reading.tree(sys=str(tmp_path))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert "slot 0000:41:00.0 PCIE 4" in done.stdout.splitlines()
