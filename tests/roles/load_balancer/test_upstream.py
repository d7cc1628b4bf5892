import json
import re
import subprocess
from pathlib import Path

from roles.load_balancer import configuration, upstream
from roles.load_balancer.program import members, upstreams
from roles.load_balancer.settings import LoadBalancerSettings


def test_nodes_of_one_model_share_a_pool(settings: LoadBalancerSettings) -> None:
    [pool] = upstream.pools(settings)
    assert pool.model == "small"
    assert [upstream.place(one) for one in pool.targets] == ["10.0.0.11:8000", "10.0.0.12:8000"]


def test_every_model_has_a_pool_of_its_own(two_models: LoadBalancerSettings) -> None:
    assert [pool.model for pool in upstream.pools(two_models)] == ["small", "org/big.v2"]


def test_connections_are_kept_only_where_every_engine_allows_it(
    two_models: LoadBalancerSettings,
) -> None:
    assert [pool.keepalive for pool in upstream.pools(two_models)] == [0, 16]
    mixed = [one.model_copy(update={"model": "same"}) for one in two_models.targets]
    [pool] = upstream.pools(two_models.model_copy(update={"targets": tuple(mixed)}))
    assert pool.keepalive == 0


def test_a_models_name_is_matched_whole(two_models: LoadBalancerSettings) -> None:
    pattern = upstream.pools(two_models)[1].pattern
    assert re.search(pattern, "org/big.v2")
    assert not re.search(pattern, "org/bigxv2")
    assert not re.search(pattern, "org/big.v2.1")


def test_an_ipv6_address_is_in_brackets(settings: LoadBalancerSettings) -> None:
    six = settings.targets[0].model_copy(update={"address": "fd00::11"})
    assert upstream.place(six) == "[fd00::11]:8000"


def written(settings: LoadBalancerSettings) -> str:
    who = members.parse_members(upstream.members_text(settings))
    held = {"holds": [{"owner": "o", "reason": "r", "by": "b", "since": "s"}]}
    return upstreams.upstreams_text(who, {"nodes": {"gpu-2": held}})


def test_what_is_written_is_what_is_read_back_whoever_is_held(
    two_models: LoadBalancerSettings,
) -> None:
    assert upstream.parse(written(two_models)) == upstream.promised(two_models)
    assert list(upstream.promised(two_models).values()) == [
        {"10.0.0.11:8000", "10.0.0.12:8000"},
        {"10.0.0.13:8000"},
    ]


def test_a_model_keeps_its_pool_whatever_comes_and_goes(two_models: LoadBalancerSettings) -> None:
    alone = two_models.model_copy(update={"targets": two_models.targets[2:]})
    [pool] = upstream.pools(alone)
    assert pool.name == upstream.pools(two_models)[1].name


def test_members_say_how_often_a_node_may_fail(settings: LoadBalancerSettings) -> None:
    changed = settings.model_copy(update={"max_fails": 3, "fail_seconds": 9, "status_port": 8100})
    said = json.loads(upstream.members_text(changed))
    assert said["pools"][0]["options"] == "max_fails=3 fail_timeout=9s"
    assert said["status_port"] == 8100


def test_a_node_too_many_is_seen(settings: LoadBalancerSettings) -> None:
    more = written(settings).replace(
        "least_conn;", "least_conn;\n        server 10.9.9.9:1 backup;"
    )
    assert upstream.parse(more) != upstream.promised(settings)


def test_upstreams_are_asked_for_and_no_key_is_shown(
    two_models: LoadBalancerSettings, tmp_path: Path
) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "nginx.conf").write_text(configuration.text(two_models, key_file=""))
    (tmp_path / "infra-upstreams.conf").write_text(written(two_models))
    (tmp_path / "infra-keys.conf").write_text('"~^(?i:bearer) sk-secret$" lab;\n')
    more = "upstream more { server 10.9.9.9:1; }\nproxy_set_header X sk-secret;\n"
    (tmp_path / "conf.d" / "more.conf").write_text(more)
    command = upstream.COMMAND.replace("/etc/nginx", str(tmp_path))
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert "sk-secret" not in said.stdout
    assert upstream.parse(said.stdout) == {
        **upstream.promised(two_models), "more": {"10.9.9.9:1"}
    }  # fmt: skip
    assert "nginx -T" not in command
