"""Evidence of hosts that are healthy, to be spoilt by each test in its own way."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from roles.gpu_driver import cards
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.grants import Grants
from roles.gpu_interconnect.links import Links
from roles.gpu_interconnect.measured import Measured
from roles.gpu_interconnect.state import State
from roles.pcie_topology.tree import Access, Driver, Function, Gpu, Link, Tree

MakeEvidence = Callable[..., Evidence]
X16 = Link(speed=2.5, width=16, max_speed=16.0, max_width=16)


def _gpu(number: int, *, name: str, link: Link, port: Link, uuid: str = "GPU") -> Gpu:
    bdf = f"0000:{number + 1:02x}:00.0"
    bridge = Function(f"0000:00:{number + 1:02x}.1", link=port, access=Access(able=0x1F, on=0))
    return Gpu(
        function=Function(bdf, link=link, group="identity"),
        path=(bridge,),
        driver=Driver(uuid=f"{uuid}-{number}", name=name),
    )


def _tree(count: int, *, name: str, link: Link, port: Link) -> Tree:
    assert cards.by_name(name) is not None
    made = tuple(_gpu(number, name=name, link=link, port=port) for number in range(count))
    return Tree(gpus=made, boot="boot-1")


def _ordered(count: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(count) for b in range(count) if a != b]


def document(count: int, *, rate: float) -> dict[str, Any]:
    """What the probe prints of GPUs that are all well."""
    every = list(range(count))
    return {
        "format": 1,
        "gpus": [{"index": at, "uuid": f"GPU-{at}", "name": "x"} for at in every],
        "alone": [{"index": at, "wrong_bytes": 0} for at in every],
        "pairs": [
            {
                "from": a,
                "to": b,
                "peer_access": True,
                "bytes": 1024,
                "gb_per_s": rate,
                "latency_us": 1.3,
                "staged_gb_per_s": 15.0,
                "staged_latency_us": 12.0,
            }
            for a, b in _ordered(count)
        ],
        "concurrent": [
            {"from": a, "to": [b for b in every if b != a], "bytes": 1024} for a in every
        ],
        "collectives": [
            {"p2p": p2p, "gpus": every, "operation": "all_reduce", "elements": 1024}
            for p2p in (True, False)
        ],
    }


@pytest.fixture
def make_evidence() -> MakeEvidence:
    """Makes the evidence of a healthy host of so many cards, all pairs joined alike."""

    def made(
        count: int = 2,
        *,
        name: str = "NVIDIA RTX 6000 Ada Generation",
        kind: str = "PHB",
        rate: float = 26.0,
        kinds: dict[tuple[int, int], str] | None = None,
        grants: dict[tuple[int, int], str] | None = None,
        damage: Sequence[str] = (),
        link: Link = X16,
        port: Link = X16,
        spoil: Callable[[dict[str, Any]], object] = lambda document: None,
        error: str = "",
    ) -> Evidence:
        pairs = [(a, b) for a, b in _ordered(count) if a < b]
        found = document(count, rate=rate)
        spoil(found)
        return Evidence(
            at="2026-11-21T10:00:00Z",
            state=State(driver="580.95.05", tree=_tree(count, name=name, link=link, port=port)),
            links=Links(kinds=kinds or dict.fromkeys(pairs, kind), damage=tuple(damage)),
            grants=Grants(statuses=grants or dict.fromkeys(pairs, "OK"), damage=tuple(damage)),
            measured=None if error else Measured.model_validate(found),
            error=error,
            probe="p",
        )

    return made
