"""Words for a lab host's shell stay its own."""

import click
import pytest
from click.testing import CliRunner

from infra.cli_lab import INVENTORY, fault, ssh


@pytest.mark.parametrize(
    "words", [("ls", "-la", "/"), ("ls", "--help"), ("grep", "--inventory", "x")]
)
def test_options_behind_the_node_belong_to_its_command(words: tuple[str, ...]) -> None:
    found = ssh.make_context("ssh", ["--inventory", "rack.py", "gpu-2", *words]).params
    assert (found["node"], str(found["inventory"]), found["command"]) == ("gpu-2", "rack.py", words)


def test_an_option_before_the_node_is_checked() -> None:
    with pytest.raises(click.UsageError):
        ssh.make_context("ssh", ["--inventory"])


def test_every_fault_is_listed_with_what_it_is_like() -> None:
    done = CliRunner().invoke(fault, ["--list"])
    lines = done.output.splitlines()
    assert done.exit_code == 0
    assert len(lines) >= 35
    assert all(len(line.split()) > 5 and line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give a host and a fault"),
        (["gpu-1"], "give a host and a fault"),
        (["gpu-9", "narrow-slot"], "no lab host gpu-9"),
        (["gpu-1", "narow-slot"], "did you mean narrow-slot?"),
        (["balancer-1", "narrow-slot"], "balancer-1 has no simulated GPUs"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_2(words: list[str], said: str) -> None:
    done = CliRunner().invoke(fault, [*words, "--inventory", str(INVENTORY)])
    assert (done.exit_code, said in done.output) == (2, True), done.output
