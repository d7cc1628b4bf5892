"""What people read of explained outputs."""

import io

from rich.console import Console

from roles.pcie_topology.explain import report
from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.together import Told

FAULT = Finding("error", "GPU 1", "x4 where its slot gives x16", "Reseat the card.")
REMARK = Finding("info", "GPU 0", "idle")
FILES = [
    Told("a.txt", "", Judgement(kind="good", gpus=2, lanes="ok", findings=(REMARK,))),
    Told("b.txt", "", Judgement(kind="bad", lanes="degraded", findings=(REMARK, FAULT))),
]


def _shown(files: list[Told], *, verbose: bool = False, width: int = 80) -> list[str]:
    out = Console(file=io.StringIO(), width=width, highlight=False)
    for line in report.summary(files, verbose=verbose):
        out.print(line)
    assert isinstance(out.file, io.StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def test_the_answer_stands_first_then_one_line_a_file_then_the_findings() -> None:
    assert _shown(FILES) == [
        "✗ faults in 1 of 2 outputs",
        "",
        "   file   kind  GPUs  lanes     P2P  NVLink",
        "✓  a.txt  good     2  ok        n/a  n/a",
        "✗  b.txt  bad      –  degraded  n/a  n/a",
        "",
        "b.txt",
        "  ✗ GPU 1: x4 where its slot gives x16",
        "    Reseat the card.",
    ]


def test_the_worst_finding_of_a_file_stands_first() -> None:
    lines = _shown(FILES, verbose=True)
    assert lines.index("  ✗ GPU 1: x4 where its slot gives x16") < lines.index(
        "  · GPU 0: idle", lines.index("b.txt")
    )


def test_without_a_finding_the_answer_is_all() -> None:
    assert _shown([Told("a", "", Judgement(kind="x"))])[0] == "✓ no fault in 1 output"


def test_narrow_terminals_lose_nothing() -> None:
    long = Told("captures/of/a/machine/with/a/long/name.txt", "", Judgement(kind="nvidia-smi-q"))
    text = "".join("".join(_shown([long], width=60)).split())
    assert "name.txt" in text
    assert "nvidia-smi-q" in text


def test_the_folder_of_all_files_is_named_once() -> None:
    said = Judgement(kind="x", findings=(FAULT,))
    lines = _shown([Told("/rig/a/one.txt", "", said), Told("/rig/b.txt", "", said)])
    assert lines[2] == "in /rig/"
    assert [line for line in lines if "rig" in line] == ["in /rig/"]
    assert "a/one.txt" in lines


def test_files_without_a_folder_in_common_keep_their_names() -> None:
    said = Judgement(kind="x")
    for names in (["-", "/rig/a"], ["rig/a", "/rig/b"], ["/a", "/b"], ["../a", "./a"]):
        lines = _shown([Told(name, "", said) for name in names])
        assert all(any(name.split("/")[-1] in line for line in lines) for name in names)
