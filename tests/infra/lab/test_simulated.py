from infra.lab import place
from infra.lab.simulated import everywhere, of_host
from infra.lab.spec import LabGpu, LabHost


def _host(os: str, cards: int = 0) -> LabHost:
    gpus = [{"name": "NVIDIA GeForce RTX 3090"}] * cards
    return LabHost.model_validate(
        {"name": "n1", "address": "10.77.0.9", "user": "root", "os": os, "gpus": gpus}
    )


def test_simulated_gpus_are_counted_and_called_simulated() -> None:
    said = of_host(_host("debian-13", cards=2))[0]
    assert said.startswith(f"GPUs: 2 x {LabGpu().name} {LabGpu().memory_mib} MiB (simulated)")


def test_of_an_emulated_host_its_machine_and_cards_are_told_and_no_kernel() -> None:
    said = of_host(_host("debian-12", cards=1).model_copy(update={"kind": "emulated"}))
    assert said[0].endswith("(simulated): NVMe controllers with their ids and links")
    assert [what for what in said if what.startswith("machine: emulated")]
    assert not [what for what in said if what.startswith("kernel")]


def test_an_ubuntu_host_is_told_to_be_a_debian() -> None:
    assert [what for what in of_host(_host("ubuntu-24.04")) if "Debian trixie" in what]
    assert not [what for what in of_host(_host("debian-13")) if "os-release" in what]


def test_the_kernel_package_is_named_as_a_host_of_its_kind_has_it() -> None:
    assert [what for what in of_host(_host("ubuntu-24.04")) if "linux-image-generic 6.8" in what]
    assert [what for what in of_host(_host("debian-12")) if "linux-image-amd64" in what]


def test_all_that_the_lab_puts_in_place_of_the_real_is_named() -> None:
    said = "\n".join(everywhere([_host("ubuntu-24.04", cards=1)]))
    for word in ("n1: kernel:", "NVIDIA packages", "package mirror", "authority", "dpkg's lock"):
        assert word in said


def test_names_of_public_registries_are_said_and_the_labs_own_are_not() -> None:
    (line,) = [what for what in everywhere([]) if what.startswith("image registry")]
    assert [name for name in place.SERVICE_NAMES if name in line] == [
        name for name in place.SERVICE_NAMES if not name.endswith(".lab")
    ]
