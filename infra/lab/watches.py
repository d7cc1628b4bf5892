"""inotify instances: every host's systemd and Docker take some, and all are root's."""

from pathlib import Path

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH = 1024


def ensure(limit: Path = LIMIT) -> None:
    """Let root have as many as several hosts need; a machine that grants more keeps what it has.

    Without one Docker starts, and ends when a container asks for a GPU.
    """
    if int(limit.read_text()) < ENOUGH:
        limit.write_text(f"{ENOUGH}\n")
