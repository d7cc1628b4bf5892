from infra.lab.spec import LabGpu, LabHost
from infra.lab.status import HostStatus, LabStatus, ServiceStatus, all_simulated, simulated


def _host(os: str, cards: int = 0) -> LabHost:
    gpus = [{"name": "NVIDIA GeForce RTX 3090"}] * cards
    return LabHost.model_validate(
        {"name": "n1", "address": "10.77.0.9", "user": "root", "os": os, "gpus": gpus}
    )


def test_simulated_gpus_are_counted_and_called_simulated() -> None:
    count = len(_host("debian-13", cards=2).gpus)
    said = simulated(_host("debian-13", cards=2))
    assert f"{count} simulated GPUs: {LabGpu().name}, {LabGpu().memory_mib} MiB" in said


def test_an_ubuntu_host_is_told_to_be_a_debian() -> None:
    assert [what for what in simulated(_host("ubuntu-24.04")) if "Debian trixie" in what]
    assert not [what for what in simulated(_host("debian-13")) if "os-release" in what]


def test_what_the_lab_serves_is_called_a_stand_in_as_well() -> None:
    assert [what for what in all_simulated([]) if "NVIDIA packages" in what]


def test_the_text_has_a_line_a_host_and_service() -> None:
    text = str(
        LabStatus(
            hosts=(HostStatus("gpu-1", "running", "10.77.0.11", "debian-13", ("2 cards",)),),
            services=(ServiceStatus("image registry", "stopped", "https://10.77.0.2/"),),
        )
    )
    assert text.splitlines()[:2] == [
        "gpu-1           running  10.77.0.11          debian-13",
        "image registry  stopped  https://10.77.0.2/",
    ]
    assert "  gpu-1: 2 cards" in text.splitlines()
