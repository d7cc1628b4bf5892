"""What the lab tests know of the lab's hosts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INVENTORY = ROOT / "inventories" / "lab.py"
LAB = Path("/var/lib/infra-lab")
ADDRESS = {"gpu-1": "10.77.0.11", "gpu-2": "10.77.0.12", "balancer-1": "10.77.0.21"}
USER = {"gpu-1": "ubuntu", "gpu-2": "root", "balancer-1": "root"}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote with --json."""

    code: int
    out: str
    err: str
    json: dict[str, Any]


Infra = Callable[..., Ended]
Shell = Callable[..., str]
