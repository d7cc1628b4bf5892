"""Facts of the base system; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.base_system import admins, clock, dpkg, freshness, kernel, parameters, sources


class Broken(FactBase[tuple[str, ...]]):
    """Packages at which dpkg was interrupted."""

    def command(self) -> str:
        """Ask dpkg's database."""
        return dpkg.BROKEN_COMMAND

    @staticmethod
    def default() -> tuple[str, ...]:
        """None."""
        return ()

    def process(self, output: list[str]) -> tuple[str, ...]:
        """Parse the answer."""
        return dpkg.parse_broken(output)


class Sources(FactBase[tuple[sources.SourceFile, ...]]):
    """Files among apt's sources."""

    def command(self) -> str:
        """Print them all."""
        return sources.COMMAND

    @staticmethod
    def default() -> tuple[sources.SourceFile, ...]:
        """No file."""
        return ()

    def process(self, output: list[str]) -> tuple[sources.SourceFile, ...]:
        """Parse the answer."""
        return sources.parse(output)


class ListsAge(FactBase[int | None]):
    """Seconds since package lists last came; None when there are none."""

    def command(self) -> str:
        """Ask the files' change times, since apt gives them the server's own dates."""
        return (
            "last=$(stat -c %Z /var/lib/apt/lists/*Release 2>/dev/null | sort -n | tail -n 1); "
            '[ -z "$last" ] || echo $(($(date +%s) - last))'
        )

    def process(self, output: list[str]) -> int:
        """Take the number."""
        return int(output[0])


class Clock(FactBase[clock.Clock | None]):
    """Time zone and who keeps the clock."""

    def command(self) -> str:
        """Ask in one command."""
        return clock.COMMAND

    def process(self, output: list[str]) -> clock.Clock:
        """Parse the answer."""
        return clock.parse(output)


class Kernel(FactBase[kernel.Kernel]):
    """Kernel packages to hold."""

    def command(self) -> str:
        """Ask uname and dpkg."""
        return kernel.COMMAND

    @staticmethod
    def default() -> kernel.Kernel:
        """None installed."""
        return kernel.Kernel(held={})

    def process(self, output: list[str]) -> kernel.Kernel:
        """Parse the answer."""
        return kernel.parse(output)


class Parameters(FactBase[dict[str, str]]):
    """Running values of kernel parameters."""

    def command(self, asked: tuple[str, ...]) -> str:
        """Ask for these."""
        return parameters.command(asked)

    @staticmethod
    def default() -> dict[str, str]:
        """None."""
        return {}

    def process(self, output: list[str]) -> dict[str, str]:
        """Parse the answer."""
        return parameters.parse(output)


class Accounts(FactBase[admins.Accounts]):
    """Who is logged in, whom infra granted rights, and the accounts of users."""

    def command(self, users: tuple[str, ...]) -> str:
        """Ask for these users."""
        return admins.command(users)

    @staticmethod
    def default() -> admins.Accounts:
        """Nobody."""
        return admins.Accounts(login="", granted=(), by_user={})

    def process(self, output: list[str]) -> admins.Accounts:
        """Parse the answer."""
        return admins.parse(output)


class Stale(FactBase[bool]):
    """Whether a running unit has not read a file as it is."""

    def command(self, unit: str, path: str) -> str:
        """Compare the two times."""
        return freshness.command(unit, path=path)

    @staticmethod
    def default() -> bool:
        """Not known to be."""
        return False

    def process(self, output: list[str]) -> bool:
        """Look for the word."""
        return freshness.parse(output)
