"""An inventory becomes a Site, or every mistake in it at once."""

from pathlib import Path

import pytest

from infra.mistakes import SiteError
from infra.site import Site, load

SHA = "a" * 64
IMAGE = f"ghcr.io/ggml-org/llama.cpp:server@sha256:{SHA}"
GOOD = f"""
_gpu = {{
    "gpu_driver": {{"version": "580.95.05", "origin": "ubuntu"}},
    "container_runtime": {{"docker_version": "28.2", "toolkit_version": "1.19.1"}},
    "model_cache": {{
        "models": {{"m": {{"file": "m.gguf", "source": "/srv/m", "sha256": "{SHA}"}}}}
    }},
    "inference_engine": {{
        "engine": "llama_cpp", "image": "{IMAGE}", "model": "m",
        "context_tokens": 4096, "parallel_requests": 2,
    }},
}}
gpu_nodes = (
    [("gpu-1", {{"ssh_hostname": "10.0.0.1"}}), ("gpu-2", {{"ssh_hostname": "10.0.0.2"}})],
    _gpu,
)
load_balancers = (
    [("lb", {{"ssh_hostname": "10.0.0.3"}})],
    {{"load_balancer": {{"api_keys": {{"a": "env:K"}}}}}},
)
"""


LAB = (
    GOOD.replace(f'"{IMAGE}"', '"lock:images.llama"')
    .replace('{"ssh', '{"lab": {"os": "debian-13"}, "ssh')
    .replace("10.0.0.", "10.77.0.1")
)


def site(folder: Path, text: str, *, lock: str | None = None) -> Site:
    path = folder / "rack.py"
    path.write_text(text)
    if lock is not None:
        (folder / "rack.lock.yaml").write_text(lock)
    return load(path)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SiteError) as wrong:
        site(folder, text)
    return [
        str(mistake).removeprefix(f"{folder / 'rack.py'}: ") for mistake in wrong.value.mistakes
    ]


def test_a_good_inventory_has_its_nodes_and_roles_in_order(tmp_path: Path) -> None:
    found = site(tmp_path, GOOD)
    assert [node.name for node in found.nodes] == ["gpu-1", "gpu-2", "lb"]
    assert next(iter(found.nodes[0].settings)) == "base_system"
    assert list(found.nodes[0].settings)[-2:] == ["inference_engine", "rebuild_drill"]
    assert found.offering("load_balancer") == (found.nodes[2],)


def test_a_host_in_two_deploys_has_the_roles_of_both_once(tmp_path: Path) -> None:
    text = GOOD.replace('[("lb", {"ssh_hostname": "10.0.0.3"})]', '["gpu-1"]')
    roles = list(site(tmp_path, text).nodes[0].settings)
    assert roles.count("base_system") == 1
    assert roles[-2:] == ["load_balancer", "health_watch"]


def test_a_balancer_knows_the_nodes_that_serve(tmp_path: Path) -> None:
    balancer = site(tmp_path, GOOD).nodes[2].settings["load_balancer"]
    targets = balancer.model_dump()["targets"]
    assert [target["address"] for target in targets] == ["10.0.0.1", "10.0.0.2"]


def test_settings_are_merged_key_by_key(tmp_path: Path) -> None:
    own = '("gpu-2", {"ssh_hostname": "10.0.0.2", "inference_engine": {"context_tokens": 1024}})'
    text = GOOD.replace('("gpu-2", {"ssh_hostname": "10.0.0.2"})', own)
    one, two = (
        node.settings["inference_engine"].model_dump() for node in site(tmp_path, text).nodes[:2]
    )
    assert (one["context_tokens"], two["context_tokens"]) == (4096, 1024)
    assert one["image"] == two["image"]


def test_host_keys_are_strict_and_beside_the_inventory(tmp_path: Path) -> None:
    connection = site(tmp_path, GOOD).nodes[0].connection
    assert connection["ssh_strict_host_key_checking"] == "yes"
    assert connection["ssh_known_hosts_file"] == str(tmp_path / "rack.known_hosts")


