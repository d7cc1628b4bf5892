"""What a node received over its network, read before and after each role."""

from collections.abc import Callable

from infra.session import Asked, NoAnswerError

# containers' and bonded interfaces would count the same bytes twice
_NOT_COUNTED = "lo|docker|veth|br-|virbr|cni|flannel|tun|tap|bond|team|vlan|wg"
COMMAND = (
    'awk \'NR > 2 { sub(/:/, " "); '
    f"if ($1 !~ /^({_NOT_COUNTED})/ && $1 !~ /[.]/) sum += $2 }} "
    'END { printf "%.0f\\n", sum }\' /proc/net/dev'
)
"""Shell text that prints the bytes that came in since the interfaces are there."""
_SECONDS = 10.0


class Meter:
    """Bytes received since it was last read; a node that does not answer counts nothing."""

    def __init__(self, session: Callable[[], Asked]) -> None:
        """A meter that connects when it is first read, and again after a reboot."""
        self._session = session
        self._asked: Asked | None = None
        self._count = 0

    def read(self) -> int:
        """Bytes since the last reading; a counter that is lower than it was began anew."""
        count = self._now()
        if count is None:
            return 0
        before, self._count = self._count, count
        return count - before if count >= before else count

    def close(self) -> None:
        """Drop the connection."""
        if self._asked is not None:
            self._asked.close()
        self._asked = None

    def _now(self) -> int | None:
        for _ in range(2):  # a connection that a reboot ended is made anew once
            try:
                return int(self._connected().run(COMMAND, seconds=_SECONDS).stdout)
            except (NoAnswerError, ValueError):
                self.close()
        return None

    def _connected(self) -> Asked:
        if self._asked is None:
            self._asked = self._session()
            self._asked.open()
        return self._asked
