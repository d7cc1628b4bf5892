"""Facts of the container runtime; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.container_runtime import cdi, daemon, packages


class Offers(FactBase[dict[str, tuple[str, ...]]]):
    """Versions that the host's package sources offer, newest first."""

    def command(self, names: tuple[str, ...]) -> str:
        """Ask apt for these names."""
        return packages.offers_command(names)

    @staticmethod
    def default() -> dict[str, tuple[str, ...]]:
        """Nothing offered."""
        return {}

    def process(self, output: list[str]) -> dict[str, tuple[str, ...]]:
        """Parse the answer."""
        return packages.parse_offers(output)


class DaemonIsStale(FactBase[bool]):
    """Whether the running engine started before its configuration was written."""

    def command(self) -> str:
        """Compare the two times."""
        return daemon.STALE_COMMAND

    @staticmethod
    def default() -> bool:
        """Not known to be."""
        return False

    def process(self, output: list[str]) -> bool:
        """Look for the word."""
        return "stale" in output


class Configuration(FactBase[str]):
    """Text of daemon.json, with what is secret hidden; empty when there is none."""

    def command(self) -> str:
        """Read the file."""
        return daemon.SHOW_COMMAND

    @staticmethod
    def default() -> str:
        """Nothing."""
        return ""

    def process(self, output: list[str]) -> str:
        """Join the lines."""
        return "".join(f"{line}\n" for line in output)


class RecordedConfiguration(FactBase[str]):
    """How the recorded daemon.json stands to the one in place: `none`, `same` or `other`."""

    def command(self) -> str:
        """Compare them."""
        return daemon.RECORD_COMMAND

    @staticmethod
    def default() -> str:
        """Nothing recorded."""
        return "none"

    def process(self, output: list[str]) -> str:
        """Take the word."""
        return output[-1].strip()


class RecordedRuns(FactBase[bool]):
    """Whether Docker runs with the recorded daemon.json although another one is in place."""

    def command(self) -> str:
        """Compare the two times."""
        return daemon.RUNS_COMMAND

    @staticmethod
    def default() -> bool:
        """Not known to."""
        return False

    def process(self, output: list[str]) -> bool:
        """Look for the word."""
        return "runs" in output


class Gpus(FactBase[cdi.State]):
    """Loaded driver, devices, toolkit and CDI specification."""

    def command(self) -> str:
        """Ask in one command."""
        return cdi.COMMAND

    @staticmethod
    def default() -> cdi.State:
        """Nothing there."""
        return cdi.State()

    def process(self, output: list[str]) -> cdi.State:
        """Parse the answer."""
        return cdi.parse(output)
