"""Root file systems that hosts start from: plain Debian, built once and kept."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.lab import place
from infra.lab.package_sources import require_keys, source_lines
from infra.lab.shell import run
from infra.lab.spec import OsName

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "sudo", "tzdata"),
    *("iproute2", "iputils-ping", "netbase", "nftables", "ca-certificates", "curl", "gpgv"),
    *("procps", "kmod", "pciutils", "needrestart", "unattended-upgrades"),
)
"""What a cloud image brings beyond the essential packages; nothing that a role installs."""

LEAN = ("man", "locale", "doc", "info")
"""Folders of /usr/share that no package brings to a host, as on minimal cloud images."""

_TRACES = (
    *("etc/ssh/ssh_host_*", "etc/machine-id", "etc/hostname", "etc/resolv.conf"),
    *("etc/apt/sources.list", "etc/apt/sources.list.d/*"),
    *("etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap"),
)

_SCRIPT = """
mount -t tmpfs -o mode=0755 tmpfs "$1"
shift
exec env TMPDIR="$PWD" eatmydata mmdebstrap "$@"
"""

_APART = """
trap 'exit 130' INT TERM HUP
setsid "$@" &
wait $!
"""


def suite_of(os_name: OsName) -> str:
    """The Debian suite that a host with this operating system is made of."""
    return "bookworm" if os_name == "debian-12" else "trixie"


def base(suite: str, say: Callable[[str], None]) -> Path:
    """The root file system of a Debian suite for hosts to start from, read-only by agreement.

    Built on the first call (about a minute) and found again as long as its recipe stays.
    """
    kept = place.CACHE / "bases" / f"{suite}-{recipe(suite)}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not kept.exists():
        require_keys(suite)
        say(f"Building the base system of Debian {suite} (once) …")
        _build(suite, kept)
    return kept / "root"


def recipe(suite: str) -> str:
    """A short hash of all that decides what is in a base."""
    parts = (suite, PACKAGES, LEAN, _lean_rules(), _SCRIPT)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _build(suite: str, kept: Path) -> None:
    fresh = kept.with_name(f".{suite}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "root").mkdir(parents=True)
    tar = fresh / "base.tar"
    bootstrap(suite, packages=PACKAGES, tar=tar, scratch=fresh / "scratch")
    run(["tar", "-C", fresh / "root", "--numeric-owner", "--xattrs", "-xf", tar])
    tar.unlink()
    shutil.copy(fresh / "root/etc/apt/sources.list", fresh / "sources.list")
    clean_up(fresh / "root")
    fresh.rename(kept)


def apart(*command: str) -> tuple[str, ...]:
    """The command in a process group of its own, whose parent stays in the caller's for Ctrl-C.

    mmdebstrap hangs up on its group when it fails, which would end this program as well.
    """
    return ("sh", "-ec", _APART, "sh", *command)


def bootstrap(suite: str, *, packages: Sequence[str], tar: Path, scratch: Path) -> None:
    """Write a bootstrapped system to a tar file, in memory until then.

    Its mounts and processes live in namespaces that end with this process, however it ends.
    """
    scratch.mkdir()
    alone = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork"]
    alone += ["--mount-proc", "--kill-child"]
    shell = apart("sh", "-ec", _SCRIPT, "sh", str(scratch))
    options = ["--variant=minbase", "--mode=root", "--format=tar"]
    options += [f"--include={','.join(packages)}"]
    options += [f"--aptopt={line}" for line in _apt_options()]
    options += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEAN]
    # Without a line, on a machine that knows no mirror of Debian, mmdebstrap takes its default
    command = [*alone, *shell, *options, suite, str(tar), *source_lines(suite)]
    # A kernel among the packages is not given a first root, which would take a minute
    run(command, cwd=scratch, env={"INITRD": "No"}, name=f"mmdebstrap {suite}")
    scratch.rmdir()


def _apt_options() -> list[str]:
    """How this machine's apt reaches its mirror, and no recommended packages."""
    dump = run(["apt-config", "dump"]).splitlines()
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-")
    network = [line for line in dump if line.startswith(wanted) and not line.endswith('"";')]
    return ['APT::Install-Recommends "false";', *network]


def clean_up(root: Path) -> None:
    """Take out what belongs to one host or to the machine that the base was built on."""
    for pattern in _TRACES:
        for path in root.glob(pattern):
            path.unlink()
    excludes = root / "etc/dpkg/dpkg.cfg.d/excludes"
    excludes.write_text(_lean_rules())


def _lean_rules() -> str:
    return "".join(f"path-exclude=/usr/share/{name}/*\n" for name in LEAN)
