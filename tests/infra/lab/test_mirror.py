import shutil
import subprocess
from pathlib import Path

import pytest

from infra.lab import signing
from infra.lab.deb import deb
from infra.lab.mirror import index
from infra.lab.standins import standins

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("apt-ftparchive", "gpg", "gpgconf", "apt-get")),
    reason="apt-ftparchive, gpg or apt is not installed here",
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    for standin in standins():
        pool = root / "pool" / standin.component
        pool.mkdir(parents=True, exist_ok=True)
        (pool / standin.deb.file_name).write_bytes(deb(standin.deb))
    signing.key(tmp_path / "gnupg")
    index(root, suite="trixie", components=("restricted", "nvidia"), home=tmp_path / "gnupg")
    (tmp_path / "key.asc").write_text(signing.public_key(tmp_path / "gnupg"))
    return root


def apt(repository: Path, *args: str, components: str) -> str:
    """Ask an apt of its own that knows nothing but the repository, verified by its key."""
    home = repository.parent / "apt"
    for folder in ("lists/partial", "cache"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "status").write_text("")
    line = f"deb [signed-by={repository.parent}/key.asc] file:{repository} trixie {components}\n"
    (home / "sources.list").write_text(line)
    settings = {
        "Dir::Etc::SourceList": f"{home}/sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": str(home),
        "Dir::State::Lists": f"{home}/lists",
        "Dir::State::status": f"{home}/status",
        "Dir::Cache": f"{home}/cache",
        "APT::Sandbox::User": "root",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    done = subprocess.run([args[0], *options, *args[1:]], capture_output=True, text=True)
    assert done.returncode == 0 and "W:" not in done.stderr, done.stdout + done.stderr
    return done.stdout


def test_apt_trusts_it_and_sees_every_version(repository: Path) -> None:
    apt(repository, "apt-get", "update", components="restricted nvidia")
    rows = apt(
        repository, "apt-cache", "madison", "nvidia-utils-580-server", components="restricted"
    )
    assert [row.split("|")[1].strip() for row in rows.splitlines()][:3] == [
        "580.126.09-0ubuntu0.24.04.1",
        "580.95.05-0ubuntu0.24.04.2",
        "580.82.09-0ubuntu0.24.04.1",
    ]


def test_a_component_hides_the_others_packages(repository: Path) -> None:
    apt(repository, "apt-get", "update", components="restricted")
    names = apt(repository, "apt-cache", "pkgnames", components="restricted").split()
    assert "nvidia-utils-580-server" in names
    assert "nvidia-container-toolkit" not in names


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = signing.key(tmp_path / "gnupg")
    assert signing.key(tmp_path / "gnupg") == first
    assert (tmp_path / "gnupg").stat().st_mode & 0o777 == 0o700
