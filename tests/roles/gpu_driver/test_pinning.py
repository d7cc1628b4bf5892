import re
from pathlib import Path

import pytest

from infra import templates
from roles.gpu_driver import packages, pinning

WANTED = {
    "linux-modules-nvidia-580-server-open-generic": "6.8.0-87.88+1",
    "nvidia-utils-580-server": "580.95.05-0ubuntu0.24.04.2",
    "libnvidia-compute-580-server": "580.95.05-0ubuntu0.24.04.2",
}


def test_the_drivers_version_pins_every_driver_package() -> None:
    apart, own, never = pinning.pins(WANTED, origin="ubuntu")
    assert (apart.names, apart.pin) == (
        "linux-modules-nvidia-580-server-open-generic",
        "version 6.8.0-87.88+1",
    )
    assert own.pin == "version 580.95.05-0ubuntu0.24.04.2"
    assert apart.priority == own.priority == 1001
    assert (never.pin, never.priority) == ("release l=NVIDIA CUDA", -1)


def test_nvidias_set_keeps_the_distributions_driver_away() -> None:
    found = pinning.pins({"libcuda1": "580.95.05-1"}, origin="nvidia")
    assert [pin.pin for pin in found[1:]] == ["release o=Ubuntu", "release o=Debian"]


@pytest.mark.parametrize("wanted", [{}, {"linux-modules-nvidia-580-generic": "6.8.0-87.88"}])
def test_nothing_is_pinned_without_a_driver(wanted: dict[str, str]) -> None:
    assert pinning.pins(wanted, origin="ubuntu") == ()


def test_the_file_has_a_stanza_for_each_pin() -> None:
    pins = pinning.pins(WANTED, origin="ubuntu")
    text = templates.render("gpu_driver/preferences.j2", pins=pins)
    stanzas = [part for part in text.split("\n\n") if part.startswith("Package: ")]
    assert len(stanzas) == len(pins)
    assert all(
        re.fullmatch(r"Package: \S+\nPin: .+\nPin-Priority: -?\d+\n?", one) for one in stanzas
    )


def test_the_names_expression_is_one_word_for_apt() -> None:
    assert " " not in packages.NAMES
    assert "/" not in packages.NAMES


def test_candidates_are_read_by_package() -> None:
    lines = (Path(__file__).parent / "policy.txt").read_text().splitlines()
    assert pinning.candidates(lines) == {
        "nvidia-utils-580-server": "580.126.09-0ubuntu0.24.04.1",
        "nvidia-headless-no-dkms-580-server-open": "580.126.09-0ubuntu0.24.04.1",
    }


def test_names_are_quoted_for_the_shell() -> None:
    assert pinning.policy_command(["a", "b c"]).endswith("policy a 'b c'")
