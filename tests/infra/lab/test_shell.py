import pytest

from infra.lab.shell import LabError, run


def test_a_missing_program_is_named() -> None:
    with pytest.raises(LabError, match="no-such-program is not installed on this machine"):
        run(["no-such-program", "--help"])


def test_a_failure_says_which_command_how_and_its_last_words() -> None:
    with pytest.raises(LabError, match=r"^sh -c .* failed \(3\): two / three / four / five$"):
        run(["sh", "-c", r"printf 'one\ntwo\nthree\nfour\nfive\n' >&2; exit 3"])


def test_a_failure_is_told_by_its_name_and_without_remarks() -> None:
    text = r"printf 'E: disk full\n\nI: removing\n' >&2; exit 3"
    with pytest.raises(LabError, match=r"^the build failed \(3\): E: disk full$"):
        run(["sh", "-c", text], name="the build")


def test_what_may_fail_gives_what_it_printed() -> None:
    assert run(["sh", "-c", "echo said; exit 1"], check=False) == "said\n"


def test_a_variable_adds_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEPT", "kept")
    assert run(["sh", "-c", "echo $LAB_KEPT $LAB_NEW"], env={"LAB_NEW": "new"}) == "kept new\n"
