"""Whether a node serves: what is asked of its engine, and for whom it serves."""

from roles.inference_engine import readiness
from roles.inference_engine.settings import InferenceEngineSettings


def question(settings: InferenceEngineSettings) -> str:
    """Shell text that succeeds when the engine that is installed there answers one token.

    That need not be the promised one: after a way back it is the one before.
    """
    return readiness.INSTALLED


def pool(settings: InferenceEngineSettings) -> str:
    """Name of the model for which clients ask."""
    return settings.name_for_clients


def patience(settings: InferenceEngineSettings) -> int:
    """Seconds that the engine may take from its start until it answers."""
    return settings.start_seconds
