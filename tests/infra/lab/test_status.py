from dataclasses import replace

from infra.lab.simulated import SERVED
from infra.lab.status import HostStatus, LabStatus, ServiceStatus

SERVICE = ServiceStatus("image registry", "stopped", "https://10.77.0.2/")
GPU_1 = HostStatus(
    "gpu-1", "running", "ubuntu@10.77.0.11", "ubuntu-24.04", "2 x card", ("2 cards", "the kernel")
)
BALANCER = HostStatus("balancer-1", "stopped", "root@10.77.0.21", "debian-12", "", ("the kernel",))
SERVED_LINES = [f"    {what}" for what in SERVED]


def test_hosts_and_services_have_a_line_each() -> None:
    lines = str(LabStatus(hosts=(GPU_1, BALANCER), services=(SERVICE,))).splitlines()
    assert lines[:7] == [
        "Hosts",
        "  gpu-1       running  ubuntu@10.77.0.11  ubuntu-24.04  2 x card",
        "  balancer-1  stopped  root@10.77.0.21    debian-12",
        "",
        "Services",
        "  image registry  stopped  https://10.77.0.2/",
        "",
    ]


def test_what_holds_for_every_host_is_said_once() -> None:
    lines = str(LabStatus(hosts=(GPU_1, BALANCER), services=(SERVICE,))).splitlines()
    after = lines[lines.index("Simulated") + 1 :]
    own = ["  every host", "    the kernel", "  gpu-1", "    2 cards", "  services"]
    assert after == [*own, *SERVED_LINES]


def test_what_holds_for_one_kind_of_host_is_not_said_of_the_other() -> None:
    iron = HostStatus("iron-1", "running", "root@10.77.0.31", "debian-12", "", ("all of it",))
    hosts = (GPU_1, BALANCER, replace(iron, kind="emulated"))
    lines = str(LabStatus(hosts=hosts, services=(SERVICE,))).splitlines()
    after = lines[lines.index("Simulated") + 1 :]
    own = ["  every container host", "    the kernel", "  gpu-1", "    2 cards"]
    assert after == [*own, "  every emulated host", "    all of it", "  services", *SERVED_LINES]


def test_a_host_that_is_not_wholly_made_hides_nothing_of_the_others() -> None:
    unfinished = HostStatus("gpu-2", "unfinished", "", "", "", ())
    text = str(LabStatus(hosts=(GPU_1, unfinished), services=(SERVICE,)))
    assert "  gpu-2  unfinished" in text.splitlines()
    assert "    the kernel" in text.splitlines()


def test_a_lab_without_hosts_says_how_they_come() -> None:
    lines = str(LabStatus(hosts=(), services=(SERVICE,))).splitlines()
    assert lines[:2] == ["Hosts", "  none: `infra lab up` starts them"]
    assert lines[-len(SERVED) - 1 :] == ["  services", *SERVED_LINES]
