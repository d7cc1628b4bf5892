import subprocess
from pathlib import Path

import pytest

from roles.base_system.footing import skew

NOW = 1_795_000_000.0
YEARS = 730 * 86400.0


@pytest.mark.parametrize("ahead", [0.0, 299.0, -299.0])
def test_a_clock_that_is_near_is_no_matter(ahead: float) -> None:
    assert skew.refusal(ahead, ours=NOW, ntp=False) is None
    assert not skew.is_wrong(ahead)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (YEARS, "730 days ahead of this machine's (it says 2028-11-17"),
        (-YEARS, "730 days behind this machine's (it says 2024-11-18"),
        (-3700.0, "1 hour behind"),
        (301.0, "5 minutes ahead"),
    ],
)
def test_a_clock_that_nobody_keeps_is_refused_with_what_to_do(ahead: float, words: str) -> None:
    told = skew.refusal(ahead, ours=NOW, ntp=False)
    assert told is not None
    assert words in told
    assert "timedatectl set-ntp true" in told


def test_a_clock_that_ntp_is_to_keep_is_set() -> None:
    assert skew.refusal(YEARS, ours=NOW, ntp=True) is None


@pytest.mark.parametrize(
    ("kept", "contained", "sets", "said"),
    [
        ("no", False, True, ""),
        ("no", False, False, "the host may not set it: set it right on its machine"),
        ("yes", False, True, "NTP keeps the host's: set the clock of this machine right"),
        ("yes", True, False, "the host may not set it"),
    ],
)
def test_a_clock_is_set_unless_ntp_or_a_machine_outside_keeps_it(
    tmp_path: Path, kept: str, contained: bool, sets: bool, said: str
) -> None:
    shims = {
        "timedatectl": f"echo {kept}",
        "systemd-detect-virt": str(contained).lower(),
        "date": f'[ "$*" = "-u -s @1795000000" ] && {str(sets).lower()}',
        "hwclock": "true",
    }
    for name, text in shims.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", skew.set_command(YEARS, ours=NOW)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == (not said)
    assert said in done.stderr
    assert done.stderr.startswith("infra: the host's clock is 730 days ahead") == bool(said)
