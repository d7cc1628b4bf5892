import base64
import hashlib
from typing import Any

import pytest

from infra import facts, observed, operations
from infra.apt import AptRepository
from infra.apt import operations as apt
from infra.testing import rehearse
from roles.base_system import admins, clock, parameters, ssh
from roles.base_system.facts import Accounts, Clock, Parameters, SshIsStale, Stale
from roles.base_system.operations import apply
from roles.base_system.packages import kernel
from roles.base_system.packages.facts import Broken, Kernel, ListsAge, Sources
from roles.base_system.packages.sources import PATH, SourceFile
from roles.base_system.settings import BaseSystemSettings

BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
KEY = f"ssh-ed25519 {BLOB} ada"
MIRROR = AptRepository(
    uri="http://mirror.example/debian",
    suites=("trixie",),
    components=("main",),
    key="-----BEGIN PGP PUBLIC KEY BLOCK-----\nx\n-----END PGP PUBLIC KEY BLOCK-----\n",
)
ADA = admins.Admin(user="ada", ssh_keys=(KEY,))
CONTAINER = clock.Clock(
    now=0, zone="UTC", container=True, keeper=None, timesyncd=False, synchronised=None
)
METAL = clock.Clock(
    now=0, zone="UTC", container=False, keeper=None, timesyncd=True, synchronised=True
)
UP = observed.Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)


def texts_of(settings: BaseSystemSettings) -> dict[str, str]:
    """What the role writes on a bare host, by path."""
    found = rehearse(apply, settings, facts={facts.Unit: UP, Clock: METAL})
    assert found.error is None
    return {
        command.text.rpartition(" ")[2]: command.stdin
        for command in found.commands
        if "mv -f" in command.text and command.stdin
    }


def settled(settings: BaseSystemSettings) -> dict[Any, Any]:
    """Facts of a host on which the role ran."""
    written = {
        path: base64.b64decode(text).decode() if text.strip() else ""
        for path, text in texts_of(settings).items()
    }
    modes = {
        "/etc/sudoers.d/infra-ada": ("440", "root"),
        "/home/ada/.ssh/authorized_keys": ("600", "ada"),
    }

    def stat(path: str) -> observed.FileStat | None:
        if path not in written:
            return None
        mode, owner = modes.get(path, ("644", "root"))
        digest = hashlib.sha256(written[path].encode()).hexdigest()
        return observed.FileStat(mode=mode, user=owner, group=owner, sha256=digest)

    home = admins.Account(home="/home/ada", group="ada", ssh_folder="700 ada", keys=(KEY,))
    return {
        facts.FileStat: stat,
        facts.FileText: settings.apt_mirror.digest if settings.apt_mirror else "",
        facts.Packages: lambda names: {
            name: observed.Package(version="1", held=False)
            for name in names
            if name != "needrestart"
        },
        facts.Unit: UP,
        operations.Succeeds: True,
        Clock: METAL,
        Parameters: dict(settings.parameters),
        Accounts: admins.Accounts(
            login="root",
            granted=tuple(admin.user for admin in settings.admins),
            by_user={"ada": home} if settings.admins else {},
        ),
    }


FULL = BaseSystemSettings(apt_mirror=MIRROR, admins=(ADA,), ntp_servers=("10.0.0.1",))


@pytest.mark.parametrize("settings", [BaseSystemSettings(), FULL])
def test_a_second_run_changes_nothing(settings: BaseSystemSettings) -> None:
    found = rehearse(apply, settings, facts=settled(settings))
    assert found.error is None
    assert found.changed == ()
    assert found.commands == ()


def test_the_package_managers_lock_comes_before_everything() -> None:
    found = rehearse(apply, FULL, facts={facts.Unit: UP})
    footing = ("Set clock", "Name host in hosts file")
    assert found.operations[:3] == (*footing, "Await package manager")
    assert "/var/lib/dpkg/lock-frontend" in found.commands[0].text


def test_sources_are_set_aside_only_after_the_mirrors_lists_came() -> None:
    own = SourceFile("/etc/apt/sources.list", "deb http://mirror.example/debian trixie main")
    found = rehearse(apply, FULL, facts={facts.Unit: UP, Sources: (own,)})
    assert found.changed.index("Fetch package lists") < found.changed.index(
        "Choose distribution sources"
    )
    assert any(
        "mv -f /etc/apt/sources.list /etc/apt/sources.list.disabled-by-infra" in command.text
        for command in found.commands
    )


def test_the_hosts_own_sources_come_back_without_a_mirror() -> None:
    files = (SourceFile("/etc/apt/sources.list.disabled-by-infra", "x"), SourceFile(PATH, "y"))
    known = {**settled(BaseSystemSettings()), Sources: files}
    found = rehearse(apply, BaseSystemSettings(), facts=known)
    assert found.changed == ("Choose distribution sources",)
    assert found.commands[0].text.endswith(f" && {apt.update_command()}")


