"""What a node received over its network, read before and after each role."""

from collections.abc import Callable

from infra.session import Asked, NoAnswerError

# containers' and bonded interfaces would count the same bytes twice
_NOT_COUNTED = "lo|docker|veth|br-|virbr|cni|flannel|tun|tap|bond|team|vlan|wg"
COMMAND = (
    'cat /proc/sys/kernel/random/boot_id; awk \'NR > 2 { sub(/:/, " "); '
    f"if ($1 !~ /^({_NOT_COUNTED})/ && $1 !~ /[.]/) sum += $2 }} "
    'END { printf "%.0f\\n", sum }\' /proc/net/dev'
)
"""Shell text that prints the boot id, and the bytes received since that boot."""
_SECONDS = 10.0


class Meter:
    """Bytes received since it was last read; a node that does not answer counts nothing."""

    def __init__(self, session: Callable[[], Asked]) -> None:
        """A meter that connects when it is first read, and again after a reboot."""
        self._session = session
        self._asked: Asked | None = None
        self._boot, self._count = "", 0

    def read(self) -> int:
        """Bytes since the last reading; those before a reboot are lost with it."""
        boot, count = self._now()
        before = self._count if boot == self._boot else 0
        if boot:
            self._boot, self._count = boot, count
        return max(0, count - before) if boot else 0

    def close(self) -> None:
        """Drop the connection."""
        if self._asked is not None:
            self._asked.close()
        self._asked = None

    def _now(self) -> tuple[str, int]:
        for _ in range(2):  # a connection that a reboot ended is made anew once
            try:
                return parse(self._connected().run(COMMAND, seconds=_SECONDS).stdout.decode())
            except (NoAnswerError, ValueError):
                self.close()
        return "", 0

    def _connected(self) -> Asked:
        if self._asked is None:
            self._asked = self._session()
            self._asked.open()
        return self._asked


def parse(text: str) -> tuple[str, int]:
    """Boot id and bytes, from the answer to COMMAND; ValueError when it is none."""
    boot, count = text.split()
    return boot, int(count)
