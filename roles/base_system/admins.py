"""Admins: who they are, what their files hold, and what a host grants them."""

import base64
import binascii
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_KEY_TYPES = (
    r"(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
)
_KEY = re.compile(rf"(^|\s){_KEY_TYPES} (?P<blob>[A-Za-z0-9+/]+=*)(\s|$)")
_RIGHT = re.compile(r"^sudo (?P<user>\S+) .*\(ALL : ALL\) (?P<free>NOPASSWD: )?ALL$")


class Admin(BaseModel):
    """A person who administers the host."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    user: str = Field(pattern=r"^[a-z_][a-z0-9_-]{0,30}$")
    """Login name."""
    ssh_keys: tuple[str, ...] = Field(min_length=1)
    """Public keys, all that the person may log in with."""
    sudo: Literal["password", "nopasswd"] = "password"
    """Whether sudo asks for the person's password, which root gives by `passwd`."""

    @field_validator("user")
    @classmethod
    def _is_not_root(cls, user: str) -> str:
        if user == "root":
            raise ValueError("root is no person; give people users of their own")
        return user

    @field_validator("ssh_keys")
    @classmethod
    def _are_public_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if blob_of(key) is None or "\n" in key.strip():
                raise ValueError(
                    f'"{key[:24]}…" is no public key; give a line such as "ssh-ed25519 AAAA… name"'
                )
        return tuple(key.strip() for key in keys)


@dataclass(frozen=True)
class Account:
    """A user as found on a host."""

    home: str
    group: str
    ssh_folder: str
    """Mode and owner of ~/.ssh as `700 user`; empty when there is none."""
    keys: tuple[str, ...]
    """Lines of ~/.ssh/authorized_keys."""


@dataclass(frozen=True)
class Accounts:
    """What a host knows of admins."""

    login: str
    """The user that infra is logged in as."""
    granted: tuple[str, ...]
    """Users whose sudo rights were granted by infra, now or earlier."""
    by_user: Mapping[str, Account]

    def of(self, user: str) -> Account:
        """The account, or what it will be when it is made."""
        new = Account(home=f"/home/{user}", group=user, ssh_folder="", keys=())
        return self.by_user.get(user, new)


def blob_of(line: str) -> str | None:
    """The key itself in a line of authorized_keys, without options and comment; None: no key."""
    found = _KEY.search(line.strip())
    if found is None or line.lstrip().startswith("#"):
        return None
    try:
        base64.b64decode(found["blob"], validate=True)
    except binascii.Error:
        return None
    return found["blob"]


def keys_text(admin: Admin) -> str:
    """Text of the admin's authorized_keys."""
    return "".join(f"{key}\n" for key in admin.ssh_keys)


def sudo_path(user: str) -> str:
    """Path of the file that grants a user root's rights."""
    return f"/etc/sudoers.d/infra-{user}"


def sudo_text(admin: Admin) -> str:
    """Text of that file."""
    tag = "NOPASSWD: " if admin.sudo == "nopasswd" else ""
    return f"{admin.user} ALL=(ALL:ALL) {tag}ALL\n"


def command(users: tuple[str, ...]) -> str:
    """Shell text that prints who is logged in, whom infra granted rights, and the accounts."""
    named = " ".join(map(shlex.quote, users))
    return (
        'echo "login ${SUDO_USER:-$(id -un)}"; '
        "for f in /etc/sudoers.d/infra-*; do "
        '[ ! -e "$f" ] || echo "granted ${f#/etc/sudoers.d/infra-}"; done; '
        f"for u in {named}; do getent passwd -- $u | while IFS=: read -r u _ _ _ _ home _; do "
        'echo "user $u $(id -gn "$u") $home"; '
        'echo "folder $(stat -c "%a %U" "$home/.ssh" 2>/dev/null)"; '
        'sed "s/^/key /" "$home/.ssh/authorized_keys" 2>/dev/null; done; done; true'
    )


def parse(lines: list[str]) -> Accounts:
    """Accounts from the answer to `command`."""
    rows = [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]
    accounts: dict[str, Account] = {}
    for word, rest in rows:
        if word == "user":
            user, group, home = rest.split(" ", 2)
            accounts[user] = Account(home=home, group=group, ssh_folder="", keys=())
        elif word == "folder":
            accounts[user] = replace(accounts[user], ssh_folder=rest)
        elif word == "key":
            accounts[user] = replace(accounts[user], keys=(*accounts[user].keys, rest))
    return Accounts(
        login=next((rest for word, rest in rows if word == "login"), ""),
        granted=tuple(rest for word, rest in rows if word == "granted"),
        by_user=accounts,
    )


def rights_command(users: tuple[str, ...]) -> str:
    """Shell text that prints the rule of sudo that decides for each user."""
    named = " ".join(map(shlex.quote, users))
    return f'for u in {named}; do echo "sudo $u $(sudo -n -l -U "$u" | tail -n 1)"; done'


def parse_rights(lines: list[str]) -> dict[str, str]:
    """By user who may become anyone: how sudo asks, from the answer to `rights_command`."""
    found = filter(None, map(_RIGHT.match, lines))
    return {right["user"]: "nopasswd" if right["free"] else "password" for right in found}


def former(admins: Iterable[Admin], *, found: Accounts) -> tuple[str, ...]:
    """Users whom infra granted rights and whom the inventory no longer names."""
    named = {admin.user for admin in admins}
    return tuple(user for user in found.granted if user not in named)


def lockouts(admins: Iterable[Admin], *, found: Accounts) -> list[str]:
    """Sentences on what would lock out the user that infra is logged in as."""
    sentences = [
        f"admins no longer names {user}, whom infra is logged in as; name another login first"
        for user in former(admins, found=found)
        if user == found.login
    ]
    for admin in admins:
        account = found.by_user.get(admin.user)
        if admin.user == found.login and account is not None:
            lost = len(_blobs(account.keys) - _blobs(admin.ssh_keys))
            if lost:
                sentences.append(
                    f"admins leaves out {lost} key(s) in {account.home}/.ssh/authorized_keys of "
                    f"{admin.user}, whom infra is logged in as; list them or remove them by hand"
                )
    return sentences


def account_steps(user: str, *, found: Accounts) -> list[str]:
    """Shell commands that make the account and its ~/.ssh what they should be; none when so."""
    wanted = found.of(user)
    steps = []
    if user not in found.by_user:
        steps.append(f"useradd --create-home --shell /bin/bash -- {shlex.quote(user)}")
    if wanted.ssh_folder != f"700 {user}":
        owner = f"-o {shlex.quote(user)} -g {shlex.quote(wanted.group)}"
        steps.append(f"install -d -m 700 {owner} {shlex.quote(f'{wanted.home}/.ssh')}")
    return steps


def revoke_command(users: Iterable[str]) -> str:
    """Shell text that takes infra's rights and all keys from users; accounts and files stay."""
    steps = (
        f"rm -f {shlex.quote(sudo_path(user))}; home=$(getent passwd -- {shlex.quote(user)} | "
        'cut -d: -f6); [ -z "$home" ] || rm -f "$home/.ssh/authorized_keys"'
        for user in users
    )
    return "; ".join(steps)


def _blobs(lines: Iterable[str]) -> set[str]:
    return {blob for blob in map(blob_of, lines) if blob is not None}
