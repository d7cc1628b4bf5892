from pathlib import Path

from infra.site import Node, Site
from roles.base_system import across
from roles.base_system.settings import BaseSystemSettings

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ada"


def node(**connection: object) -> Node:
    return Node(name="n", group="g", address="10.0.0.1", settings={}, connection=connection)


def root_for(settings: BaseSystemSettings, found: Node) -> str | None:
    site = Site(name="rack", file=Path("rack.py"), nodes=(found,))
    return across.resolve(settings, node=found, site=site).ssh_root


def keys_of(settings: BaseSystemSettings, found: Node) -> list[str]:
    site = Site(name="rack", file=Path("rack.py"), nodes=(found,))
    return [key for key, _ in across.mistakes(settings, node=found, site=site)]


def ubuntu(sudo: str) -> BaseSystemSettings:
    return BaseSystemSettings.model_validate(
        {"admins": [{"user": "ubuntu", "ssh_keys": [KEY], "sudo": sudo}]}
    )


def test_root_may_log_in_only_where_infra_does_or_may() -> None:
    left_out = BaseSystemSettings()
    assert root_for(left_out, node(ssh_user="ubuntu")) == "no"
    assert root_for(left_out, node(ssh_user="root")) == "prohibit-password"
    assert root_for(left_out, node()) == "prohibit-password"


def test_what_the_inventory_says_of_root_stays() -> None:
    settings = BaseSystemSettings(ssh_root="prohibit-password")
    assert root_for(settings, node(ssh_user="ubuntu")) == "prohibit-password"


def test_a_root_login_is_not_switched_off_under_infra() -> None:
    assert keys_of(BaseSystemSettings(ssh_root="no"), node(ssh_user="root")) == ["ssh_root"]
    assert keys_of(BaseSystemSettings(ssh_root="no"), node(ssh_user="ubuntu")) == []


def test_a_login_by_password_is_not_switched_off_under_infra() -> None:
    by_password = node(ssh_user="root", ssh_password="x")
    assert keys_of(BaseSystemSettings(), by_password) == ["ssh_passwords"]
    assert keys_of(BaseSystemSettings(ssh_passwords=True), by_password) == []
    assert keys_of(BaseSystemSettings(), node(ssh_password="x", ssh_key="k")) == []


def test_sudo_does_not_begin_to_ask_infra_for_a_password() -> None:
    plain = node(ssh_user="ubuntu", _sudo=True)
    assert keys_of(ubuntu("password"), plain) == ["admins"]
    assert keys_of(ubuntu("nopasswd"), plain) == []
    assert (
        keys_of(ubuntu("password"), node(ssh_user="ubuntu", _sudo=True, _sudo_password="x")) == []
    )
    assert keys_of(ubuntu("password"), node(ssh_user="root")) == []