def test_a_locked_value_comes_from_the_lock(tmp_path: Path) -> None:
    text = GOOD.replace(f'"{IMAGE}"', '"lock:images.llama"')
    found = site(tmp_path, text, lock=f'images: {{llama: "{IMAGE}"}}')
    assert found.nodes[0].settings["inference_engine"].model_dump()["image"] == IMAGE


def test_a_value_that_is_not_locked_is_a_mistake(tmp_path: Path) -> None:
    text = GOOD.replace(f'"{IMAGE}"', '"lock:images.llama"')
    assert mistakes(tmp_path, text)[0] == (
        "gpu-1: inference_engine.image: lock:images.llama is not in rack.lock.yaml; lock it there"
    )


def test_a_labs_lock_may_be_missing_until_it_is_up(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text(LAB)
    assert load(path, allow_unlocked=True).pending
    with pytest.raises(SiteError):
        load(path)


TWELVE = """
_gpu = {
    "gpu_driver": {"version": "580", "origin": "ubuntu"},
    "container_runtime": {"docker_version": "20.10", "toolkit_version": "1.17.4"},
    "model_cache": {"models": {"m": {"file": "m.gguf", "source": "/srv/m", "sha256": "12"}}},
    "inference_engine": {
        "engine": "llama_cp", "image": "llama.cpp:latest", "model": "m", "context_tokens": -1,
        "paralel_requests": 2,
    },
}
gpu_nodes = ([("gpu-1", {"ssh_hostname": "10.0.0.1", "gpu_drivr": {}})], _gpu)
load_balancers = (
    [("lb", {"ssh_hostname": "10.0.0.1", "ssh_port": "22"})],
    {"load_balancer": {"api_keys": {"a": "sk-plain-secret"}}},
)
spares = ["spare-1"]
base_hosts = [("odd", {"ssh_strict_host_key_checking": "no"})]
"""


def test_twelve_mistakes_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    found = mistakes(tmp_path, TWELVE)
    places = [": ".join(line.split(": ")[:2]) for line in found]
    assert sorted(places) == sorted(
        [
            "gpu-1: gpu_drivr",
            "gpu-1: gpu_driver.version",
            "gpu-1: container_runtime.docker_version",
            "gpu-1: container_runtime.toolkit_version",
            "gpu-1: model_cache.models.m.sha256",
            "gpu-1: inference_engine.engine",
            "gpu-1: inference_engine.image",
            "gpu-1: inference_engine.context_tokens",
            "gpu-1: inference_engine.paralel_requests",
            "lb: ssh_port",
            "lb: ssh_hostname",
            "lb: load_balancer.api_keys.a.0",
            "spare-1: no deploy claims it; put it in a group named after one",
            "odd: ssh_strict_host_key_checking",
        ]
    )
    assert "sk-plain-secret" not in "\n".join(found)
    assert (
        "gpu-1: gpu_drivr: no such role or connection setting for gpu_nodes; "
        "did you mean gpu_driver?"
    ) in found


def test_cross_host_mistakes_are_told(tmp_path: Path) -> None:
    text = GOOD.replace('"model": "m"', '"model": "other"')
    assert any('"other" is not in model_cache.models' in line for line in mistakes(tmp_path, text))
    alone = 'load_balancers = ([("lb", {})], {"load_balancer": {"api_keys": {"a": "env:K"}}})\n'
    assert any(
        "no node of this inventory serves a model" in line for line in mistakes(tmp_path, alone)
    )


def test_cross_host_mistakes_are_told_with_the_others(tmp_path: Path) -> None:
    text = GOOD.replace('"model": "m"', '"model": "other"').replace('"580.95.05"', '"580"')
    places = [": ".join(line.split(": ")[:2]) for line in mistakes(tmp_path, text)]
    assert places == [
        "gpu-1: gpu_driver.version",
        "gpu-1: inference_engine.model",
        "gpu-2: gpu_driver.version",
        "gpu-2: inference_engine.model",
    ]


def test_a_model_is_judged_while_its_digests_wait(tmp_path: Path) -> None:
    text = LAB.replace('"model": "m"', '"model": "no-such"').replace(SHA, "lock:models.m.sha256")
    path = tmp_path / "rack.py"
    path.write_text(text)
    with pytest.raises(SiteError) as wrong:
        load(path, allow_unlocked=True)
    assert [(told.host, told.key) for told in wrong.value.mistakes] == [
        ("gpu-1", "inference_engine.model"),
        ("gpu-2", "inference_engine.model"),
    ]


def test_a_pending_site_holds_no_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text(LAB)
    found = load(path, allow_unlocked=True)
    assert "inference_engine" not in found.nodes[0].settings
    assert "model_cache" in found.nodes[0].settings


def test_an_address_of_no_lab_host_is_told_while_digests_wait(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text(LAB.replace('"ssh_hostname": "10.77.0.11"', '"ssh_user": "root"'))
    with pytest.raises(SiteError) as wrong:
        load(path, allow_unlocked=True)
    assert [(told.host, told.key) for told in wrong.value.mistakes] == [("gpu-1", "ssh_hostname")]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"llama_cpp"', '"llama_cp"', "inference_engine.engine"),
        (SHA + '"}', '12"}', "model_cache.models.m.sha256"),
        ('"28.2"', '"20.1"', "container_runtime.docker_version"),
    ],
)
def test_what_has_mistakes_is_not_said_to_be_missing(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    places = [
        ": ".join(line.split(": ")[:2]) for line in mistakes(tmp_path, GOOD.replace(old, new))
    ]
    assert places == [f"gpu-1: {key}", f"gpu-2: {key}"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ('{"ssh_port": "abc"}', "h: ssh_port: give a whole number: TCP port"),
        ("{5: 1}", "h: 5: is no name; keys of a host's data are text"),
        ('{"base_system": {5: 1}}', "h: base_system.5: is no name; names of settings are text"),
        ('{"ssh_hostname": "10.77.0.9", "lab": True}', "h: lab: give a dict: {name: value}"),
        ('{"lab": {"os": "debian-13"}}', "h: ssh_hostname: h cannot be a lab host's address"),
        (
            '{"ssh_hostnam": "x"}',
            "h: ssh_hostnam: no such role or connection setting for base_hosts; "
            "did you mean ssh_hostname?",
        ),
    ],
)
def test_odd_data_gets_a_sentence(tmp_path: Path, data: str, told: str) -> None:
    [line] = mistakes(tmp_path, f'base_hosts = [("h", {data}), "other"]\n')
    assert line.startswith(told)


