"""A driver on real hosts: moved, switched, held, mended, adopted, replaced."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from labhosts import INVENTORY, Ended, Infra, Shell

HOSTS = {"gpu-1": 0, "gpu-2": 1}
"""The Ubuntu-named host, whose modules are prebuilt, and the Debian one with DKMS."""
GOOD, NEWER = "580.95.05", "580.126.09"
BRANCH = {"gpu-1": "570.195.03", "gpu-2": "590.48.01"}
EVERY_UPGRADE = """
export DEBIAN_FRONTEND=noninteractive
cat >/etc/apt/apt.conf.d/99lab-origins <<'X'
Unattended-Upgrade::Origins-Pattern { "origin=infra-lab"; };
Unattended-Upgrade::Allowed-Origins { "infra-lab:${distro_codename}"; "infra-lab:trixie"; };
X
apt-get -q update
apt-get -q -y -o DPkg::Lock::Timeout=60 dist-upgrade
unattended-upgrade -v
rm -f /etc/apt/apt.conf.d/99lab-origins
"""
PACKAGES = "dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n' | grep -E '%s' | sort"
DRIVER = r"nvidia|libcuda|linux-(image|headers|modules)"
FORGET = """
apt-mark unhold $(cat /var/lib/infra/gpu_driver)
rm -f /var/lib/infra/gpu_driver /var/lib/infra/gpu_driver_good.json \
  /etc/apt/preferences.d/00-infra-gpu-driver /etc/apt/apt.conf.d/53infra-gpu-driver
