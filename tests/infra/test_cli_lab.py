"""Words for a lab host's shell stay its own."""

import click
import pytest

from infra.cli_lab import ssh


@pytest.mark.parametrize(
    "words", [("ls", "-la", "/"), ("ls", "--help"), ("grep", "--inventory", "x")]
)
def test_options_behind_the_node_belong_to_its_command(words: tuple[str, ...]) -> None:
    found = ssh.make_context("ssh", ["--inventory", "rack.py", "gpu-2", *words]).params
    assert (found["node"], str(found["inventory"]), found["command"]) == ("gpu-2", "rack.py", words)


def test_an_option_before_the_node_is_checked() -> None:
    with pytest.raises(click.UsageError):
        ssh.make_context("ssh", ["--inventory"])
