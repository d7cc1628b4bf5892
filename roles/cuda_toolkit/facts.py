"""Facts of the CUDA toolkit; what they print is parsed in `toolkit.py`."""

from pyinfra.api.facts import FactBase

from roles.cuda_toolkit import toolkit


class Toolkit(FactBase[toolkit.State]):
    """Installed toolkit packages, offered versions, and where the link leads."""

    def command(self, version: str) -> str:
        """Ask in one command."""
        self.version = version
        return toolkit.command(version)

    @staticmethod
    def default() -> toolkit.State:
        """Nothing there."""
        return toolkit.State()

    def process(self, output: list[str]) -> toolkit.State:
        """Parse the answer."""
        return toolkit.parse(output, version=self.version)


class MovedDrivers(FactBase[tuple[str, ...]]):
    """Driver packages that apt would touch to install the toolkit."""

    def command(self, asked: str) -> str:
        """Ask apt to simulate."""
        return toolkit.simulate_command(asked)

    @staticmethod
    def default() -> tuple[str, ...]:
        """None."""
        return ()

    def process(self, output: list[str]) -> tuple[str, ...]:
        """Look for drivers."""
        return toolkit.moved_drivers(output)
