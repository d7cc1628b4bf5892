"""Where an engine is asked directly, past every balancer."""

from roles.inference_engine.container import host_port
from roles.inference_engine.settings import InferenceEngineSettings


def base_url(settings: InferenceEngineSettings) -> str:
    """Where its API begins, e.g. `http://10.0.0.11:8000/v1`."""
    return f"http://{host_port(settings.address or '127.0.0.1', settings.port)}/v1"
