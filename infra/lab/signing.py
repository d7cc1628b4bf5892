"""The key that signs the lab's package mirror: made once, without a passphrase."""

import shutil
from pathlib import Path

from infra.lab.shell import run

_USER = "infra lab mirror <lab@example.invalid>"


def key(home: Path) -> str:
    """Fingerprint of the signing key in a GnuPG home, which is made when there is none."""
    stamp = home / "fingerprint"
    if not stamp.exists():
        fresh = home.with_name(f".{home.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        (fresh / "fingerprint").write_text(_make(fresh))
        shutil.rmtree(home, ignore_errors=True)
        fresh.replace(home)
    return stamp.read_text()


def public_key(home: Path) -> str:
    """The public key, armored."""
    return _gpg("--export", "--armor", home=home)


def sign(release: Path, *, home: Path) -> None:
    """Sign a Release file: InRelease and Release.gpg appear beside it."""
    inline, detached = release.with_name("InRelease"), release.with_name("Release.gpg")
    _gpg("--clearsign", "--output", str(inline), str(release), home=home)
    _gpg("--detach-sign", "--armor", "--output", str(detached), str(release), home=home)
    _stop_agent(home)


def _make(home: Path) -> str:
    _gpg("--quick-generate-key", _USER, "ed25519", "sign", "never", home=home)
    listing = _gpg("--list-keys", "--with-colons", home=home)
    _stop_agent(home)
    rows = (line.split(":") for line in listing.splitlines())
    return next(row[9] for row in rows if row[0] == "fpr")


def _gpg(*args: str, home: Path) -> str:
    quiet = ["--batch", "--quiet", "--yes", "--no-tty", "--pinentry-mode", "loopback"]
    plain = ["--passphrase", "", "--digest-algo", "SHA512"]
    return run(["gpg", "--homedir", home, *quiet, *plain, *args])


def _stop_agent(home: Path) -> None:
    # The agent that gpg starts would outlive the lab
    run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)
