import pytest

from infra.lab.slots import link_of, path_to, tree
from infra.lab.spec import LabGpu, LabHost

SWITCH = "0000:41:00.0"


def host(*gpus: LabGpu, nvswitches: tuple[str, ...] = ()) -> LabHost:
    return LabHost(
        name="g",
        address="10.77.0.9",
        user="root",
        os="debian-13",
        gpus=gpus,
        nvswitches=nvswitches,
    )


def way(gpu: LabGpu) -> list[str]:
    path = next(path for path in path_to(gpu) if path.endswith(gpu.bdf))
    return path.split("/")[1:]


def test_a_card_behind_a_switch_has_three_ports_above_it() -> None:
    gpu = LabGpu(bdf="0000:44:00.0", switches=(SWITCH,))
    assert way(gpu) == ["0000:40:01.0", SWITCH, "0000:42:01.0", "0000:44:00.0"]
    assert [path_to(gpu)[f"pci0000:40/{path}"].port for path in ("0000:40:01.0",)] == ["root"]


def test_a_card_behind_two_switches_has_both_above_it() -> None:
    gpu = LabGpu(bdf="0000:45:00.0", switches=(SWITCH, "0000:43:00.0"))
    assert way(gpu)[1:] == [
        SWITCH,
        "0000:42:00.0",
        "0000:43:00.0",
        "0000:44:00.0",
        "0000:45:00.0",
    ]


def test_ports_reach_down_to_the_last_bus_below_them() -> None:
    cards = [LabGpu(bdf=f"0000:{bus}:00.0", switches=(SWITCH,)) for bus in ("43", "44")]
    found = {each.bdf: each for each in tree(host(*cards)).values()}
    assert (found[SWITCH].secondary_bus, found[SWITCH].subordinate_bus) == (0x42, 0x44)
    assert found["0000:40:01.0"].subordinate_bus == 0x44
    assert found["0000:42:00.0"].subordinate_bus == 0x43


def test_a_virtual_machines_card_has_no_port_above_it() -> None:
    assert way(LabGpu(bdf="0000:00:09.0")) == ["0000:00:09.0"]


def test_a_slot_by_design_narrow_says_so_at_its_port() -> None:
    found = path_to(LabGpu(width=8))
    port = next(each for each in found.values() if each.port == "root")
    assert port.link is not None
    assert (port.link.width, port.link.max_width) == (8, 8)


@pytest.mark.parametrize(
    ("gpu", "gen", "width"),
    [
        (LabGpu(), 1, 16),
        (LabGpu(pstate="P0"), 4, 16),
        (LabGpu(gen=3, pstate="P2"), 3, 16),
        (LabGpu(gen=5, compute="9.0", idle_gen=5), 5, 16),
        (LabGpu(gen=5, pstate="P0"), 4, 16),
        (LabGpu(max_width=8), 1, 8),
        (LabGpu(c2c=True, gen=5, compute="9.0"), 1, 1),
    ],
)
def test_a_link_runs_as_card_slot_and_state_let_it(gpu: LabGpu, gen: int, width: int) -> None:
    assert (link_of(gpu).gen, link_of(gpu).width) == (gen, width)


def test_nvswitches_are_bridges_of_nvidia_that_are_no_gpus() -> None:
    found = {each.bdf: each for each in tree(host(nvswitches=("0000:a1:00.0",))).values()}
    assert found["0000:a1:00.0"].class_code == 0x068000
    assert found["0000:a0:01.0"].secondary_bus == 0xA1
