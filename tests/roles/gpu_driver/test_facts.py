from roles.gpu_driver.catalogue import Catalogue
from roles.gpu_driver.facts import BootImagesAreStale, HostState, Offers, Simulated
from roles.gpu_driver.simulation import Simulation
from roles.gpu_driver.state import State


def test_each_fact_has_an_answer_for_silence() -> None:
    assert HostState().process([]) == HostState.default() == State()
    assert Offers().process([]) == Offers.default() == Catalogue()
    assert Simulated.default() == Simulation(status=0)
    assert Simulated().process(["STATUS 0"]) == Simulation(status=0)
    assert BootImagesAreStale().process(["stale"])
    assert not BootImagesAreStale().process([])
    assert not BootImagesAreStale.default()
