"""What a drill on simulated hardware would take on real hardware: an estimate, apart from it."""

from collections.abc import Sequence
from dataclasses import replace

from infra.drill.plan import Sizes
from infra.drill.record import Stage

_USED = 0.9
"""Share of a link that a download gets."""
_WEIGHTLESS = 5e7
"""Bytes below which what a role received is not worth a word."""


def with_parts(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages, and what of them went into fetching and into reboots."""
    received = sum(one.received for one in stages)
    reboots = sum(one.reboots for one in stages)
    fetched = Stage(
        "downloads",
        None,
        sum(one.fetching for one in stages),
        kind="part",
        note=f"{in_bytes(received)} received, unpacked and installed" if received else "",
        received=received,
    )
    booted = Stage(
        "reboots",
        None,
        sum(one.rebooting for one in stages),
        kind="part",
        note="once" if reboots == 1 else f"{reboots} times",
        reboots=reboots,
    )
    return (*stages, fetched, *((booted,) if reboots else ()))


def estimated(stages: Sequence[Stage], *, sizes: Sizes) -> tuple[Stage, ...]:
    """The stages with what each would take on real hardware, in seconds."""
    roles = [one for one in stages if one.kind == "role"]
    downloads = sum(download_seconds(one, sizes=sizes) for one in roles)
    parts = {
        "downloads": downloads,
        "reboots": float(sizes.post_seconds * sum(one.reboots for one in roles)),
        "install": float(sizes.install_seconds + sizes.post_seconds),
    }
    return tuple(
        replace(one, estimate=parts[one.stage])
        if one.stage in parts
        else replace(one, estimate=_seconds(one, sizes=sizes))
        for one in stages
    )


def download_seconds(role: Stage, *, sizes: Sizes) -> float:
    """How long a role's downloads take over the link of real nodes."""
    gigabytes = sizes.download_gb.get(role.stage, role.received / 1e9)
    return gigabytes * 8 / (sizes.link_gbit_per_s * _USED)


def assumptions(stages: Sequence[Stage], *, sizes: Sizes) -> tuple[str, ...]:
    """What the estimate rests on, for people."""
    roles = [one for one in stages if one.kind == "role"]
    sized = {one.stage: sizes.download_gb[one.stage] for one in roles if _is_sized(one, sizes)}
    measured = [one for one in roles if not _is_sized(one, sizes) and one.received > _WEIGHTLESS]
    told = [f"{role} {gigabytes:g} GB" for role, gigabytes in sized.items()]
    told += [f"{one.stage} {in_bytes(one.received)} as received" for one in measured]
    return (
        f"a link of {sizes.link_gbit_per_s:g} Gbit/s, {_USED:.0%} of it used",
        f"downloads: {', '.join(told) or 'none'}",
        f"installation of the system {sizes.install_seconds} s, "
        f"firmware {sizes.post_seconds} s a boot",
    )


def in_bytes(count: float) -> str:
    """Bytes for people: `98 MB`, `1.2 GB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _seconds(one: Stage, *, sizes: Sizes) -> float:
    if one.kind != "role":
        return one.seconds
    return one.seconds + download_seconds(one, sizes=sizes) + sizes.post_seconds * one.reboots


def _is_sized(one: Stage, sizes: Sizes) -> bool:
    return one.stage in sizes.download_gb
