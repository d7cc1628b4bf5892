"""Facts of packages; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.base_system.packages import dpkg, kernel, sources


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
