"""What programs are linked to: read from this machine's own."""

from pathlib import Path

import pytest

from infra.lab import elf

SHELL = Path("/bin/sh").resolve()


def test_a_program_names_its_libraries() -> None:
    assert "libc.so.6" in elf.needed(SHELL)


def test_a_script_needs_no_library(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    assert elf.needed(script) == ()


def test_a_closure_holds_what_the_libraries_need_too() -> None:
    asked: list[str] = []

    def find(name: str) -> Path:
        asked.append(name)
        return SHELL

    found = elf.closure([SHELL], find=find)
    assert found == {name: SHELL for name in elf.needed(SHELL)}
    assert sorted(asked) == sorted(found), "each is looked for once, cycles end"


def test_a_library_that_cannot_be_found_is_told() -> None:
    def find(name: str) -> Path:
        raise LookupError(name)

    with pytest.raises(LookupError, match=r"libc\.so\.6"):
        elf.closure([SHELL], find=find)
