"""Limits of clients as nginx counts them: a zone for each number that some client may reach."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roles.load_balancer.settings import LoadBalancerSettings

SPECIAL_NAMES = ("default", "hostnames", "include", "volatile")
"""Words that mean something else to nginx where a map's value stands."""


@dataclass(frozen=True)
class Zone:
    """The clients that share a number; each is counted for itself."""

    name: str
    most: str
    """`8` requests at the same time, or `90r/m`."""
    clients: tuple[str, ...]


def concurrent(settings: LoadBalancerSettings) -> tuple[Zone, ...]:
    """Zones of requests that are under way."""

    def most(client: str) -> str:
        limit = settings.limits.get(client)
        own = None if limit is None else limit.requests
        number = settings.client_requests if own is None else own
        return "" if number is None else str(number)

    return tuple(_zones("infra_requests", settings, most))


def rates(settings: LoadBalancerSettings) -> tuple[Zone, ...]:
    """Zones of requests that are begun."""

    def most(client: str) -> str:
        limit = settings.limits.get(client)
        own = None if limit is None else limit.rate
        number = settings.client_rate if own is None else own
        return "" if number is None else _rate(number)

    return tuple(_zones("infra_rate", settings, most))


def _zones(name: str, settings: LoadBalancerSettings, most: Callable[[str], str]) -> Iterator[Zone]:
    by_client = {client: most(client) for client in settings.api_keys}
    for number in dict.fromkeys(filter(None, by_client.values())):
        clients = tuple(client for client, own in by_client.items() if own == number)
        yield Zone(f"{name}_{number.replace('/', '')}", number, clients)


def _rate(a_second: float) -> str:
    """Nginx takes whole numbers alone."""
    return f"{a_second:.0f}r/s" if a_second.is_integer() else f"{round(a_second * 60)}r/m"
