"""hardware/card: what faults change about simulated hardware, and that it can be undone."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from simulated_host import boot, program

from infra.lab.spec import LabGpu

SWITCH = ("0000:41:00.0",)
FIRST = LabGpu(bdf="0000:43:00.0", switches=SWITCH)
SECOND = LabGpu(
    bdf="0000:44:00.0", switches=SWITCH, uuid="GPU-00000000-0000-0000-0000-000000000002"
)
needs_setpci = pytest.mark.skipif(shutil.which("setpci") is None, reason="no setpci here")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    boot(tmp_path, FIRST, SECOND)
    return tmp_path


def card(root: Path, *words: str) -> str:
    return program(root, "card", *words).strip()


def shown(root: Path, bdf: str, name: str) -> str:
    return (root / "run/lab/pci/devices" / bdf / name).read_text().strip()


def everything(root: Path) -> dict[str, bytes]:
    kept = (root / "run/lab/pci", root / "opt/lab/hardware/gpus")
    files = {
        str(path): b"".join(sorted(path.read_bytes().replace(b"'", b"").splitlines()))
        for folder in kept
        for path in folder.rglob("*")
        if path.is_file()
    }
    links = {str(path): path.readlink() for path in kept[0].rglob("*") if path.is_symlink()}
    return {**files, **{path: str(target).encode() for path, target in links.items()}}


@pytest.mark.parametrize(
    ("on", "off"),
    [
        (("link", "1", "3", "4"), ("link", "1")),
        (("set", "1", "pstate=P0", "replays=9"), ("unset", "1", "pstate", "replays")),
        (("all", "set", "p2p=OK", "data=p2p-hang"), ("all", "unset", "p2p", "data")),
        (("hide", "1"), ("show", "1")),
        (("move", "1"), ("move", "1", "back")),
        (("fall", "1"), ("rise", "1")),
        (("bar1", "1", "256"), ("bar1", "1")),
        (
            ("errors", "1", "correctable", "BadTLP", "77"),
            ("errors", "1", "correctable", "BadTLP", "0"),
        ),
    ],
    ids=lambda words: words[0],
)
def test_what_is_changed_can_be_undone(root: Path, on: list[str], off: list[str]) -> None:
    before = everything(root)
    card(root, *on)
    assert everything(root) != before
    card(root, *off)
    assert everything(root) == before
    card(root, *off)
    assert everything(root) == before


def test_a_narrow_link_is_narrow_at_both_ends_in_files_and_registers(root: Path) -> None:
    card(root, "link", "1", "4", "8")
    for bdf in ("0000:44:00.0", "0000:44:00.1", "0000:42:01.0"):
        config = root / "run/lab/pci/devices" / bdf / "config"
        (status,) = struct.unpack_from("<H", config.read_bytes(), 0x8A)
        assert (shown(root, bdf, "current_link_width"), status >> 4 & 0x3F) == ("8", 8)
    assert shown(root, "0000:42:00.0", "current_link_width") == "16"


def test_ports_above_cards_with_access_control_are_known(root: Path) -> None:
    assert card(root, "ports").split() == ["0000:40:01.0", "0000:42:00.0", "0000:42:01.0"]
    assert card(root, "bridges", "1").split() == ["0000:40:01.0", *SWITCH, "0000:42:01.0"]


@needs_setpci
def test_setpci_turns_redirection_on_in_simulated_ports(root: Path) -> None:
    tree = f"sysfs.path={root}/run/lab/pci"
    for words in (["ECAP_ACS+6.w=001d"], ["ECAP_ACS+6.w"]):
        command = ["setpci", "-O", tree, "-s", "42:01.0", *words]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said == "001d\n"


def test_a_moved_card_has_another_address_and_port(root: Path) -> None:
    card(root, "move", "1")
    assert card(root, "get", "1", "bdf") == "0000:4c:00.0"
    assert card(root, "bridges", "1").split()[-1] == "0000:42:11.0"
    assert not (root / "run/lab/pci/devices/0000:44:00.0").exists()


def test_a_smaller_window_ends_where_it_says(root: Path) -> None:
    card(root, "bar1", "1", "256")
    start, end, _ = (int(word, 16) for word in shown(root, "0000:44:00.0", "resource").split()[3:6])
    assert end - start + 1 == 256 << 20


def test_kernel_lines_come_and_go(root: Path) -> None:
    card(root, "say", "3", "NVRM: Xid (PCI:0000:44:00): 79, pid=1")
    assert program(root, "dmesg", "-l", "err").endswith("79, pid=1\n")
    assert program(root, "dmesg", "--level=warn") == ""
    card(root, "unsay", "): 79, pid=")
    assert "Xid" not in program(root, "dmesg")


def test_a_container_that_has_a_cards_file_goes_on_seeing_it(root: Path) -> None:
    file = root / "opt/lab/hardware/gpus/1"
    before = file.stat().st_ino
    card(root, "set", "1", "pstate=P0")
    assert file.stat().st_ino == before
