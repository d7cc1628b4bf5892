from infra.lab import place
from infra.lab.access import ssh_command
from infra.lab.spec import LabHost


def test_a_login_trusts_pinned_keys_alone() -> None:
    command = ssh_command(LabHost(name="n1", address="10.77.0.9", user="ubuntu", os="debian-13"))
    assert command[-1] == "ubuntu@10.77.0.9"
    assert "StrictHostKeyChecking=yes" in command
    assert f"UserKnownHostsFile={place.KNOWN_HOSTS}" in command
