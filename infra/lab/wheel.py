"""Files out of wheels that are pinned by hash, from the machine's own pip configuration."""

import sys
import tempfile
import zipfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from infra.lab.shell import run


class Wheel(BaseModel):
    """One wheel, and nothing else under its name."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """Its name in the package index."""
    version: str
    """Exact version."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Checksum of the wheel file."""


def extract(wheel: Wheel, *, into: Path, members: str = "") -> None:
    """Unpack a wheel's files whose path starts with `members`; nothing of it is run.

    Raises LabError when pip cannot get the wheel or it is not the pinned one.
    """
    with tempfile.TemporaryDirectory(dir=into) as folder:
        file = _download(wheel, folder=Path(folder))
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.startswith(members)]
            archive.extractall(into, names)


def _download(wheel: Wheel, *, folder: Path) -> Path:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir"]
    quiet = ["--quiet", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "download"]
    run([*pip, *quiet, *options, "--dest", folder, "--requirement", wanted])
    return next(folder.glob("*.whl"))
