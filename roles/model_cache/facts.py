"""Facts of the model store; what they print is parsed in `stored.py`."""

from pyinfra.api.facts import FactBase

from roles.model_cache import stored
from roles.model_cache.settings import ModelCacheSettings


class StoredModel(FactBase[stored.Stored]):
    """A model's file, its proof, its current link and its versions."""

    def command(self, settings: ModelCacheSettings, model: str) -> str:
        """Ask for one model."""
        return stored.command(settings, model)

    @staticmethod
    def default() -> stored.Stored:
        """Nothing there."""
        return stored.Stored()

    def process(self, output: list[str]) -> stored.Stored:
        """Parse the answer."""
        return stored.parse(output)


class Leftovers(FactBase[tuple[str, ...]]):
    """Unfinished files that nobody has written to for a day."""

    def command(self, settings: ModelCacheSettings) -> str:
        """Look for them."""
        return stored.leftovers_command(settings)

    @staticmethod
    def default() -> tuple[str, ...]:
        """None."""
        return ()

    def process(self, output: list[str]) -> tuple[str, ...]:
        """Take the paths."""
        return tuple(line for line in output if line)
