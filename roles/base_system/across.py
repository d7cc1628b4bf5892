"""What the way infra logs in decides about SSH and sudo."""

from collections.abc import Iterator

from infra.site import Node, Site
from roles.base_system.settings import BaseSystemSettings


def resolve(settings: BaseSystemSettings, *, node: Node, site: Site) -> BaseSystemSettings:
    """The settings with root's login decided: only where infra itself logs in as root."""
    if settings.ssh_root is not None:
        return settings
    login = node.connection.get("ssh_user")
    root = "prohibit-password" if login in (None, "root") else "no"
    return settings.model_copy(update={"ssh_root": root})


def mistakes(settings: BaseSystemSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """Settings that would lock infra itself out of the host."""
    return [*_root(settings, node), *_password(settings, node), *_sudo(settings, node)]


def _root(settings: BaseSystemSettings, node: Node) -> Iterator[tuple[str, str]]:
    if settings.ssh_root == "no" and node.connection.get("ssh_user") == "root":
        yield "ssh_root", '"no" locks out ssh_user root; log in as another user first'


def _password(settings: BaseSystemSettings, node: Node) -> Iterator[tuple[str, str]]:
    by_password = "ssh_password" in node.connection and "ssh_key" not in node.connection
    if by_password and not settings.ssh_passwords:
        yield "ssh_passwords", "False locks out a login by ssh_password; give ssh_key, or set True"


def _sudo(settings: BaseSystemSettings, node: Node) -> Iterator[tuple[str, str]]:
    login = node.connection.get("ssh_user")
    asked = node.connection.get("_sudo") and not node.connection.get("_sudo_password")
    for admin in settings.admins:
        if admin.user == login and asked and admin.sudo == "password":
            yield (
                "admins",
                f'{login} is the login of infra and uses sudo without a password; set "nopasswd" '
                "or give _sudo_password",
            )
