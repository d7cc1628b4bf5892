"""Facts of gpu_interconnect; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.gpu_interconnect import evidence, grants, links, record, state


class HostState(FactBase[state.State]):
    """Driver and GPUs as they are now."""

    def command(self) -> str:
        """Ask in one command."""
        return state.COMMAND

    @staticmethod
    def default() -> state.State:
        """No GPU."""
        return state.State()

    def process(self, output: list[str]) -> state.State:
        """Parse the answer."""
        return state.parse(output)


class Measured(FactBase[evidence.Evidence | None]):
    """What was measured last; None when nothing was."""

    def command(self) -> str:
        """Read the record."""
        return record.MEASURED_COMMAND

    @staticmethod
    def default() -> None:
        """Nothing."""
        return None

    def process(self, output: list[str]) -> evidence.Evidence | None:
        """Parse the record."""
        return evidence.parse(output)


class Paths(FactBase[links.Links]):
    """The link between each two GPUs."""

    def command(self) -> str:
        """Ask the driver."""
        return links.COMMAND

    @staticmethod
    def default() -> links.Links:
        """None known."""
        return links.Links()

    def process(self, output: list[str]) -> links.Links:
        """Parse the matrix."""
        return links.parse("\n".join(output))


class Granted(FactBase[grants.Grants]):
    """What the driver grants between GPUs now."""

    def command(self) -> str:
        """Ask the driver."""
        return grants.COMMAND

    @staticmethod
    def default() -> grants.Grants:
        """Nothing known."""
        return grants.Grants()

    def process(self, output: list[str]) -> grants.Grants:
        """Parse the matrix."""
        return grants.parse("\n".join(output))
