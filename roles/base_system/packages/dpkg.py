"""dpkg's locks, and the packages at which it was interrupted."""

import shlex
from collections.abc import Iterable

LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
)
"""apt's timeout covers the first two alone."""

_PROBE = (
    "for (@ARGV) { open(my $file, q(<), $_) or next; "
    "my $lock = pack(q(ssx4qqix4), F_WRLCK, 0, 0, 0, 0); "
    "fcntl($file, F_GETLK, $lock) or next; "
    "my ($kind, $holder) = (unpack(q(ssx4qqi), $lock))[0, 4]; next if $kind == F_UNLCK; "
    "open(my $comm, q(<), qq(/proc/$holder/comm)); chomp(my $who = <$comm> // q(a process)); "
    'print "$_ is held by process $holder ($who)\\n"; exit 1 }'
)

# perl is essential on every Debian and Ubuntu, and asks without taking the lock
LOCKS_FREE = f"perl -MFcntl -e '{_PROBE}' {' '.join(LOCKS)}"
"""Shell text that fails while another process holds one of the locks, and says which and who."""

BROKEN_COMMAND = (
    "dpkg-query -W -f '${db:Status-Abbrev}|${binary:Package}\\n' | "
    "sed -nE 's/^(.[UHFWt].|..R)\\|//p'; "
    "find /var/lib/dpkg/updates -type f -name '[0-9]*' 2>/dev/null"
)
"""Shell text that prints packages that are not fully installed, and dpkg's unfinished records."""


def others(patterns: Iterable[str]) -> str:
    """Shell text that leaves out packages whose names begin with one of these expressions."""
    return "grep -Ev " + shlex.quote(f"^({'|'.join(patterns)})")


def parse_broken(lines: list[str]) -> tuple[str, ...]:
    """Packages and records from the answer to `BROKEN_COMMAND`."""
    return tuple(line.strip() for line in lines if line.strip())
