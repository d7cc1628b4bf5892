from roles.load_balancer import limits
from roles.load_balancer.settings import LoadBalancerSettings

KEYS = {"api_keys": {"a": "env:A", "b": "env:B", "c": "env:C"}}


def settings(**changes: object) -> LoadBalancerSettings:
    return LoadBalancerSettings.model_validate({**KEYS, **changes})


def test_without_limits_nobody_is_counted() -> None:
    assert limits.concurrent(settings()) == limits.rates(settings()) == ()


def test_clients_of_one_number_share_a_zone_and_others_have_theirs() -> None:
    given = settings(client_requests=8, limits={"b": {"requests": 2, "rate": 0.5}})
    assert [(zone.most, zone.clients) for zone in limits.concurrent(given)] == [
        ("8", ("a", "c")),
        ("2", ("b",)),
    ]
    assert [(zone.name, zone.most) for zone in limits.rates(given)] == [
        ("infra_rate_30rm", "30r/m")
    ]


def test_nginx_is_given_whole_numbers() -> None:
    rates = {5: "5r/s", 0.5: "30r/m", 1.5: "90r/m", 1 / 60: "1r/m"}
    for rate, said in rates.items():
        assert limits.rates(settings(client_rate=rate))[0].most == said
