"""One engine in a container serves one model on a node's GPUs."""

from infra.role import Role
from roles.inference_engine.settings import InferenceEngineSettings

ROLE = Role("inference_engine", settings=InferenceEngineSettings)