def test_only_a_broken_package_is_repaired() -> None:
    found = rehearse(apply, FULL, facts={**settled(FULL), Broken: ("curl",)})
    assert found.changed == ("Finish interrupted installations",)
    assert "--configure -a" in found.commands[0].text
    assert "--fix-broken --no-remove install" in found.commands[0].text


def test_lists_are_refreshed_only_when_a_package_is_missing_and_they_are_old() -> None:
    def installed(names: tuple[str, ...]) -> dict[str, observed.Package]:
        known = {name: observed.Package(version="1", held=False) for name in names}
        known.pop("curl", None)
        known.pop("needrestart", None)
        return known

    lacking = {**settled(FULL), facts.Packages: installed}
    old = rehearse(apply, FULL, facts={**lacking, ListsAge: 7200})
    assert old.changed == ("Refresh package lists", "Install base packages")
    new = rehearse(apply, FULL, facts={**lacking, ListsAge: 60})
    assert new.changed == ("Install base packages",)


def test_only_loose_kernel_packages_are_held_and_only_when_asked() -> None:
    known = {
        **settled(FULL),
        Kernel: kernel.Kernel(held={"linux-generic": True, "linux-image-generic": False}),
    }
    found = rehearse(apply, FULL, facts=known)
    assert [command.text for command in found.commands] == [
        apt.hold_command(["linux-image-generic"])
    ]
    left = FULL.model_copy(update={"hold_kernel": False})
    assert rehearse(apply, left, facts=known).changed == ()


def test_a_container_gets_no_time_service() -> None:
    found = rehearse(apply, FULL, facts={**settled(FULL), Clock: CONTAINER, facts.Unit: None})
    assert found.error is None
    assert found.changed == ()


def test_without_ntp_the_clock_is_left_alone() -> None:
    left = FULL.model_copy(update={"ntp": False})
    found = rehearse(apply, left, facts={facts.Unit: UP, Clock: METAL})
    assert not {"Install time service", "Write time servers"} & set(found.operations)


def test_needrestart_is_told_where_it_is() -> None:
    known = settled(FULL)
    everything = lambda names: dict.fromkeys(names, observed.Package(version="1", held=False))  # noqa: E731
    found = rehearse(apply, FULL, facts={**known, facts.Packages: everything})
    assert found.changed == ("Let needrestart only list",)


def test_services_reload_when_an_earlier_run_was_killed_after_writing() -> None:
    found = rehearse(apply, FULL, facts={**settled(FULL), Stale: True, SshIsStale: True})
    assert found.changed == (
        "Restart time service",
        "Restart journal",
        "Take up SSH rules on trial",
    )


def test_ssh_rules_are_validated_before_they_are_in_force() -> None:
    found = rehearse(apply, FULL, facts={facts.Unit: UP})
    texts = [command.text for command in found.commands if "sshd" in command.text]
    assert texts[0].index("sshd -T -f") < texts[0].index(f'mv -f "$t" {ssh.PROMISED}')
    assert "mount --bind" in texts[1]


def test_ssh_rules_are_on_disk_only_after_infra_came_in_by_them() -> None:
    found = rehearse(apply, FULL, facts={facts.Unit: UP})
    kept = [f"mv -f {ssh.PATH}.new {ssh.PATH}" in command.text for command in found.commands]
    trial = [f"mount --bind {ssh.PROMISED}" in command.text for command in found.commands]
    assert kept.count(True) == trial.count(True) == 1
    assert trial.index(True) < kept.index(True)


def test_sudo_rules_are_validated_before_they_are_in_force() -> None:
    found = rehearse(apply, FULL, facts={facts.Unit: UP})
    text = next(command.text for command in found.commands if "infra-ada" in command.text)
    assert text.index("visudo -cqf") < text.index("mv -f")


def test_former_admins_are_revoked() -> None:
    known = {
        **settled(BaseSystemSettings()),
        Accounts: admins.Accounts(login="root", granted=("mallory",), by_user={}),
    }
    found = rehearse(apply, BaseSystemSettings(), facts=known)
    assert found.changed == ("Revoke former admins",)


def test_the_login_of_infra_is_not_locked_out() -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRoaXMgaXMgYW5vdGhlciBrZXkgYWx0b2dldGhlciEh"
    account = admins.Account(home="/home/ada", group="ada", ssh_folder="700 ada", keys=(other,))
    mine = admins.Accounts(login="ada", granted=("ada",), by_user={"ada": account})
    found = rehearse(apply, FULL, facts={Accounts: mine})
    assert found.error is not None
    assert "leaves out 1 key(s)" in found.error
    assert found.commands == ()


def test_only_parameters_that_differ_are_proven_after_they_are_applied() -> None:
    known = {**settled(FULL), Parameters: {**FULL.parameters, "vm.swappiness": "60"}}
    found = rehearse(apply, FULL, facts=known)
    assert found.changed == ("Apply kernel parameters",)
    assert parameters.PATH in found.commands[0].text
    assert "max_map_count" not in found.commands[0].text
