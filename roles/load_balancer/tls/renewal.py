"""Renewal: nginx takes up a certificate that something else on the host has renewed."""

from infra import templates
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate

UNIT = "infra-certificate"
"""Name of the unit that watches the files, and of the service that reloads nginx."""
PATH_FILE = f"/etc/systemd/system/{UNIT}.path"
SERVICE_FILE = f"/etc/systemd/system/{UNIT}.service"


def watched(settings: LoadBalancerSettings) -> tuple[str, ...]:
    """Files whose change is taken up; none where only a deploy changes them."""
    found = certificate.places(settings) if settings.certificate_path is not None else None
    return () if found is None else (found.certificate, found.key)


def path_text(settings: LoadBalancerSettings) -> str:
    """Text of the unit that watches."""
    return templates.render("load_balancer/certificate.path.j2", files=watched(settings))


def service_text() -> str:
    """Text of the service that reloads nginx once certificate and key fit together."""
    return templates.render("load_balancer/certificate.service.j2")
