import configparser

from infra.lab.emulated import system
from infra.lab.spec import LabHost

HOST = LabHost(name="iron-1", address="10.77.0.31", user="root", os="debian-12", kind="emulated")


def test_a_host_has_its_address_and_no_way_out() -> None:
    (file,) = system.network(HOST).values()
    parsed = configparser.ConfigParser()
    parsed.read_string(file.text)
    assert parsed["Network"]["Address"] == "10.77.0.31/24"
    assert "gateway" not in parsed["Network"]


def test_no_open_driver_takes_the_stand_ins() -> None:
    text = system.files()["etc/modprobe.d/infra-lab.conf"].text
    assert "install nouveau /bin/false" in text.splitlines()


def test_every_unit_that_is_enabled_and_ours_is_there() -> None:
    assert "etc/systemd/system/infra-lab-ready.service" in system.files()
    assert "infra-lab-ready.service" in system.set_up()
