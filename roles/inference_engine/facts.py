"""Facts of inference_engine."""

from pyinfra.api.facts import FactBase

from roles.gpu_interconnect import record as interconnect_record
from roles.gpu_interconnect.choice import Choice
from roles.gpu_interconnect.choice import parse as parse_choice
from roles.inference_engine import image_cuda, record, running
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


class ImageAndDriver(FactBase[image_cuda.Pair]):
    """The CUDA version of a pinned image, the loaded driver and the cards."""

    def command(self, image: str) -> str:
        """Ask docker and the kernel."""
        return image_cuda.command(parse(image))

    @staticmethod
    def default() -> image_cuda.Pair:
        """Nothing is known."""
        return image_cuda.Pair()

    def process(self, output: list[str]) -> image_cuda.Pair:
        """Parse the answer."""
        return image_cuda.parse(output)


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


class ProvenInterconnect(FactBase[Choice | None]):
    """What engines are told of the way between the host's GPUs; None when nothing was proven."""

    def command(self) -> str:
        """Read the record."""
        return interconnect_record.ENGINE_COMMAND

    @staticmethod
    def default() -> None:
        """Nothing proven."""
        return None

    def process(self, output: list[str]) -> Choice | None:
        """Parse the record."""
        return parse_choice("\n".join(output))
