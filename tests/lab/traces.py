"""Where a secret may have left a trace: process lists, files that others may read, the journal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labhosts import LAB, Shell


@contextmanager
def watching(words: list[str], seen: dict[str, Any]) -> Iterator[None]:
    """Watch the process lists of both sides: the hosts' processes are this machine's too."""
    script = Path(__file__).with_name("process_lists.py")
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watch:
        assert watch.stdin is not None and watch.stdout is not None
        watch.stdin.write("\n".join(words).encode())
        watch.stdin.flush()
        assert watch.stdout.readline() == b"watching\n"
        yield
        watch.stdin.close()
        seen |= json.loads(watch.stdout.read())


def readable_here(words: list[str], *, since: float) -> list[str]:
    """Files of this machine written since then that others may read and that hold a word."""
    places = ["/tmp", "/var/tmp", "/run", "/var/log", "/dev/shm", str(Path.home()), str(LAB)]
    found = subprocess.run(
        ["find", *places, "-xdev", "-type", "f", "-perm", "/044", "-newermt", f"@{since}"],
        capture_output=True,
        text=True,
    )
    return [path for path in found.stdout.splitlines() if holds(Path(path), words)]


def holds(path: Path, words: list[str]) -> bool:
    try:
        content = path.read_bytes() if path.stat().st_size < 20_000_000 else b""
    except OSError:  # somebody's temporary file
        return False
    return any(word.encode() in content for word in words)


def readable(shell: Shell, node: str, words: list[str]) -> str:
    """What of a host shows a word to others: files by path, then who else told it."""
    return shell(
        node,
        f"""umask 077; words=$(mktemp); trap 'rm -f "$words"' EXIT
cat >"$words" <<'END'
{chr(10).join(words)}
END
as_stranger() {{ setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$1" 2>/dev/null; }}
find / /run /tmp /var/tmp /dev/shm -xdev -type f -perm /044 -size -20M \
  -exec grep -lF -f "$words" {{}} + 2>/dev/null | sort -u |
  while read -r file; do as_stranger "stat '$file'" >/dev/null && echo "$file"; done
tells() {{ grep -qF -f "$words" && echo "$1"; }}
journalctl -q --no-pager -a -o verbose | tells 'the journal'
as_stranger 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline' | tells 'a process'
as_stranger 'systemctl show --all "*"' | tells 'systemd'
as_stranger 'docker inspect infra-engine' | tells 'Docker'
true
""",
    )
