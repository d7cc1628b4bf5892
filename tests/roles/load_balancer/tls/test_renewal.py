from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import renewal

KEPT = {"certificate_path": "/etc/letsencrypt/a.pem", "certificate_key_path": "/etc/a.key"}


def test_what_the_host_renews_is_watched_and_nothing_else(settings: LoadBalancerSettings) -> None:
    kept = settings.model_copy(update=KEPT)
    lines = renewal.path_text(kept).splitlines()
    assert "PathChanged=/etc/letsencrypt/a.pem" in lines
    assert "PathChanged=/etc/a.key" in lines
    for other in (settings, settings.model_copy(update={"self_signed": True})):
        assert renewal.watched(other) == ()


def test_nginx_is_reloaded_once_it_takes_both() -> None:
    assert "nginx -t -q && exec systemctl reload nginx.service" in renewal.service_text()
