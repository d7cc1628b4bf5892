"""Steps in a process of their own, each with a time-out: one that hangs is killed and told."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from . import libraries

Work = Callable[..., dict[str, Any]]
READY_SECONDS = 300.0
"""For a process to come up and load its libraries, from a cold disk."""
_HANGS = 3
"""After so many the rest of a rung is not tried: it would only take hours to say the same."""
CONTEXT = multiprocessing.get_context("spawn")


def each(work: Work, tasks: Sequence[dict[str, Any]], *, seconds: float) -> list[dict[str, Any]]:
    """What `work(**task)` says of each task, or {"error": sentence}, in their order."""
    answers: list[dict[str, Any]] = []
    worker: _Worker | None = None
    hangs = 0
    for task in tasks:
        if hangs == _HANGS:
            answers.append({"error": f"not tried: {_HANGS} steps before it hung"})
            continue
        worker = worker or _Worker(work)
        answers.append(worker.answer(task, seconds=seconds))
        if answers[-1].get("error"):
            hangs += worker.hung
            worker.end()  # an error of a GPU stays with the process that saw it
            worker = None
    if worker is not None:
        worker.end()
    return answers


class _Worker:
    """A process that does one task after another."""

    def __init__(self, work: Work) -> None:
        self._ours, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_serve, args=(work, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.hung = False
        self._is_ready = False

    def answer(self, task: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        """What it says of a task, or the error that it ended in."""
        try:
            if not self._is_ready and not self._ours.poll(READY_SECONDS):
                return self._hangs(READY_SECONDS)
            self._is_ready = self._is_ready or bool(self._ours.recv())
            self._ours.send(task)
            if not self._ours.poll(seconds):
                return self._hangs(seconds)
            return dict(self._ours.recv())
        except (EOFError, OSError):
            self._process.join(5)
            return {"error": f"its process ended with status {self._process.exitcode}"}

    def _hangs(self, seconds: float) -> dict[str, Any]:
        self.hung = True
        return {"error": f"hung: no end within {seconds:g} s"}

    def end(self) -> None:
        """Kill it: a driver that hangs listens to nothing else."""
        self._process.kill()
        self._process.join(5)
        self._ours.close()


def _serve(work: Work, line: Connection) -> None:
    libraries.torch()  # the time this takes is nobody's step
    line.send(True)
    while True:
        try:
            task = line.recv()
        except EOFError:
            return
        try:
            line.send(work(**task))
        except RuntimeError as wrong:  # every error of torch and CUDA is one
            line.send({"error": str(wrong).strip().splitlines()[0]})
