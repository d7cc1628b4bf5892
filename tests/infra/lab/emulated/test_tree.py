from infra.lab.emulated import tree
from infra.lab.spec import LabGpu, LabHost

SWITCH = "0000:03:00.0"


def host(*gpus: LabGpu, **more: object) -> LabHost:
    given = {"os": "debian-12", "kind": "emulated", **more}
    return LabHost.model_validate(
        {"name": "iron-1", "address": "10.77.0.31", "user": "root", "gpus": gpus, **given}
    )


def card(bdf: str, *, behind: tuple[str, ...] = ()) -> LabGpu:
    return LabGpu(name="NVIDIA H100 PCIe", bdf=bdf, switches=behind)


def test_ports_and_cards_alone_are_emulated() -> None:
    geforce = LabGpu(bdf="0000:01:00.0")
    found = [function.bdf for function in tree.functions(host(geforce)).values()]
    assert found == ["0000:00:01.0", "0000:01:00.0"]


def test_buses_in_the_order_of_the_firmware_fit() -> None:
    behind = [card(f"0000:{bus:02x}:00.0", behind=(SWITCH,)) for bus in (5, 6)]
    assert list(tree.unfit(host(card("0000:01:00.0"), card("0000:02:00.0"), *behind))) == []


def test_a_bus_that_the_firmware_would_not_give_is_refused_by_its_port() -> None:
    (said,) = tree.unfit(host(card("0000:01:00.0"), card("0000:04:00.0")))
    assert "below 0000:00:01.3 is bus 02, not 04" in said


def test_another_system_and_nvswitches_are_refused() -> None:
    found = list(tree.unfit(host(os="debian-13", nvswitches=("0000:01:00.0",))))
    assert len(found) == 2
    assert "debian-13" in found[0]
    assert "NVSwitches" in found[1]
