from roles.gpu_interconnect import state
from roles.gpu_interconnect.state import State

ONE = """\
driver 580.95.05
smi 00000000:41:00.0, GPU-1, NVIDIA L4, P8, 0, 23034
at 0000:41:00.0 class 0x030200
gpu 0000:41:00.0 0000:41:00.0
"""
LOST = "at 0000:c1:00.0 class 0x030200\ngpu 0000:c1:00.0 0000:c1:00.0\n"


def test_driver_and_gpus_are_told() -> None:
    found = state.parse(ONE.splitlines())
    assert found.driver == "580.95.05"
    assert [gpu.bdf for gpu in found.gpus] == ["0000:41:00.0"]
    assert not found.is_several


def test_a_gpu_that_the_driver_does_not_show_still_counts_as_one_of_several() -> None:
    found = state.parse((ONE + LOST).splitlines())
    assert len(found.gpus) == 1
    assert found.is_several


def test_a_host_without_a_driver_has_none() -> None:
    assert state.parse([]) == State()


def test_cards_that_mig_divides_are_told() -> None:
    divided = ONE.replace("23034", "23034, Enabled")
    assert state.parse(divided.splitlines()).shares == ("0000:41:00.0 (L4)",)
    assert state.parse(ONE.splitlines()).shares == ()
