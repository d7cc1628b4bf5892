"""What may happen to packages without us: apt's waiting, automatic upgrades, needrestart."""

import re
from collections.abc import Iterable, Mapping

APT_PATH = "/etc/apt/apt.conf.d/90infra"
UPGRADES_PATH = "/etc/apt/apt.conf.d/52infra-unattended-upgrades"
NEEDRESTART_PATH = "/etc/needrestart/conf.d/90-infra.conf"
SILENCE_SECONDS = 15
"""How long a mirror may say nothing; a caching one fetches a large package itself meanwhile."""

EXCEPTIONS = (
    # the driver: user space, modules and what is built against one exact version of them
    *("nvidia-", "libnvidia-", "linux-modules-nvidia-", "linux-objects-nvidia-"),
    *("linux-signatures-nvidia-", "xserver-xorg-video-nvidia", "firmware-nvidia-"),
    *("cuda-", "libcuda", "libnccl", "datacenter-gpu-manager"),
    # containers: a new engine restarts them all, a new toolkit takes their GPUs away
    *("nvidia-container", "libnvidia-container", "docker", "containerd", "runc"),
    # the kernel: the driver's module exists for the one that runs
    *("linux-image-", "linux-headers-", "linux-modules-", "linux-generic"),
    r"linux-(virtual|server|lowlatency|aws|azure|gcp|oracle|kvm|nvidia)",
)
"""Expressions for the beginning of names that automatic upgrades leave alone."""

DUMP_COMMAND = (
    "apt-config dump | grep -E '^(DPkg::Lock|Acquire::Retries|APT::Periodic|Unattended-Upgrade)'"
)
"""Shell text that prints apt's configuration, but for its proxies, which may hold passwords."""

_LINE = re.compile(r'^(?P<key>\S+) "(?P<value>.*)";$')
_LIST = "Unattended-Upgrade::Package-Blacklist::"
_ORIGINS = ("Unattended-Upgrade::Origins-Pattern::", "Unattended-Upgrade::Allowed-Origins::")


def parse_dump(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """Values by key from the answer to `DUMP_COMMAND`; a list's key ends in `::`."""
    values: dict[str, tuple[str, ...]] = {}
    for found in filter(None, map(_LINE.match, lines)):
        values[found["key"]] = (*values.get(found["key"], ()), found["value"])
    return values


def unguarded(dump: Mapping[str, tuple[str, ...]], *, promised: Iterable[str]) -> list[str]:
    """Expressions that are promised and that automatic upgrades do not heed."""
    heeded = dump.get(_LIST, ())
    return [expression for expression in promised if expression not in heeded]


def takes_security_updates(dump: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a security archive is among the origins of automatic upgrades."""
    origins = (origin for key in _ORIGINS for origin in dump.get(key, ()))
    return any("security" in origin.lower() for origin in origins)


NEEDRESTART_COMMAND = (
    "if [ -e /etc/needrestart/needrestart.conf ]; then perl -e "
    "'our %nrconf = (verbosity => 0); our $LOGPREF = q(); "
    "eval do { local (@ARGV, $/) = q(/etc/needrestart/needrestart.conf); <> }; "
    "print $@ || $nrconf{restart} || q(i)'; else echo absent; fi"
)
"""Shell text that prints needrestart's mode as it reads its files: l lists, a and i restart."""
