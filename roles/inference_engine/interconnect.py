"""What an engine takes over from the proof of its host's interconnect.

What the inventory gives explicitly is never overridden: variables, arguments, GPUs.
"""

from collections.abc import Iterator, Mapping, Sequence

from roles.gpu_interconnect.choice import Choice
from roles.inference_engine import engines
from roles.inference_engine.settings import InferenceEngineSettings

_REACH = frozenset({"NCCL_P2P_LEVEL", "NCCL_P2P_DISABLE"})


def taken_over(
    settings: InferenceEngineSettings, *, chosen: Choice | None
) -> InferenceEngineSettings:
    """The settings with what was proven filled in where the engine splits a model over GPUs."""
    engine = engines.load(settings.engine)
    if chosen is None or settings.tensor_parallel < 2 or not engine.USES_NCCL:
        return settings
    off = engine.CUSTOM_ALL_REDUCE_OFF if chosen.disable_custom_all_reduce else ()
    return settings.model_copy(
        update={
            "environment": {**_told(settings, chosen), **settings.environment},
            "extra_args": (
                *(one for one in off if one not in settings.extra_args),
                *settings.extra_args,
            ),
            "gpus": _near(settings, groups=chosen.groups),
            "interconnect": chosen.evidence,
        }
    )


def _told(settings: InferenceEngineSettings, chosen: Choice) -> Mapping[str, str]:
    """What was proven, unless the inventory itself says how far NCCL goes: one undoes the other."""
    return {} if _REACH & set(settings.environment) else chosen.environment


def _near(settings: InferenceEngineSettings, *, groups: Sequence[Sequence[int]]) -> object:
    """The nearest GPUs that are enough; all, or those given, where nothing is to choose."""
    every = max((len(group) for group in groups), default=0)
    if settings.gpus != "all" or settings.tensor_parallel >= every:
        return settings.gpus
    fitting = (group for group in groups if len(group) >= settings.tensor_parallel)
    return tuple(next(fitting, ()))[: settings.tensor_parallel] or settings.gpus


def strays(
    settings: InferenceEngineSettings,
    *,
    chosen: Choice,
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> list[str]:
    """Sentences on what an engine's container was not told, or told otherwise."""
    wanted = taken_over(settings, chosen=chosen)
    return [*_variables(wanted, environment), *_arguments(wanted, arguments)]


def _variables(wanted: InferenceEngineSettings, found: Mapping[str, str]) -> Iterator[str]:
    given = {name: value for name, value in wanted.environment.items() if "NCCL_P2P_" in name}
    for name in sorted({*given, *found}):
        if given.get(name) != found.get(name):
            yield f"{name} is {found.get(name, 'not set')}, proven is {given.get(name, 'not set')}"


def _arguments(wanted: InferenceEngineSettings, found: Sequence[str]) -> Iterator[str]:
    for one in engines.load(wanted.engine).CUSTOM_ALL_REDUCE_OFF:
        if (one in found) != (one in wanted.extra_args):
            yield f"{one} is {'given, and' if one in found else 'not given, and'} proven otherwise"
