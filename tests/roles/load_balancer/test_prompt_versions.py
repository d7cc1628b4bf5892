from roles.load_balancer import prompt_versions, upstream
from roles.load_balancer.prompt_versions import Required
from roles.load_balancer.settings import LoadBalancerSettings


def required(settings: LoadBalancerSettings, said: object) -> Required:
    given = settings.model_copy(update={"prompt_version_required": said})
    return prompt_versions.required(given, pools=upstream.pools(given))


def test_it_is_asked_for_nowhere_everywhere_or_where_it_is_said(
    two_models: LoadBalancerSettings,
) -> None:
    assert not required(two_models, False)
    assert required(two_models, True) == Required(everywhere=True)
    found = required(two_models, ("/v1/completions", "org/big.v2"))
    assert found.endpoints == ("/v1/completions",)
    assert found.pools == (upstream.pools(two_models)[1].name,)


def test_a_model_that_nobody_serves_is_found(two_models: LoadBalancerSettings) -> None:
    asked = {"prompt_version_required": ("/v1/completions", "small", "other")}
    assert prompt_versions.unknown(two_models.model_copy(update=asked)) == ("other",)