def test_a_group_named_like_a_deploy_does_not_vanish(tmp_path: Path) -> None:
    [line] = mistakes(tmp_path, "gpu_nodes = ['a', 5]\nbase_hosts = ['b']\n")
    assert line.startswith("gpu_nodes: item 2 (int) is no host")


def test_an_engine_is_not_judged_by_models_that_are_not_known(tmp_path: Path) -> None:
    text = GOOD.replace('"models": {"m"', '"modells": {"m"').replace('"llama_cpp"', '"vllm"')
    places = [": ".join(line.split(": ")[:2]) for line in mistakes(tmp_path, text)]
    assert places == [
        f"{host}: model_cache.{key}" for host in ("gpu-1", "gpu-2") for key in ("models", "modells")
    ]


def test_an_optional_role_is_there_only_where_the_data_names_it(tmp_path: Path) -> None:
    asked = '{"ssh_hostname": "10.0.0.1", "cuda_toolkit": {"version": "12.9.1"}}'
    found = site(tmp_path, GOOD.replace('{"ssh_hostname": "10.0.0.1"}', asked))
    with_it, without = found.nodes[0].settings, found.nodes[1].settings
    assert "cuda_toolkit" in with_it
    assert set(with_it) - set(without) == {"cuda_toolkit"}
    assert list(with_it).index("cuda_toolkit") == list(with_it).index("gpu_driver") + 1
