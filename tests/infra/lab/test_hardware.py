import shutil
import subprocess
from pathlib import Path

import pytest

from infra.lab.hardware import SCRIPTS, render
from infra.lab.spec import LabGpu, LabHost

FIRST = LabGpu()
SECOND = LabGpu(bdf="0000:c1:00.0", uuid="GPU-00000000-0000-0000-0000-000000000002", width=8)

needs_lspci = pytest.mark.skipif(shutil.which("lspci") is None, reason="no lspci here")


def host(*gpus: LabGpu) -> LabHost:
    return LabHost(name="gpu-1", address="10.77.0.11", user="root", os="debian-13", gpus=gpus)


def lspci(tree: Path, *args: str) -> str:
    command = ["lspci", "-O", f"sysfs.path={tree}", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@needs_lspci
def test_lspci_lists_each_declared_card(tmp_path: Path) -> None:
    render(host(FIRST, SECOND), tmp_path / "hardware")
    cards = [line for line in lspci(tmp_path / "hardware/pci", "-n").splitlines() if "2204" in line]
    assert cards == ["41:00.0 0300: 10de:2204 (rev a1)", "c1:00.0 0300: 10de:2204 (rev a1)"]


@needs_lspci
def test_lspci_shows_a_narrow_link_as_downgraded(tmp_path: Path) -> None:
    render(host(FIRST, SECOND), tmp_path / "hardware")
    status = [
        line.strip()
        for slot in ("41:00.0", "c1:00.0")
        for line in lspci(tmp_path / "hardware/pci", "-vv", "-s", slot).splitlines()
        if "LnkSta:" in line
    ]
    assert "Width x16" in status[0] and "x16 (downgraded)" not in status[0]
    assert "Width x8 (downgraded)" in status[1]


def test_a_card_lies_below_its_root_port(tmp_path: Path) -> None:
    render(host(FIRST), tmp_path / "hardware")
    card = (tmp_path / "hardware/pci/devices/0000:41:00.0").resolve()
    assert card.parent.name == "0000:40:01.0"
    assert (card.parent / "class").read_text() == "0x060400\n"
    assert card.parent.parent.name == "pci0000:40"


def test_two_cards_of_one_host_bridge_share_it(tmp_path: Path) -> None:
    render(host(FIRST, LabGpu(bdf="0000:42:00.0")), tmp_path / "hardware")
    bridges = {path.name for path in (tmp_path / "hardware/pci/tree").iterdir()}
    ports = {path.name for path in (tmp_path / "hardware/pci/tree/pci0000:40").iterdir()}
    assert bridges == {"pci0000:40"}
    assert ports == {"0000:40:00.0", "0000:40:01.0", "0000:40:01.1"}


def test_a_host_without_cards_has_an_empty_tree(tmp_path: Path) -> None:
    render(host(), tmp_path / "hardware")
    assert list((tmp_path / "hardware/pci/devices").iterdir()) == []
    assert list((tmp_path / "hardware/gpus").iterdir()) == []
    assert (tmp_path / "hardware/boot.sh").exists()


def test_rendering_again_replaces_what_was_there(tmp_path: Path) -> None:
    render(host(FIRST, SECOND), tmp_path / "hardware")
    render(host(FIRST), tmp_path / "hardware")
    assert [path.name for path in (tmp_path / "hardware/gpus").iterdir()] == ["0"]


def test_a_quote_in_a_cards_name_stays_text(tmp_path: Path) -> None:
    render(host(LabGpu(name="Odd'; touch /oops; '")), tmp_path / "hardware")
    card = tmp_path / "hardware/gpus/0"
    shown = subprocess.run(
        ["sh", "-c", '. "$1"; printf %s "$name"', "sh", str(card)], capture_output=True, text=True
    )
    assert shown.stdout == "Odd'; touch /oops; '"


@pytest.mark.parametrize("script", sorted(SCRIPTS.iterdir()), ids=lambda path: path.name)
def test_scripts_parse_in_a_plain_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
