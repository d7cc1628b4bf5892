"""Kernel parameters: the role's own, and what runs against what is promised."""

import shlex
from collections.abc import Mapping

PATH = "/etc/sysctl.d/60-infra.conf"

DEFAULTS = {
    # model weights and pinned buffers in RAM are worth more than a larger page cache
    "vm.swappiness": 10,
    # an engine maps every shard of a model and every CUDA module; Debian allows 65530 mappings
    "vm.max_map_count": 1048576,
    # log collectors and container engines watch more files than the 8192 of small hosts
    "fs.inotify.max_user_watches": 524288,
    # moving pages between sockets stalls the threads that feed the GPUs
    "kernel.numa_balancing": 0,
    # a host that nobody watches boots again 10 s after a panic
    "kernel.panic": 10,
    # addresses and messages of the kernel help an attacker first of all; root still reads dmesg
    "kernel.kptr_restrict": 2,
    "kernel.dmesg_restrict": 1,
    # nobody on the wire may tell this host another way, nor does it tell others
    "net.ipv4.conf.all.accept_redirects": 0,
    "net.ipv4.conf.default.accept_redirects": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv4.conf.default.accept_source_route": 0,
    "net.ipv6.conf.all.accept_redirects": 0,
    "net.ipv6.conf.default.accept_redirects": 0,
}
"""The role's own parameters; one that a host's kernel does not have is not promised."""

_APPLY = "/lib/systemd/systemd-sysctl"


def path_of(parameter: str) -> str:
    """Path below /proc/sys; the first separator decides what a dot means, as sysctl has it."""
    if "/" in parameter and "." not in parameter.partition("/")[0]:
        return parameter
    return parameter.translate(str.maketrans("./", "/."))


def command(parameters: tuple[str, ...]) -> str:
    """Shell text that prints a line `name=value` for each parameter that the kernel has."""
    asked = (
        f"[ ! -e {_file(key)} ] || echo {shlex.quote(key)}=$(cat {_file(key)})"
        for key in parameters
    )
    return "; ".join(("set -f", *asked))


def parse(lines: list[str]) -> dict[str, str]:
    """Running values by name, from the answer to `command`."""
    rows = (line.partition("=") for line in lines if "=" in line)
    return {key: _plain(value) for key, _, value in rows}


def differing(parameters: Mapping[str, str], *, running: Mapping[str, str]) -> dict[str, str]:
    """Promised values of the parameters that run with others.

    A parameter that the kernel does not have differs only when it is none of the role's own.
    """
    return {
        key: _plain(value)
        for key, value in parameters.items()
        if running.get(key, _plain(value) if key in DEFAULTS else None) != _plain(value)
    }


def apply_command(wanted: Mapping[str, str]) -> str:
    """Shell text that applies the file; fails, saying why, when a value does not come to hold."""
    proofs = (
        f"found=$(echo $(cat {_file(key)} 2>/dev/null || echo unknown)); "
        f'[ "$found" = {shlex.quote(value)} ] || {{ echo {shlex.quote(key)} "stays $found: '
        f'this host cannot set it; give it None in base_system.sysctl" >&2; exit 1; }}'
        for key, value in wanted.items()
    )
    return "; ".join(("set -f", f"{_APPLY} {PATH}", *proofs))


BOOT_COMMAND = f"{_APPLY} --cat-config"
"""Shell text that prints all files that set parameters at boot, the winning ones last."""


def parse_boot(lines: list[str]) -> dict[str, str]:
    """Values that parameters get at boot, by path, from the answer to `BOOT_COMMAND`."""
    rows = (line.strip().lstrip("-").partition("=") for line in lines if _assigns(line))
    return {path_of(key.strip()): _plain(value) for key, _, value in rows}


def _assigns(line: str) -> bool:
    return "=" in line and not line.lstrip().startswith(("#", ";"))


def _plain(value: str) -> str:
    return " ".join(value.split())


def _file(parameter: str) -> str:
    return shlex.quote(f"/proc/sys/{path_of(parameter)}")
