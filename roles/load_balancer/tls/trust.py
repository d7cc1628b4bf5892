"""Trust: what the control host takes for the balancer's certificate when it asks as a client."""

import ssl

from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate

_learned: dict[str, str] = {}
"""Certificates that balancers made themselves, by base URL; read from them over SSH."""


def learn(settings: LoadBalancerSettings, text: str) -> bool:
    """Keep what a balancer showed over SSH for this process; whether it was a certificate."""
    try:
        certificate.fingerprint(text)
    except ValueError:
        return False
    _learned[settings.base_url] = text
    return True


def context(settings: LoadBalancerSettings) -> ssl.SSLContext | None:
    """Verifies as a client would; None without TLS.

    Besides the machine's roots the given certificate itself is trusted, or the learned one.
    """
    if not settings.tls:
        return None
    found = ssl.create_default_context()
    pinned = certificate.text_of(settings) or _learned.get(settings.base_url, "")
    if pinned:
        # a certificate that no root of this machine vouches for stands for itself
        found.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        found.load_verify_locations(cadata=pinned)
    return found
