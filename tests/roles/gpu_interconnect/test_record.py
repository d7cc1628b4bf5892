import subprocess
from pathlib import Path

import pytest

from roles.gpu_interconnect import record

COMMANDS = {
    "measured": record.MEASURED_COMMAND,
    "proof.json": record.PROOF_COMMAND,
    "engine.json": record.ENGINE_COMMAND,
}


def said(command: str, *, folder: Path) -> tuple[int, str, str]:
    """Status and text of a command that is led to a folder of the test."""
    led = command.replace(record.FOLDER, str(folder))
    assert led != command
    found = subprocess.run(["sh", "-c", led], capture_output=True, text=True, check=False)
    return found.returncode, found.stdout, found.stderr


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_host_without_a_record_answers_nothing_and_well(command: str, tmp_path: Path) -> None:
    assert said(command, folder=tmp_path / "absent") == (0, "", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_prints_its_own_file_word_for_word(name: str, tmp_path: Path) -> None:
    for one in COMMANDS:
        (tmp_path / one).write_text(f"{one}: a  b\n\n")
    assert said(COMMANDS[name], folder=tmp_path) == (0, f"{name}: a  b\n\n", "")
