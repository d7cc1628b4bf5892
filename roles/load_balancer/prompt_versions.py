"""Which requests need the header X-Prompt-Version."""

from collections.abc import Iterable
from dataclasses import dataclass

from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.upstream import Pool


@dataclass(frozen=True)
class Required:
    """Where a prompt's version is asked for."""

    everywhere: bool = False
    endpoints: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    """Names of the pools whose models ask for it."""

    def __bool__(self) -> bool:
        """Whether it is asked for anywhere."""
        return self.everywhere or bool(self.endpoints or self.pools)


def required(settings: LoadBalancerSettings, *, pools: Iterable[Pool]) -> Required:
    """What the settings ask for, in nginx's terms."""
    said = settings.prompt_version_required
    if isinstance(said, bool):
        return Required(everywhere=said)
    return Required(
        endpoints=tuple(one for one in said if one.startswith("/")),
        pools=tuple(pool.name for pool in pools if pool.model in said),
    )


def unknown(settings: LoadBalancerSettings) -> tuple[str, ...]:
    """Models that ask for it and that no node serves."""
    said = settings.prompt_version_required
    served = {target.model for target in settings.targets}
    named = () if isinstance(said, bool) else said
    return tuple(one for one in named if not one.startswith("/") and one not in served)
