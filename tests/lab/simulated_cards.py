"""Healthy GPU hosts of many kinds, none of which may raise an alarm."""

from infra.lab.spec import LabGpu, LabNvlink

SWITCH = "0000:41:00.0"


def uuid(number: int) -> str:
    return f"GPU-00000000-0000-0000-0000-{number:012d}"


def row(count: int, *, links: int = 0, **of: object) -> tuple[LabGpu, ...]:
    """Cards behind one switch, each bonded to an NVSwitch where links are given."""
    nvlinks = (LabNvlink(to="switch", links=links),) if links else ()
    return tuple(
        LabGpu.model_validate(
            {
                "bdf": f"0000:{0x43 + at:02x}:00.0",
                "switches": (SWITCH,),
                "uuid": uuid(at),
                "nvlinks": nvlinks,
                **of,
            }
        )
        for at in range(count)
    )


def mesh(*pairs: tuple[int, int, int]) -> tuple[LabGpu, ...]:
    """V100s whose NVLinks reach some of the others."""
    cards = row(
        4, name="Tesla V100-SXM2-16GB", pci_id="10de:1db1", compute="7.0", gen=3, link_gb_per_s=25
    )
    return tuple(
        card.model_copy(
            update={
                "nvlinks": tuple(
                    LabNvlink(to=cards[b if a == at else a].bdf, links=links)
                    for a, b, links in pairs
                    if at in (a, b)
                )
            }
        )
        for at, card in enumerate(cards)
    )


_A100 = {
    "name": "NVIDIA A100-SXM4-80GB",
    "pci_id": "10de:20b2",
    "compute": "8.0",
    "idle_gen": 4,
    "link_gb_per_s": 25,
}
_H100 = {
    "name": "NVIDIA H100 80GB HBM3",
    "pci_id": "10de:2330",
    "compute": "9.0",
    "gen": 5,
    "link_gb_per_s": 26.562,
}
HEALTHY: dict[str, tuple[LabGpu, ...]] = {
    "idle at Gen1": row(2),
    "at work": row(2, pstate="P2"),
    "one idle, one at work": (*row(1), LabGpu(bdf="0000:c1:00.0", uuid=uuid(9), pstate="P0")),
    "x8 by design": row(
        2, name="NVIDIA GeForce RTX 4060 Ti", pci_id="10de:2803", compute="8.9", max_width=8
    ),
    "x16 card in a x8 slot": row(2, width=8),
    "Gen4 card in a Gen3 slot at work": row(2, gen=3, pstate="P0"),
    "NV8 of A800": row(
        2, **{**_A100, "name": "NVIDIA A800-SXM4-80GB", "pci_id": "10de:20f3"}, links=8
    ),
    "NV12 of A100": row(4, **_A100, links=12),
    "cube mesh": mesh((0, 1, 1), (0, 2, 2), (1, 3, 2), (2, 3, 1)),
    "MIG": row(2, **_A100, links=12, mig=("3g.40gb", "3g.40gb")),
    "full speed at idle": row(2, **_H100, idle_gen=5, links=18),
    "small BAR1": row(2, bar1_mib=256),
    "one card": row(1),
    "chip to chip": (
        LabGpu(
            name="NVIDIA GB10",
            pci_id="10de:2e12",
            compute="12.1",
            bdf="000f:01:00.0",
            c2c=True,
            uuid=uuid(1),
        ),
    ),
    "two switches": tuple(
        card.model_copy(update={"switches": (SWITCH, "0000:43:00.0"), "bdf": bdf})
        for card, bdf in zip(row(2), ("0000:45:00.0", "0000:46:00.0"), strict=True)
    ),
}
VIRTUAL: dict[str, tuple[LabGpu, ...]] = {
    "T4 with eight lanes": (
        LabGpu(
            name="Tesla T4",
            pci_id="10de:1eb8",
            compute="7.5",
            gen=3,
            width=8,
            bdf="0000:00:1e.0",
            uuid=uuid(1),
        ),
    ),
    "H100": (LabGpu.model_validate({**_H100, "bdf": "0000:00:09.0", "idle_gen": 5}),),
}
