import pytest

from roles.container_runtime import packages

MADISON = """\
 docker.io | 26.1.5+dfsg1-9+b11 | http://mirror.lab/apt/trixie trixie/main amd64 Packages
 docker.io | 26.1.4+dfsg1-1 | http://mirror.lab/apt/trixie trixie/main amd64 Packages
docker-cli | 26.1.5+dfsg1-9+b11 | http://mirror.lab/apt/trixie trixie/main amd64 Packages
 docker.io | 26.1.5+dfsg1-9 | http://mirror.lab/apt/trixie trixie/main Sources
N: something else
"""
OFFERS = packages.parse_offers(MADISON.splitlines())
NEW, OLD = "26.1.5+dfsg1-9+b11", "26.1.4+dfsg1-1"
NAMES = packages.DOCKER["docker.io"]


def test_offers_are_read_newest_first_without_sources() -> None:
    assert OFFERS == {"docker.io": (NEW, OLD), "docker-cli": (NEW,)}


@pytest.mark.parametrize(
    ("version", "promised", "kept"),
    [
        ("26.1.5+dfsg1-9", "26.1", True),
        ("26.10.0", "26.1", False),
        ("5:26.1.4-1~ubuntu.24.04~noble", "26.1", True),
        ("5:26.1.4-1~ubuntu.24.04~noble", "5:26.1.4", True),
        ("1.19.1-1", "1.19.1", True),
        ("1.19.10-1", "1.19.1", False),
        ("1.19.1-1", "1.19.1-1", True),
        ("26.1~rc1", "26.1", True),
        ("26.1rc1", "26.1", False),
    ],
)
def test_a_promise_is_a_version_or_its_beginning(version: str, promised: str, kept: bool) -> None:
    assert packages.keeps(version, promised) is kept


def chosen(
    names: tuple[str, ...] = NAMES,
    promised: str = "26.1",
    installed: dict[str, str] | None = None,
    offers: dict[str, tuple[str, ...]] = OFFERS,
) -> dict[str, str]:
    return packages.chosen(names, promised=promised, installed=installed or {}, offers=offers)


def test_the_newest_version_that_keeps_the_promise_is_chosen() -> None:
    assert chosen() == {"docker.io": NEW, "docker-cli": NEW}


def test_an_exact_version_is_chosen_although_a_newer_one_is_there() -> None:
    assert chosen(names=("docker.io",), promised=OLD) == {"docker.io": OLD}


def test_what_is_installed_stays_when_it_keeps_the_promise() -> None:
    assert chosen(names=("docker.io",), installed={"docker.io": OLD}) == {"docker.io": OLD}


def test_packages_at_different_versions_are_brought_to_one() -> None:
    installed = {"docker.io": OLD, "docker-cli": NEW}
    assert chosen(installed=installed) == {"docker.io": NEW, "docker-cli": NEW}


def test_a_package_that_the_distribution_does_not_have_apart_is_left_out() -> None:
    assert chosen(offers={"docker.io": (NEW,)}) == {"docker.io": NEW}


def test_what_is_not_offered_is_refused_with_what_is() -> None:
    with pytest.raises(packages.NotOffered, match=r"docker.io 27.0 .*offered: 26.1.5"):
        chosen(promised="27.0")
    with pytest.raises(packages.NotOffered, match="offered: nothing"):
        chosen(offers={})


def test_settled_means_all_at_one_version() -> None:
    both = {"a": "1.0-1", "b": "1.0-1"}
    assert packages.settled(("a", "b"), promised="1.0", installed=both)
    assert not packages.settled(("a", "b"), promised="1.0", installed={**both, "b": "1.0-2"})
    assert not packages.settled(("a", "b"), promised="1.0", installed={"a": "1.0-1"})


def test_offers_are_asked_for_by_name() -> None:
    assert packages.offers_command(["a", "b c"]).startswith("apt-cache madison a 'b c'")


def test_a_toolkit_that_lets_containers_out_is_named() -> None:
    found = {"libnvidia-container1": "1.18.2-1", "nvidia-container-toolkit": "1.19.1-1"}
    assert packages.unsafe(found) == ["libnvidia-container1 1.18.2-1"]
    assert packages.unsafe({"nvidia-container-toolkit": "2.0.0~rc.1-1"}) == []


def test_numbers_of_a_version_leave_epoch_and_revision_out() -> None:
    assert packages.numbers("5:26.1.4-1~debian.12") == (26, 1, 4)
