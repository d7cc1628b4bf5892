import pytest
from pydantic import ValidationError

from roles.base_system.settings import BaseSystemSettings

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ada"


def refusal(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        BaseSystemSettings.model_validate(given)
    return str(refused.value)


def test_a_host_needs_no_settings() -> None:
    assert BaseSystemSettings().apt_mirror is None
    assert BaseSystemSettings().ssh_passwords is False


def test_a_persons_keys_are_given_at_once() -> None:
    ada = {"user": "ada", "ssh_keys": [KEY]}
    assert "named twice" in refusal(admins=[ada, ada])


def test_parameters_merge_over_the_roles_own() -> None:
    settings = BaseSystemSettings(
        sysctl={"vm.swappiness": 1, "kernel.panic": None, "net.ipv4.tcp_rmem": " 4096 1 2 "}
    )
    assert settings.parameters["vm.swappiness"] == "1"
    assert settings.parameters["net.ipv4.tcp_rmem"] == "4096 1 2"
    assert "kernel.panic" not in settings.parameters
    assert "vm.max_map_count" in settings.parameters


@pytest.mark.parametrize("name", ["swappiness", "vm.swap piness", "vm.x;rm -rf /"])
def test_a_parameters_name_is_a_path(name: str) -> None:
    assert "sysctl" in refusal(sysctl={name: 1})


def test_a_parameters_value_is_one_line() -> None:
    assert "sysctl" in refusal(sysctl={"vm.swappiness": "1\nkernel.panic = 0"})


@pytest.mark.parametrize("zone", ["Europe/Berlin; reboot", "../../etc/passwd", "posix/UTC", ""])
def test_a_time_zone_is_a_name(zone: str) -> None:
    assert "timezone" in refusal(timezone=zone)


def test_utc_has_one_name() -> None:
    assert BaseSystemSettings(timezone="Etc/UTC").timezone == "UTC"


@pytest.mark.parametrize("expression", ["", 'a"; }', "a\nb"])
def test_an_exception_stays_inside_its_quotes(expression: str) -> None:
    assert "package's name" in refusal(upgrade_exceptions=[expression])


def test_an_exception_may_be_an_expression() -> None:
    assert BaseSystemSettings(upgrade_exceptions=("(a|b)-",)).upgrade_exceptions == ("(a|b)-",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("packages", ["curl --force"]),
        ("ntp_servers", ["a b"]),
        ("journal_max", "2 GB"),
        ("journal_days", 0),
        ("ssh_max_auth_tries", 1),
        ("ssh_root", "yes"),
        ("nonsense", 1),
    ],
)
def test_what_cannot_be_meant_is_refused(key: str, value: object) -> None:
    assert key in refusal(**{key: value})
