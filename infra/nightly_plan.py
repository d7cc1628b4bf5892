"""What an inventory's nights are to be, from a command line and what this process runs in."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra import place
from infra.nightly import Nightly
from infra.site import Site

_KEPT = ("PATH", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "SOPS_AGE_KEY_FILE")
"""Variables that a night sees as they are at the installation; no secret is in them."""
_PROGRAM = (sys.executable, "-I", "-c", "from infra.__main__ import main; main()")
"""What this process was started with; it imports nothing from the folder where it is run."""


def planned(
    site: Site, said: Mapping[str, Any], *, credentials: Mapping[str, Path], system: bool
) -> Nightly:
    """The nights of a site; without a balancer there is no gate to pass."""
    from infra import balancers  # slow, and only needed here

    textfile, reports = said["textfile"], said["reports"]
    return Nightly(
        inventory=site.file.absolute(),
        folder=Path.cwd(),
        program=_PROGRAM,
        at=said["at"],
        jitter=said["jitter"],
        reports=(reports or place.of(site.file) / "nightly").absolute(),
        keep_days=said["keep_days"],
        pages=tuple(folder.absolute() for folder in said["pages"]),
        textfile=None if textfile is None else Path(textfile).absolute(),
        hook=said["hook"],
        gate_minutes=said["gate_minutes"] if balancers.of(site) else 0,
        credentials=credentials,
        environment={
            "HOME": str(Path.home()),
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
        },
        system=system,
    )


def known(inventory: Path) -> Nightly:
    """Enough of a plan to know its units by their names."""
    own = place.of(inventory) / "nightly"
    return Nightly(inventory.absolute(), Path.cwd(), (), "", "", own, 0)