"""
debian = pytest.mark.parametrize("node", ["gpu-2"])
ubuntu = pytest.mark.parametrize("node", ["gpu-1"])
both = pytest.mark.parametrize("node", list(HOSTS))


def changed(folder: Path, node: str, **driver: object) -> Path:
    """The lab's inventory with other settings of a node's driver."""
    path = folder / "lab.py"
    lock = INVENTORY.with_name("lab.lock.yaml")
    path.with_name("lab.lock.yaml").write_text(lock.read_text())
    given = f"gpu_nodes[0][{HOSTS[node]}][1]['gpu_driver'].update({driver!r})"
    mirror = "_NVIDIA = _mirror('trixie', 'nvidia')"
    path.write_text(f"{INVENTORY.read_text()}\n{mirror}\n{given}\n".replace("'@nvidia'", "_NVIDIA"))
    return path


def deploy(infra: Infra, inventory: Path, node: str) -> Ended:
    return infra("deploy", str(inventory), "--limit", node, "--yes")


def moved(infra: Infra, folder: Path, node: str, **driver: object) -> Ended:
    done = deploy(infra, changed(folder, node, **driver), node)
    assert done.code == 0, done.out + done.err
    return done


def boot_id(shell: Shell, node: str) -> str:
    return shell(node, "cat /proc/sys/kernel/random/boot_id")


def loaded(shell: Shell, node: str) -> str:
    found = re.search(r"  (\d+\.[\d.]+)  ", shell(node, "cat /proc/driver/nvidia/version"))
    return found[1] if found is not None else ""


def packages(shell: Shell, node: str, names: str = DRIVER) -> str:
    return shell(node, f"{PACKAGES % names} || true")


@pytest.fixture
def home(deployed: Ended, infra: Infra, node: str) -> Iterator[None]:
    """The test's host as the lab's inventory promises it, before and after."""
    yield
    back = deploy(infra, INVENTORY, node)
    assert back.code == 0, back.out


def test_a_second_deploy_moves_nothing_and_apt_would_not_either(
    deployed: Ended, infra: Infra, shell: Shell
) -> None:
    node = "gpu-2"
    before = boot_id(shell, node), packages(shell, node)
    again = deploy(infra, INVENTORY, node)
    assert again.code == 0, again.out
    assert again.json["nodes"][0]["changed"] == 0
    assert (boot_id(shell, node), packages(shell, node)) == before
    simulated = shell(node, "apt-get -s dist-upgrade | grep -E '^(Inst|Remv)' || true")
    assert not re.search(DRIVER, simulated), simulated
    assert "linux-headers-amd64" in shell(node, "apt-mark showhold")


@pytest.mark.slow
@both
def test_a_driver_moves_up_and_down_with_one_boot_each(
    home: None, infra: Infra, shell: Shell, tmp_path: Path, node: str
) -> None:
    boots = [boot_id(shell, node)]
    for version in (NEWER, GOOD):
        done = moved(infra, tmp_path, node, version=version)
        boots.append(boot_id(shell, node))
        assert loaded(shell, node) == version
        assert len(done.json["nodes"][0]["rebooted"]) == 1
        checked = infra("check", str(changed(tmp_path, node, version=version)), "--limit", node)
        assert checked.code == 0, checked.out
        assert moved(infra, tmp_path, node, version=version).json["nodes"][0]["changed"] == 0
        assert boot_id(shell, node) == boots[-1]
    assert len(set(boots)) == 3


@pytest.mark.slow
@both
def test_a_branch_is_switched_in_one_step_and_leaves_nothing_behind(
    home: None, infra: Infra, shell: Shell, tmp_path: Path, node: str
) -> None:
    before = boot_id(shell, node)
    moved(infra, tmp_path, node, version=BRANCH[node])
    assert boot_id(shell, node) != before
    assert loaded(shell, node) == BRANCH[node]
    there = [line for line in packages(shell, node).splitlines() if line.endswith(" installed")]
    assert not [line for line in there if "580" in line]
    checked = infra("check", str(changed(tmp_path, node, version=BRANCH[node])), "--limit", node)
    assert checked.code == 0, checked.out


@pytest.mark.slow
@both
def test_upgrades_that_run_for_real_leave_driver_and_kernel(
    home: None, infra: Infra, shell: Shell, node: str
) -> None:
    before = boot_id(shell, node), packages(shell, node), loaded(shell, node)
    shell(node, EVERY_UPGRADE)
    assert (boot_id(shell, node), packages(shell, node), loaded(shell, node)) == before
    assert infra("check", str(INVENTORY), "--limit", node, "--role", "gpu_driver").code == 0


@pytest.mark.slow
@both
def test_automatic_upgrades_leave_what_lost_its_hold(
    home: None, infra: Infra, shell: Shell, node: str
) -> None:
    before = boot_id(shell, node), packages(shell, node)
    shell(node, "apt-mark unhold $(apt-mark showhold)")
    shell(node, EVERY_UPGRADE.replace("apt-get -q -y", "true"))
    assert (boot_id(shell, node), packages(shell, node)) == before
    mended = deploy(infra, INVENTORY, node)
    assert mended.code == 0 and mended.json["nodes"][0]["rebooted"] == []


@pytest.mark.slow
@debian
def test_a_half_finished_upgrade_is_mended_without_a_boot(
    home: None, infra: Infra, shell: Shell, node: str
) -> None:
    before = boot_id(shell, node), packages(shell, node)
    shell(
        node,
        f"cd /tmp && apt-get -q download libcuda1={NEWER}-1 libnvidia-ml1={NEWER}-1 && "
        "dpkg --force-hold --force-depends --unpack libcuda1_*.deb libnvidia-ml1_*.deb; rm *.deb",
    )
    assert infra("check", str(INVENTORY), "--limit", node, "--role", "gpu_driver").code == 1
    mended = deploy(infra, INVENTORY, node)
    assert mended.code == 0, mended.out
    assert (boot_id(shell, node), packages(shell, node)) == before
    assert shell(node, "dpkg --audit") == ""


@pytest.mark.slow
@both
def test_a_driver_that_somebody_installed_is_pinned_where_it_is(
    home: None, infra: Infra, shell: Shell, node: str
) -> None:
    before = boot_id(shell, node), packages(shell, node)
    shell(node, FORGET)
    adopted = deploy(infra, INVENTORY, node)
    assert adopted.code == 0, adopted.out
    assert (boot_id(shell, node), packages(shell, node)) == before
    assert infra("check", str(INVENTORY), "--limit", node, "--role", "gpu_driver").code == 0


@pytest.mark.slow
@ubuntu
def test_another_origins_driver_is_replaced_only_when_that_is_asked(
    home: None, infra: Infra, shell: Shell, tmp_path: Path, node: str
) -> None:
    there = {"origin": "nvidia", "repository": "@nvidia"}
    before = packages(shell, node)
    refused = deploy(infra, changed(tmp_path, node, **there), node)
    assert refused.code == 1
    assert "gpu_driver.replace_foreign = True" in " ".join(refused.out.split())
    assert packages(shell, node) == before
    moved(infra, tmp_path, node, **there, replace_foreign=True)
    assert "-580-server" not in packages(shell, node)
    assert loaded(shell, node) == GOOD
    moved(infra, tmp_path, node, replace_foreign=True)
    assert packages(shell, node, "nvidia-dkms|^libcuda1") == ""
