"""What `dcgmi diag -j` found, of DCGM 3 and 4: one result for each test and GPU."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ROOTS = ("DCGM Diagnostic", "DCGM GPU Diagnostic")
_START = re.compile(r'\{\s*"DCGM (?:GPU )?Diagnostic"|\{')
_CONFIGURATION = 5


@dataclass(frozen=True)
class Warned:
    """A reason that DCGM gives; category and severity are 0 where DCGM 3 does not tell them."""

    text: str
    category: int = 0
    severity: int = 0

    @property
    def is_configuration(self) -> bool:
        """Whether it is about how the node is set up, not about the GPU."""
        return self.severity == _CONFIGURATION or "persistence mode" in self.text.lower()


@dataclass(frozen=True)
class Result:
    """A test's result on a GPU (None: on all); status is pass, fail, warn, skip or other."""

    test: str
    gpu: int | None
    status: str
    warned: tuple[Warned, ...] = ()
    info: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """All results, the GPUs that were diagnosed (id → PCI device id) and what is wrong with it."""

    results: tuple[Result, ...]
    gpus: Mapping[int, str]
    broken: str = ""


def read(text: str) -> Diagnosis:
    """The diagnosis in a document, whatever was printed before it."""
    document = _document(text)
    root = next((document[name] for name in _ROOTS if isinstance(document.get(name), dict)), None)
    if root is None:
        return Diagnosis((), {}, broken="the JSON is cut or malformed")
    results = tuple(_results(root))
    error = root.get("runtime_error") or ("" if results else "no test ran")
    listed = _listed(document)
    named = {result.gpu: "" for result in results if result.gpu is not None}
    return Diagnosis(results, {**named, **listed}, broken=str(error))


def _document(text: str) -> dict[str, Any]:
    for start in _START.finditer(text):
        try:
            found = json.JSONDecoder().raw_decode(text, start.start())[0]
        except (ValueError, RecursionError):
            return {}
        if isinstance(found, dict) and any(name in found for name in _ROOTS):
            return found
    return {}


def _results(root: Mapping[str, Any]) -> Iterator[Result]:
    for category in _dicts(root.get("test_categories")):
        for test in _dicts(category.get("tests")):
            for result in _dicts(test.get("results")):
                for gpu in _gpus(result):
                    yield _result(str(test.get("name", "")), gpu, result)


def _result(test: str, gpu: int | None, result: Mapping[str, Any]) -> Result:
    return Result(
        test=test.lower(),
        gpu=gpu,
        status=str(result.get("status", "")).lower(),
        warned=tuple(_warned(result.get("warnings"))),
        info=tuple(_texts(result.get("info"))),
    )


def _gpus(result: Mapping[str, Any]) -> list[int | None]:
    """The GPUs of a result: DCGM 4 has one entity, DCGM 3 a list such as `0,1`."""
    entity = result.get("entity_id")
    if isinstance(entity, int):
        return [entity] if result.get("entity_group", "GPU") == "GPU" else []
    ids = re.findall(r"\d{1,6}", str(result.get("gpu_ids", result.get("gpu_id", ""))))
    return [int(found) for found in ids] or [None]


def _warned(warnings: Any) -> Iterator[Warned]:  # noqa: ANN401
    if isinstance(warnings, str):
        yield Warned(warnings)
    for found in warnings if isinstance(warnings, list) else []:
        if isinstance(found, dict):
            category, severity = found.get("error_category"), found.get("error_severity")
            yield Warned(
                text=str(found.get("warning", "")),
                category=category if isinstance(category, int) else 0,
                severity=severity if isinstance(severity, int) else 0,
            )
        else:
            yield Warned(str(found))


def _texts(info: Any) -> list[str]:  # noqa: ANN401
    if isinstance(info, list):
        return [str(found) for found in info]
    return [str(info)] if info else []


def _listed(document: Mapping[str, Any]) -> dict[int, str]:
    return {
        entity["entity_id"]: str(entity.get("device_id", ""))
        for group in _dicts(document.get("entity_groups"))
        if group.get("entity_group") == "GPU"
        for entity in _dicts(group.get("entities"))
        if isinstance(entity.get("entity_id"), int)
    }


def _dicts(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
