from roles.gpu_interconnect.choice import Choice
from roles.inference_engine import interconnect, promise
from roles.inference_engine.settings import InferenceEngineSettings

SPLIT = InferenceEngineSettings(
    engine="vllm",
    image="x/y:z@sha256:" + "a" * 64,
    model="m",
    context_tokens=2048,
    tensor_parallel=2,
    address="10.0.0.1",
    model_path="/srv/m",
    model_files=("config.json",),
)
CHOICE = Choice(
    environment={"NCCL_P2P_LEVEL": "PHB"},
    disable_custom_all_reduce=True,
    groups=((2, 3), (0, 1, 2, 3)),
    evidence="peer to peer over PHB is proven by data",
)


def over(chosen: Choice | None = CHOICE, **given: object) -> InferenceEngineSettings:
    return interconnect.taken_over(SPLIT.model_copy(update=given), chosen=chosen)


def test_a_split_model_takes_over_what_was_proven() -> None:
    found = over()
    assert found.environment == {"NCCL_P2P_LEVEL": "PHB"}
    assert found.extra_args == ("--disable-custom-all-reduce",)
    assert found.gpus == (2, 3)


def test_its_container_and_unit_say_so() -> None:
    made = promise.of(over(), secrets={})
    assert made.container.env["NCCL_P2P_LEVEL"] == "PHB"
    assert made.container.devices == ("nvidia.com/gpu=2", "nvidia.com/gpu=3")
    assert "--disable-custom-all-reduce" in made.container.args
    assert "# Interconnect of its GPUs: peer to peer over PHB is proven by data\n" in made.unit
    assert made.digest != promise.of(SPLIT, secrets={}).digest


def test_what_the_inventory_gives_is_never_overridden() -> None:
    given = {"NCCL_P2P_LEVEL": "SYS"}
    found = over(environment=given, gpus=(0, 1), extra_args=("--disable-custom-all-reduce",))
    assert found.environment == given
    assert found.gpus == (0, 1)
    assert found.extra_args == ("--disable-custom-all-reduce",)


def test_a_reach_that_the_inventory_gives_is_not_undone_by_a_proof() -> None:
    failed = CHOICE.model_copy(update={"environment": {"NCCL_P2P_DISABLE": "1"}})
    given = {"NCCL_P2P_LEVEL": "SYS"}
    assert over(failed, environment=given).environment == given
    assert over(failed, environment={"X": "1"}).environment == {"NCCL_P2P_DISABLE": "1", "X": "1"}


def test_nothing_is_taken_over_where_nothing_is_proven_or_split() -> None:
    assert over(None) == SPLIT
    assert over(tensor_parallel=1).environment == {}
    assert over(engine="llama_cpp").environment == {}


def test_an_engine_on_all_gpus_keeps_all() -> None:
    assert over(tensor_parallel=4).gpus == "all"
    assert over(CHOICE.model_copy(update={"groups": ()})).gpus == "all"
    assert over(CHOICE.model_copy(update={"groups": ((0, 1),)})).gpus == "all"


def test_custom_all_reduce_stays_where_it_is_proven() -> None:
    assert over(CHOICE.model_copy(update={"disable_custom_all_reduce": False})).extra_args == ()


def told(*, arguments: tuple[str, ...], environment: dict[str, str]) -> list[str]:
    return interconnect.strays(SPLIT, chosen=CHOICE, arguments=arguments, environment=environment)


def test_a_container_that_was_told_is_no_stray() -> None:
    given = {"NCCL_P2P_LEVEL": "PHB"}
    assert told(arguments=("--disable-custom-all-reduce",), environment=given) == []


def test_a_container_that_was_told_otherwise_is_named() -> None:
    assert told(arguments=(), environment={"NCCL_P2P_DISABLE": "1"}) == [
        "NCCL_P2P_DISABLE is 1, proven is not set",
        "NCCL_P2P_LEVEL is not set, proven is PHB",
        "--disable-custom-all-reduce is not given, and proven otherwise",
    ]
    allowed = CHOICE.model_copy(update={"disable_custom_all_reduce": False})
    found = interconnect.strays(
        SPLIT,
        chosen=allowed,
        arguments=("--disable-custom-all-reduce",),
        environment={"NCCL_P2P_LEVEL": "PHB"},
    )
    assert found == ["--disable-custom-all-reduce is given, and proven otherwise"]
