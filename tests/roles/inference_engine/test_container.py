import itertools
from dataclasses import replace

from roles.inference_engine.container import Container, argv, digest, host_port

PLAIN = Container(image="x@sha256:1", args=("--port", "8000"), publish=("10.0.0.1", 8000))


def pairs(container: Container) -> list[tuple[str, str]]:
    words = argv(container, label="d")
    return list(itertools.pairwise(words))


def test_arguments_of_the_engine_follow_the_image() -> None:
    words = argv(PLAIN, label="d")
    assert words[-3:] == ("x@sha256:1", "--port", "8000")
    assert words[:3] == ("create", "--name", "infra-engine")


def test_a_container_has_no_rights_that_it_does_not_name() -> None:
    assert ("--cap-drop", "ALL") in pairs(PLAIN)
    assert ("--security-opt", "no-new-privileges") in pairs(PLAIN)
    assert ("--pull", "never") in pairs(PLAIN)
    assert "--read-only" in argv(PLAIN, label="d")
    assert "--network" not in argv(PLAIN, label="d")


def test_logs_are_bounded_and_cannot_block() -> None:
    options = {value for option, value in pairs(PLAIN) if option == "--log-opt"}
    assert {"mode=non-blocking", "max-size=20m", "max-file=5"} <= options


def test_the_port_is_published_on_its_address_alone() -> None:
    assert ("--publish", "10.0.0.1:8000:8000") in pairs(PLAIN)
    six = replace(PLAIN, publish=("fd00::1", 8000))
    assert ("--publish", "[fd00::1]:8000:8000") in pairs(six)
    assert host_port("fd00::1", 1) == "[fd00::1]:1"


def test_everything_that_is_named_is_given() -> None:
    full = replace(
        PLAIN,
        devices=("nvidia.com/gpu=0",),
        mounts=(("/srv/m", "/models/m"),),
        caches=(("cache", "/root/.cache"),),
        env={"B": "2", "A": "1"},
        env_file=True,
        user="1:1",
        read_only=False,
        shm_gib=4,
        ulimits=("memlock=-1",),
    )
    found = pairs(full)
    assert ("--device", "nvidia.com/gpu=0") in found
    assert ("--mount", "type=bind,source=/srv/m,target=/models/m,readonly") in found
    assert ("--mount", "type=volume,source=cache,target=/root/.cache") in found
    assert [value for option, value in found if option == "--env"] == ["A=1", "B=2"]
    assert ("--env-file", "/etc/infra/engine.env") in found
    assert ("--user", "1:1") in found
    assert ("--shm-size", "4g") in found
    assert ("--ulimit", "memlock=-1") in found
    assert "--read-only" not in argv(full, label="d")


def test_the_container_says_itself_what_is_to_be_asked_of_it() -> None:
    found = pairs(replace(PLAIN, model="m"))
    assert ("--label", "infra.question=http://10.0.0.1:8000/v1/completions") in found
    assert ("--label", "infra.model=m") in found


def test_the_digest_changes_with_whatever_makes_the_container() -> None:
    changes = [
        replace(PLAIN, image="x@sha256:2"),
        replace(PLAIN, args=("--port", "8001")),
        replace(PLAIN, env={"A": "1"}),
        replace(PLAIN, devices=("nvidia.com/gpu=0",)),
    ]
    digests = {digest(PLAIN), digest(PLAIN, also="secret"), *map(digest, changes)}
    assert len(digests) == 6
    assert digest(PLAIN) == digest(replace(PLAIN))
