"""The probe itself, on memory of the CPU: every fault that is put in must be seen.

It needs torch (`pip install infra[probe]`), which measures nothing here: it computes.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from roles.gpu_interconnect import choice, ladder, measured, program
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.measured import Measured

pytestmark = pytest.mark.slow

MakeEvidence = Callable[..., Evidence]
HANG_SECONDS = 8
SOME = {"PHB": 0.05}
"""GB/s that even this memory gives, and no copy that crawls does."""


def python() -> str:
    given = os.environ.get("INFRA_PROBE_PYTHON")
    if given is None and importlib.util.find_spec("torch") is None:
        pytest.skip("no torch here: pip install infra[probe], or name one: INFRA_PROBE_PYTHON")
    return given or sys.executable


@pytest.fixture
def probe(tmp_path: Path, make_evidence: MakeEvidence) -> Callable[..., Evidence]:
    """Runs the program as a node has it and gives the evidence that it comes to."""
    folder = tmp_path / "gpu-probe"
    folder.mkdir()
    for name, text in program.files().items():
        (folder / name).write_text(text)

    def run(*arguments: str) -> Evidence:
        sizes = ("--megabytes", "2", "--step-seconds", str(HANG_SECONDS))
        command = [python(), str(folder / "probe.py"), "--json", "--backend", "gloo"]
        said = subprocess.run([*command, *sizes, *arguments], capture_output=True, text=True)
        assert said.returncode == 0, said.stderr[-2000:]
        (line,) = said.stdout.splitlines()
        found = measured.parse(line)
        assert isinstance(found, Measured), found
        return _with(make_evidence(len(found.gpus)), found)

    return run


def _with(healthy: Evidence, found: Measured) -> Evidence:
    """What was measured, on a host whose cards are the pieces of memory."""
    gpus = tuple(
        replace(gpu, driver=replace(gpu.driver, uuid=f"CPU-{at}"))
        for at, gpu in enumerate(healthy.state.tree.gpus)
        if gpu.driver is not None
    )
    tree = replace(healthy.state.tree, gpus=gpus)
    return replace(healthy, state=replace(healthy.state, tree=tree), measured=found)


def test_memory_that_is_well_is_proven_on_every_rung(probe: Callable[..., Evidence]) -> None:
    found = probe("--devices", "3", "--groups", "0,1", "--step-seconds", "60")
    judged = ladder.judge(found, given=SOME)
    assert {one.verdict for one in judged.values()} == {"proven"}, judged
    assert found.simulated
    assert found.measured is not None
    assert {one.gpus for one in found.measured.collectives} == {(0, 1, 2), (0, 1)}
    assert len(found.measured.pairs) == 6
    assert "(simulated hardware)" in choice.of(found, judged=judged).evidence


@pytest.mark.parametrize(
    ("fault", "part", "rung", "said"),
    [
        ("copy", "pairs", "copy", "GPU0 to GPU1: wrong bytes arrived"),
        ("copy-lost", "pairs", "copy", "wrong bytes arrived"),
        ("copy-hang", "pairs", "copy", f"GPU0 to GPU1: hung: no end within {HANG_SECONDS} s"),
        ("refused", "pairs", "grant", "nvidia-smi grants peer access and CUDA refuses it"),
        ("slow", "pairs", "speed", "GB/s, PHB as the inventory has it gives 0.05"),
        ("late", "pairs", "speed", "us for a few bytes, as by the host's memory"),
        ("alone", "alone", "copy", "GPU0 and the host's memory:"),
        ("collective", "collectives", "collective", "with peer to peer: 4 wrong elements, right"),
        ("collective-always", "collectives", "collective", "without peer to peer: 4 wrong"),
        ("collective-hang", "collectives", "collective", "hung: no end within"),
        ("concurrent", "concurrent", "concurrent", "writing to several at once, GPU0:"),
        ("concurrent-hang", "concurrent", "concurrent", "GPU0: hung: no end within"),
    ],
)
def test_every_fault_fires_its_veto(
    probe: Callable[..., Evidence], fault: str, part: str, rung: str, said: str
) -> None:
    found = probe("--devices", "2", "--only", part, "--corrupt", fault)
    judged = ladder.judge(found, given=SOME)
    assert judged[rung].verdict == "failed"
    assert said in judged[rung].why
    chosen = choice.of(found, judged=judged)
    assert chosen.disable_custom_all_reduce
    assert "NCCL_P2P_LEVEL" not in chosen.environment


def test_a_hang_of_one_pair_leaves_the_others_measured(probe: Callable[..., Evidence]) -> None:
    found = probe("--devices", "2", "--only", "pairs", "--corrupt", "copy-hang")
    assert found.measured is not None
    told = {(one.source, one.target): one for one in found.measured.pairs}
    assert told[0, 1].error and not told[1, 0].error
    assert told[1, 0].bytes


def test_the_faults_are_all_of_them() -> None:
    """A fault that is added to the probe is added to the table above."""
    from roles.gpu_interconnect.probe import corruption

    (table,) = (
        mark.args[1]
        for mark in test_every_fault_fires_its_veto.pytestmark
        if mark.name == "parametrize"
    )
    assert {row[0] for row in table} == set(corruption.NAMES) - {""}
