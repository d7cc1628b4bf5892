"""Keys of the lab: the one that logs in to hosts, the one that clients of the balancer present."""

import secrets
from collections.abc import Sequence

from infra.files import write_atomic
from infra.lab import place
from infra.lab.shell import run
from infra.lab.spec import LabHost


def ensure() -> str:
    """Have both keys, made once; gives the public SSH key."""
    if not place.API_KEY.exists():
        write_atomic(place.API_KEY, f"{secrets.token_urlsafe(32)}\n", mode=0o600)
    public = place.KEY.with_suffix(".pub")
    if not public.exists():
        _make_login_key()
    return public.read_text()


def ssh_command(host: LabHost) -> tuple[str, ...]:
    """Command that logs in to a lab host, with its key and its pinned host key alone."""
    options: Sequence[str] = (
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={place.KNOWN_HOSTS}",
        "GlobalKnownHostsFile=/dev/null",
        "ConnectTimeout=5",
    )
    words = [word for option in options for word in ("-o", option)]
    return ("ssh", "-F", "/dev/null", "-i", str(place.KEY), *words, f"{host.user}@{host.address}")


def _make_login_key() -> None:
    place.KEY.parent.mkdir(parents=True, exist_ok=True)
    place.KEY.parent.chmod(0o700)
    fresh = place.KEY.with_name("new_key")
    fresh.unlink(missing_ok=True)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "infra-lab", "-f", fresh])
    fresh.rename(place.KEY)
    # Last: the pair is there once its public half is
    fresh.with_suffix(".pub").rename(place.KEY.with_suffix(".pub"))
