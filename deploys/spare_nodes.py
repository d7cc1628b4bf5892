"""Nodes that stand by: all that a GPU node is, served from when the others are full or gone."""

from deploys.gpu_nodes import OPTIONAL, ROLES

__all__ = ["OPTIONAL", "ROLES", "STANDS_BY"]

STANDS_BY = True
