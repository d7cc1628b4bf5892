"""The way to the GPUs on a machine with a PCIe tree, a kernel and reboots of its own.

The tests follow one machine through its life, in their order.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from labhosts import ROOT, Ended, Infra

from infra.lab.emulated import changes, machine
from infra.lab.spec import LabGpu

pytestmark = pytest.mark.slow

INVENTORY = ROOT / "inventories" / "emulated.py"
NODE = "iron-1"
PORTS = ("0000:00:01.0", "0000:00:01.1", "0000:00:01.2", "0000:04:00.0", "0000:04:01.0")
"""Every bridge above the cards that has access control."""
ACS = f'for b in {" ".join(PORTS)}; do echo "$b $(setpci -s $b ECAP_ACS+6.w)"; done'
BOOT = "cat /proc/sys/kernel/random/boot_id"
A100 = LabGpu(name="NVIDIA A100 80GB PCIe", pci_id="10de:20b5", compute="8.0", pstate="P0")
A30 = LabGpu(name="NVIDIA A30", pci_id="10de:20b7", compute="8.0", pstate="P0")


@dataclass
class Iron:
    """The machine, its inventory (a copy, with a manifest beside it), and what took how long."""

    infra: Infra
    inventory: Path
    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextlib.contextmanager
    def timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.steps.append((step, time.monotonic() - started))

    def run(self, *words: str) -> Ended:
        return self.infra(*words)

    def shell(self, command: str) -> str:
        done = self.run("lab", "ssh", "--inventory", str(self.inventory), NODE, command)
        assert done.code == 0, done.err
        return done.out

    def deployed(self, *, acs: str) -> Ended:
        text = INVENTORY.read_text().replace('"acs": "off"', f'"acs": "{acs}"')
        self.inventory.write_text(text)
        with self.timed(f"deploy, acs {acs}"):
            done = self.run("deploy", str(self.inventory))
        assert done.code == 0, done.out + done.err
        return done

    def failed(self) -> dict[str, str]:
        """Why each check failed that did, by its name; every other one passed."""
        with self.timed("check"):
            done = self.run("check", str(self.inventory))
        found = done.json["verdicts"]
        assert not [each for each in found if each["verdict"] == "unproven"]
        return {each["check"]: each["reason"] for each in found if each["verdict"] == "failed"}


@pytest.fixture(scope="module")
def iron(
    infra: Infra, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Iron]:
    """The machine, bare."""
    made = Iron(infra, tmp_path_factory.mktemp("site") / "emulated.py")
    with made.timed("first boot"):
        up = infra("lab", "up", "--inventory", str(INVENTORY))
        assert up.code == 0, up.err
    with made.timed("made anew and booted"):
        reset = infra("lab", "reset", "--inventory", str(INVENTORY), NODE)
        assert reset.code == 0, reset.err
    yield made
    plugins = request.config.pluginmanager
    capture = plugins.get_plugin("capturemanager")
    reporter = plugins.get_plugin("terminalreporter")
    assert capture is not None
    assert reporter is not None
    with capture.global_and_fixture_disabled():
        reporter.write_line("")
        for step, seconds in made.steps:
            reporter.write_line(f"{step:24}{seconds:7.1f} s")
    infra("lab", "reset", "--inventory", str(INVENTORY), NODE)


def test_redirection_that_the_kernel_turned_on_is_found_below_the_switch(iron: Iron) -> None:
    iron.deployed(acs="checked")
    assert "0000" not in [line.split()[1] for line in iron.shell(ACS).splitlines()]
    found = iron.failed()
    assert list(found) == ["check_bridges_above_gpus_do_not_redirect"]
    (said,) = found.values()
    assert [port for port in PORTS if f"bridge {port} above" in said] == [*PORTS[-2:]]
    assert "ReqRedir+ CmpltRedir+ UpstreamFwd+" in said


def test_a_deploy_turns_it_off_and_keeps_every_promise(iron: Iron) -> None:
    iron.deployed(acs="off")
    assert iron.shell(ACS).split() == [word for port in PORTS for word in (port, "0000")]
    assert iron.failed() == {}


def test_links_that_lose_lanes_while_running_are_found_by_their_ports(iron: Iron) -> None:
    changes.link(NODE, "0000:02:00.0", gen=3, width=4)
    changes.link(NODE, "0000:06:00.0", gen=4, width=8)
    found = iron.failed()
    assert list(found) == ["check_every_gpu_has_the_lanes_its_slot_gives"]
    (said,) = found.values()
    assert "0000:02:00.0 (H100 PCIe" in said
    assert "x4, card and slot give x16; narrowest link is port 0000:00:01.1" in said
    assert "0000:06:00.0 (A30" in said
    assert "x8, card and slot give x16; narrowest link is port 0000:04:01.0" in said


def test_a_reboot_ends_neither_and_its_kernel_tells_of_the_lanes(iron: Iron) -> None:
    before = iron.shell(BOOT)
    with iron.timed("reboot"), machine.booting(NODE):
        iron.shell("systemctl reboot")
    assert iron.shell(BOOT) != before
    assert iron.shell(ACS).split() == [word for port in PORTS for word in (port, "0000")]
    found = iron.failed()
    assert sorted(found) == [
        "check_every_gpu_has_the_lanes_its_slot_gives",
        "check_kernel_reports_no_narrow_link",
    ]
    said = found["check_kernel_reports_no_narrow_link"]
    assert "the kernel found x4 at port 0000:00:01.1" in said
    assert "the kernel found x8 at port 0000:04:01.0" in said


def test_what_was_learned_is_held_against_firmware_that_divides_a_slot(iron: Iron) -> None:
    changes.link(NODE, "0000:02:00.0", gen=4, width=16)
    changes.link(NODE, "0000:06:00.0", gen=4, width=16)
    learned = iron.run("topology", "learn", str(iron.inventory), NODE)
    assert learned.code == 0, learned.out + learned.err
    changes.slot(NODE, "0000:00:01.1", gen=3, width=4)
    changes.link(NODE, "0000:02:00.0", gen=3, width=4)
    found = iron.failed()
    lanes = found["check_every_gpu_has_the_lanes_its_slot_gives"]
    assert "0000:02:00.0" in lanes
    assert "x4, the manifest says x16; narrowest link is port 0000:00:01.1" in lanes
    assert "Gen3, the manifest says Gen4" in found["check_links_are_fast_while_gpus_work"]
    changes.slot(NODE, "0000:00:01.1", gen=4, width=16)
    changes.link(NODE, "0000:02:00.0", gen=4, width=16)


def test_a_card_that_answers_no_more_is_found_and_missed_after_a_power_cycle(iron: Iron) -> None:
    changes.fail(NODE, "0000:00:01.0")
    changes.lose(NODE, "0000:01:00.0")
    lost = iron.failed()
    errors = lost["check_pcie_errors_do_not_grow"]
    assert "0000:00:01.0" in errors
    assert "1 uncorrected errors" in errors
    assert "0000:01:00.0" in lost["check_no_gpu_fell_off_the_bus"]
    changes.insert(NODE, "0000:05:00.0", gpu=A30)
    changes.insert(NODE, "0000:06:00.0", gpu=A100)
    with iron.timed("power cycle"):
        machine.power_cycle(NODE)
    found = iron.failed()
    missed = found["check_every_promised_gpu_is_on_the_bus"]
    assert "0000:01:00.0 (H100 PCIe" in missed
    assert "not on the bus" in missed
    moved = found["check_every_gpu_is_in_its_promised_slot"]
    assert "now at 0000:06:00.0 (A100 80GB PCIe" in moved
    assert "now at 0000:05:00.0 (A30" in moved


def test_learning_does_not_take_a_missing_card_for_the_promise(iron: Iron) -> None:
    refused = iron.run("topology", "learn", str(iron.inventory), NODE)
    assert refused.code == 1
    assert "3 GPUs, the manifest has 4" in refused.err
