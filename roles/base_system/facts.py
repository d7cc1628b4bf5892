"""Facts of the base system; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.base_system import admins, clock, freshness, parameters, ssh


class Clock(FactBase[clock.Clock | None]):
    """Time zone and who keeps the clock."""

    def command(self) -> str:
        """Ask in one command."""
        return clock.COMMAND

    def process(self, output: list[str]) -> clock.Clock:
        """Parse the answer."""
        return clock.parse(output)


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


class SshIsStale(FactBase[bool]):
    """Whether the running sshd has not read what is promised."""

    def command(self) -> str:
        """Compare files and times."""
        return ssh.standing_command()

    @staticmethod
    def default() -> bool:
        """Not known to be."""
        return False

    def process(self, output: list[str]) -> bool:
        """Look for the word."""
        return freshness.parse(output)
