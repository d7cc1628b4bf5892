"""Facts of host_firewall; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.host_firewall import foreign, standing


class Standing(FactBase[standing.Standing]):
    """How far the promised rules have come."""

    def command(self) -> str:
        """Ask in one command."""
        return standing.COMMAND

    @staticmethod
    def default() -> standing.Standing:
        """Nowhere."""
        return standing.Standing()

    def process(self, output: list[str]) -> standing.Standing:
        """Parse the answer."""
        return standing.parse(output)


class Foreign(FactBase[foreign.Found]):
    """Firewalls that are there already."""

    def command(self) -> str:
        """Ask in one command."""
        return foreign.COMMAND

    @staticmethod
    def default() -> foreign.Found:
        """None."""
        return foreign.Found()

    def process(self, output: list[str]) -> foreign.Found:
        """Parse the answer."""
        return foreign.parse(output)
