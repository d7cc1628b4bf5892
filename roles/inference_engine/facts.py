"""Facts of inference_engine."""

from pyinfra.api.facts import FactBase

from roles.inference_engine import record, running
from roles.inference_engine.image import parse
from roles.inference_engine.record import Record
from roles.inference_engine.running import PulledImage, Running


class EngineContainer(FactBase[Running | None]):
    """The engine's container; None when there is none."""

    def command(self) -> str:
        """Ask docker."""
        return running.CONTAINER_COMMAND

    def process(self, output: list[str]) -> Running | None:
        """Parse the answer."""
        return running.parse_container("\n".join(output))


class EngineImage(FactBase[PulledImage | None]):
    """A pinned image on the host; None when it is not there."""

    def command(self, image: str) -> str:
        """Ask docker."""
        return running.image_command(parse(image))

    def process(self, output: list[str]) -> PulledImage | None:
        """Parse the answer."""
        return running.parse_image("\n".join(output))


class ProvenEngine(FactBase[Record | None]):
    """The last engine that answered, as it is recorded; None when there was none."""

    def command(self) -> str:
        """Read the record."""
        return record.COMMAND

    @staticmethod
    def default() -> None:
        """Never proven."""
        return None

    def process(self, output: list[str]) -> Record | None:
        """Parse the answer."""
        return record.parse(output)
