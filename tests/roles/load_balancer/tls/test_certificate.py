import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate


@pytest.fixture(scope="module", params=["llm.example.org", "10.77.0.21", "fd00::2"])
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A name, and the folder with the certificate that a balancer made for it."""
    folder = tmp_path_factory.mktemp("made")
    command = certificate.make_command(request.param).replace(certificate.FOLDER, str(folder))
    subprocess.run(["sh", "-c", command], check=True)
    return request.param, folder


def now() -> datetime:
    return datetime.now(timezone.utc)


def succeeds(command: str, folder: Path) -> bool:
    moved = command.replace(certificate.FOLDER, str(folder))
    return subprocess.run(["sh", "-c", moved], capture_output=True).returncode == 0


def test_what_a_balancer_makes_is_for_its_name_and_lasts(made: tuple[str, Path]) -> None:
    name, folder = made
    text = (folder / "infra-own.pem").read_text()
    assert certificate.problems(text, name=name, now=now()) == []
    assert (folder / "infra-own.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["infra-own.key", "infra-own.pem"]
    assert succeeds(certificate.lasts_command(name), folder)
    assert not succeeds(certificate.lasts_command("other.example.org"), folder)


def test_what_is_wrong_with_a_certificate_is_told(made: tuple[str, Path]) -> None:
    name, folder = made
    text = (folder / "infra-own.pem").read_text()
    [other] = certificate.problems(text, name="other.org", now=now())
    assert other.startswith("is for") and other.endswith("not for other.org")
    [late] = certificate.problems(text, name=name, now=now() + timedelta(days=384))
    assert late.endswith("in less than 14 days")
    [early] = certificate.problems(text, name=name, now=now() - timedelta(days=9))
    assert early.startswith("is valid from")


def test_what_is_no_certificate_is_told() -> None:
    for text in ("", "nonsense", "-----BEGIN CERTIFICATE-----\nxx\n"):
        assert certificate.problems(text, name="a", now=now())[0].startswith("cannot be read")
        assert not certificate.is_for(text, name="a")


def test_a_new_certificate_replaces_no_old_one(
    settings: LoadBalancerSettings, tmp_path: Path
) -> None:
    places = []
    for text in ("one", "two"):
        (tmp_path / "pem").write_text(text)
        given = settings.model_copy(update={"certificate": str(tmp_path / "pem")})
        places.append(certificate.places(given))
    assert places[0] != places[1]
    assert certificate.places(settings) is None
