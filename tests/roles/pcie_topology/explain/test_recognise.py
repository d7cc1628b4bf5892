"""A text is recognised whatever it went through."""

from collections.abc import Callable

import pytest

from roles.pcie_topology.explain import recognise

MATRIX = """\
\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID
GPU0\t X \tPHB\t0-63\t0\t\tN/A
GPU1\tPHB\t X \t0-63\t0\t\tN/A
"""
LIST = "GPU 0: NVIDIA L4 (UUID: GPU-1b2c3d4e-0000-1111-2222-333344445555)\n"


@pytest.mark.parametrize(
    "through",
    [
        lambda text: text,
        lambda text: text.replace("GPU0\tGPU1", "\x1b[4mGPU0\tGPU1").replace(" ID", " ID\x1b[0m"),
        lambda text: text.replace("GPU0\tGPU1", "\x1b[4mGPU0\tGPU1"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: "".join(f"    {line}\n" for line in text.splitlines()),
        lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
        lambda text: f"```console\n{text}```\n",
        lambda text: f"root@node-1:~# nvidia-smi topo -m\n{text}",
        lambda text: f"$ nvidia-smi topo -m\n{text}",
        lambda text: f"PS C:\\Users\\me> nvidia-smi topo -m\n{text}",
        lambda text: f"\x1b]0;node-1\x07{text}",
    ],
    ids=[
        *("plain", "ansi", "ansi-not-closed", "crlf", "bom", "indented", "quoted", "fenced"),
        *("root-prompt", "prompt", "powershell", "title"),
    ],
)
def test_what_a_text_went_through_changes_nothing(through: Callable[[str], str]) -> None:
    judgement = recognise.judged(through(MATRIX))
    assert recognise.kind(through(MATRIX)) == judgement.kind == "nvidia-smi-topo-m"
    assert (judgement.gpus, judgement.nvlink) == (2, "absent")
    assert not [finding for finding in judgement.findings if finding.severity != "info"]


def test_a_text_of_no_kind_is_a_warning_and_speaks_of_nothing() -> None:
    judgement = recognise.judged("a letter to my aunt\n")
    assert (judgement.kind, judgement.gpus) == ("unknown", None)
    assert {judgement.lanes, judgement.p2p, judgement.nvlink} == {"n/a"}
    assert [finding.severity for finding in judgement.findings] == ["warning"]


def test_an_empty_text_says_so() -> None:
    assert recognise.judged("\n").findings[0].message == "there is nothing in it"


def test_a_command_that_was_typed_tells_that_nvlink_is_hidden() -> None:
    judgement = recognise.judged(f"$ nvidia-smi topo -mp\n{MATRIX}")
    assert judgement.nvlink == "unknown"


def test_a_line_of_output_that_looks_like_a_comment_stays() -> None:
    assert recognise.without_prompts("# HELP a b\n# TYPE a gauge") == "# HELP a b\n# TYPE a gauge"


def test_links_of_a_gpu_are_no_list_of_gpus() -> None:
    assert recognise.kind(LIST) == "nvidia-smi-list"
    assert recognise.kind(f"{LIST}\t Link 0: 25 GB/s\n") == "nvidia-smi-nvlink"


def test_a_table_of_a_document_is_about_outputs_and_is_none() -> None:
    text = "# Outputs\n\n| file | what |\n|---|:---:|\n| a | NVRM: Xid (PCI:0000:01:00): 79 |\n"
    assert recognise.kind(text) == recognise.UNKNOWN
    assert recognise.kind(text + "\nNVRM: Xid (PCI:0000:01:00): 79, gone\n") == "kernel-log"
