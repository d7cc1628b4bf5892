import pytest

from infra import templates
from roles.gpu_driver import upgrades


@pytest.mark.parametrize(
    "name",
    [
        "nvidia-utils-580-server",
        "libnvidia-compute-580",
        "linux-modules-nvidia-580-server-open-generic",
        "libcuda1",
        "firmware-nvidia-gsp",
        "xserver-xorg-video-nvidia-580",
        "cuda-drivers",
        *upgrades.TOOLKIT,
    ],
)
def test_what_must_fit_the_driver_is_left_alone(name: str) -> None:
    assert upgrades.movable([name], heeded=upgrades.expressions(kernel=False)) == ()


@pytest.mark.parametrize("name", ["linux-image-amd64", "linux-headers-generic", "linux-generic"])
def test_the_kernel_is_left_alone_where_it_is_held(name: str) -> None:
    assert upgrades.movable([name], heeded=upgrades.expressions(kernel=True)) == ()
    assert upgrades.movable([name], heeded=upgrades.expressions(kernel=False)) == (name,)


def test_security_fixes_of_other_packages_go_on() -> None:
    names = ("libc6", "linux-libc-dev", "openssl")
    assert upgrades.movable(names, heeded=upgrades.expressions(kernel=True)) == names


def test_the_file_is_read_back_as_it_was_written() -> None:
    lines = [
        'Unattended-Upgrade::Package-Blacklist "";',
        'Unattended-Upgrade::Package-Blacklist:: "nvidia-";',
        'Unattended-Upgrade::Package-Blacklist:: "li(";',
    ]
    heeded = upgrades.parse(lines)
    assert heeded == ("nvidia-", "li(")
    assert upgrades.movable(["nvidia-smi", "libcuda1"], heeded=heeded) == ("libcuda1",)


def test_the_file_names_every_expression() -> None:
    named = upgrades.expressions(kernel=True)
    text = templates.render("gpu_driver/unattended-upgrades.j2", expressions=named)
    assert all(f'"{one}";' in text for one in named)


def test_an_expression_that_is_not_heeded_is_named() -> None:
    heeded = upgrades.expressions(kernel=True)
    assert upgrades.lacking(heeded, kernel=True) == ()
    assert upgrades.lacking(heeded[1:], kernel=False) == heeded[:1]
