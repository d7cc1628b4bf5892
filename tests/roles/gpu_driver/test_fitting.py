from roles.gpu_driver import fitting
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import State

SETTINGS = GpuDriverSettings(version="580.95.05", origin="nvidia")
RTX_3090, V100, ODD = ("2204", "10de:1467"), ("1db4", "10de:1214"), ("ffff", "10de:0000")


def host(*ids: tuple[str, str]) -> State:
    found = {f"0000:{at:02x}:00.0": one for at, one in enumerate(ids)}
    return State(gpus=tuple(found), ids=found)


def test_cards_are_known_by_their_ids() -> None:
    assert [card.name for card in fitting.known(host(RTX_3090, ODD))] == ["GeForce RTX 3090"]
    assert fitting.known(State(gpus=("0000:41:00.0",))) == ()


def test_a_driver_that_drives_every_card_fits() -> None:
    assert fitting.misfit(host(RTX_3090), settings=SETTINGS) is None
    assert fitting.misfit(host(ODD), settings=SETTINGS) is None


def test_a_card_that_its_modules_do_not_drive_is_named_with_what_does() -> None:
    said = fitting.misfit(host(V100), settings=SETTINGS)
    assert said is not None
    assert "V100" in said and 'gpu_driver.modules = "proprietary"' in said


def test_cards_that_may_stay_idle_are_told_where_that_is_accepted() -> None:
    mixed = SETTINGS.model_copy(update={"allow_mixed": True})
    assert fitting.idle(host(RTX_3090, V100, ODD), settings=mixed) == {"0000:01:00.0"}
    assert fitting.idle(host(RTX_3090, V100), settings=SETTINGS) == frozenset()
