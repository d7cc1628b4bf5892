"""`infra topology explain`: exit codes, JSON, and what people read."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.cli import cli

KEYS = ["file", "kind", "gpus", "lanes", "p2p", "nvlink", "findings"]
GOOD = "GPU 0: NVIDIA L40S (UUID: GPU-1b2c)\nDevice does not have or support Nvlink\n"
BAD = "Unable to determine the device handle for GPU 0000:05:00.0: GPU is lost.  Reboot\n"
GRANT = " \tGPU0\tGPU1\t\n GPU0\tX\tOK\t\n GPU1\tOK\tX\t\n"


def _run(*arguments: object, input: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["topology", "explain", *map(str, arguments)], input=input)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("a", GOOD), ("b", BAD), ("c", GRANT), ("d", "prose\n")):
        (tmp_path / f"{name}.txt").write_text(text)
    return tmp_path


def test_outputs_without_a_fault_end_well(folder: Path) -> None:
    result = _run(folder / "a.txt", folder / "c.txt", folder / "d.txt")
    assert result.exit_code == 0
    assert result.stdout.startswith("! no fault in 3 outputs, warnings in 2\n")


def test_a_fault_ends_with_1_and_says_what_to_do(folder: Path) -> None:
    result = _run(folder)
    assert result.exit_code == 1
    assert result.stdout.startswith("✗ faults in 1 of 4 outputs, warnings in 2\n")
    assert "GPU 0000:05:00.0: the GPU is lost: it fell off the bus" in result.stdout
    assert "See dmesg for Xid 79" in result.stdout


def test_a_file_that_cannot_be_read_ends_with_2_and_the_others_are_judged(folder: Path) -> None:
    (folder / "e.tgz").write_bytes(b"\x1f\x8b\x08\x00")
    result = _run(folder, folder / "none")
    assert result.exit_code == 2
    assert "faults in 1 of 4 outputs" in result.stdout
    assert f"{folder}/e.tgz: is no text" in result.stderr
    assert f"{folder}/none: there is no such file" in result.stderr


def test_json_is_a_list_of_files_with_the_promised_keys(folder: Path) -> None:
    result = _run(folder, "--json", "-")
    told = json.loads(result.stdout)
    assert [list(one) for one in told] == [KEYS] * 4
    assert [one["kind"] for one in told] == [
        *("nvidia-smi-nvlink", "nvidia-smi-error", "nvidia-smi-topo-p2p", "unknown")
    ]
    assert told[2] | {"findings": []} == {
        "file": str(folder / "c.txt"),
        "kind": "nvidia-smi-topo-p2p",
        "gpus": 2,
        "lanes": "n/a",
        "p2p": "unproven",
        "nvlink": "n/a",
        "findings": [],
    }
    assert list(told[2]["findings"][0]) == ["severity", "subject", "message", "advice"]
    assert "faults in 1 of 4" in result.stderr


def test_json_goes_to_a_file_while_people_read_the_report(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    result = _run(folder / "a.txt", folder / "none", "--json", target)
    assert [one["kind"] for one in json.loads(target.read_text())] == [
        *("nvidia-smi-nvlink", "unreadable")
    ]
    assert result.stdout.startswith("✓ no fault in 1 output\n")


def test_remarks_are_shown_of_one_file_or_when_asked_for(folder: Path) -> None:
    remark = "L40S: no NVLink is up; it has none"
    assert remark in _run(folder / "a.txt").stdout
    assert remark not in _run(folder / "a.txt", folder / "c.txt").stdout
    assert remark in _run(folder / "a.txt", folder / "c.txt", "-v").stdout


def test_standard_input_is_read_once(folder: Path) -> None:
    result = _run("-", input=BAD)
    assert result.exit_code == 1
    assert "the GPU is lost" in result.stdout


def test_without_files_the_command_is_wrong() -> None:
    result = _run()
    assert result.exit_code == 2
    assert "name files or folders" in result.stderr


def test_the_known_kinds_are_listed() -> None:
    kinds = _run("--kinds").stdout.split()
    assert {"nvidia-smi-topo-m", "nvidia-smi-topo-p2p", "nvidia-smi-nvlink"} <= set(kinds)
    assert kinds == sorted(kinds)
