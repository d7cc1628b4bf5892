"""Torch, loaded where it is used: only the container that measures has it."""

import importlib
from typing import Any


def torch() -> Any:  # noqa: ANN401
    """The library; its parts are reached through it."""
    return importlib.import_module("torch")


def distributed() -> Any:  # noqa: ANN401
    """Its part for processes that compute together."""
    return importlib.import_module("torch.distributed")
