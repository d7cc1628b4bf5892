"""Where this machine's own apt gets Debian's packages from."""

from infra.lab.shell import run

TARGETS = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages")


def debian_lines(suite: str) -> tuple[str, ...]:
    """`deb` lines of a Debian suite, its updates and its security fixes from this machine's mirror.

    Empty on a machine that is no Debian: mmdebstrap then uses its own default.
    """
    if "ID=debian" not in _os_release():
        return ()
    return lines(run(TARGETS), suite=suite)


def lines(targets: str, *, suite: str) -> tuple[str, ...]:
    """`deb` lines of `suite` from apt's index targets ("<uri> <release>" a line)."""
    rows = [line.split() for line in targets.splitlines()]
    ours = {row[1]: row[0] for row in rows if len(row) == 2}
    own = next((release for release in ours if release.endswith("-security")), None)
    if own is None:
        return tuple(f"deb {uri} {suite} main" for uri in list(ours.values())[:1])
    archive = ours.get(own.removesuffix("-security"))
    if archive is None:
        return ()
    return (
        f"deb {archive} {suite} main",
        f"deb {archive} {suite}-updates main",
        f"deb {ours[own]} {suite}-security main",
    )


def _os_release() -> list[str]:
    with open("/etc/os-release") as file:
        return file.read().splitlines()
