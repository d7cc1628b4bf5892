"""Facts of the footing; what they print is parsed in the modules named."""

from pyinfra.api.facts import FactBase

from roles.base_system.footing import own_name


class UnknownName(FactBase[str | None]):
    """The host's name where /etc/hosts lacks it."""

    def command(self) -> str:
        """Look for it."""
        return own_name.COMMAND

    def process(self, output: list[str]) -> str | None:
        """Parse the answer."""
        return own_name.parse(output)
