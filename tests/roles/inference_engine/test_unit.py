import pytest

from roles.inference_engine import unit


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("--port", "--port"),
        ("A=b c", '"A=b c"'),
        ('say "x"', '"say \\"x\\""'),
        ("50%", "50%%"),
        ("$HOME", "$$HOME"),
        ("", '""'),
        ("a;b", '"a;b"'),
        ("back\\slash", '"back\\\\slash"'),
    ],
)
def test_an_argument_reaches_docker_as_it_is(argument: str, written: str) -> None:
    assert unit.quoted(argument) == written


def test_an_option_and_its_value_share_a_line() -> None:
    assert unit.lines(("create", "--name", "x", "--read-only", "-c", "1", "image")) == [
        "create",
        "--name x",
        "--read-only",
        "-c 1 image",
    ]


def test_the_unit_restarts_whatever_the_status() -> None:
    text = unit.text(("create", "--name", "x"), model="m", stop_seconds=7)
    assert "Restart=always\n" in text
    assert "StartLimitBurst=30\n" in text
    assert "docker stop -t 7 infra-engine" in text


def test_nobody_is_attached_to_the_output() -> None:
    text = unit.text(("create", "--name", "x"), model="m", stop_seconds=7)
    assert "docker run" not in text
    assert "--attach" not in text
    assert "docker wait infra-engine" in text


def test_the_last_argument_ends_the_command() -> None:
    text = unit.text(("create", "--name", "x", "--metrics"), model="m", stop_seconds=7)
    assert "    --name x \\\n    --metrics\n" in text
