"""`infra topology explain`: judges saved output of NVIDIA's tools, lspci and the kernel."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from infra.cli import FAILED, OK, WRONG
from infra.cli_options import console, stop, to_write
from infra.files import write_atomic
from roles.pcie_topology.explain import reading, recognise, report, together
from roles.pcie_topology.explain.judgement import Finding, Judgement, as_json, has_errors
from roles.pcie_topology.explain.readers import readers
from roles.pcie_topology.explain.together import Told

UNREADABLE = "unreadable"
"""Kind of a file that holds no text, or may not be read."""


@click.command()
@click.argument("files", nargs=-1, metavar="FILE|DIR…")
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    callback=to_write,
    help="Write JSON there; - is stdout.",
)
@click.option("--one-machine", is_flag=True, help="All files are of one machine: judge them so.")
@click.option("--kinds", is_flag=True, help="List the kinds of output that are known, and leave.")
@click.option("-v", "--verbose", is_flag=True, help="Show remarks that ask for nothing too.")
def explain(
    files: tuple[str, ...], json_file: str | None, one_machine: bool, kinds: bool, verbose: bool
) -> None:
    """Judge saved output of nvidia-smi, lspci, nvbandwidth, dcgmi, dmesg …; no host is contacted.

    The kind of each file is recognised; - is standard input. Exit code 1: a fault was found;
    2: a file could not be read.
    """
    if kinds:
        click.echo("\n".join(sorted(reader.KIND for reader in readers())))
        return
    if not files:
        stop("infra topology explain: name files or folders with saved output, or - for stdin")
    told, problems = _told(files)
    judged = together.judged(told, one_machine=one_machine)
    out = console(json_file)
    if judged:
        for line in report.summary(judged, verbose=verbose):
            out.print(line)
    for problem in problems.values():
        click.echo(problem.findings[0].message, err=True)
    _write(judged, problems, json_file)
    wrong = any(has_errors(one.judgement) for one in judged)
    sys.exit(WRONG if problems else FAILED if wrong else OK)


def _told(files: tuple[str, ...]) -> tuple[list[Told], dict[str, Judgement]]:
    """What the readable files say, and the others with the reason why they are not."""
    told: list[Told] = []
    problems: dict[str, Judgement] = {}
    for source in reading.sources(files):
        if source.problem:
            finding = Finding("error", "file", source.problem)
            problems[source.file] = Judgement(kind=UNREADABLE, findings=(finding,))
        else:
            told.append(Told(source.file, source.text, recognise.judged(source.text)))
    return told, problems


def _write(judged: list[Told], problems: dict[str, Judgement], json_file: str | None) -> None:
    if json_file is None:
        return
    content: list[dict[str, Any]] = [
        *(as_json(told.judgement, file=told.file) for told in judged),
        *(as_json(problem, file=file) for file, problem in problems.items()),
    ]
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if json_file == "-":
        click.echo(text, nl=False)
    else:
        write_atomic(Path(json_file), text)
