"""Operations of apt that every role may use: repositories, pinned packages, lists."""

from collections.abc import Mapping

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra import facts
from infra.apt import AptRepository
from infra.apt.command import APT, hold_command, install_command, update_command
from infra.operations import Commands, write_file

__all__ = ["APT", "apt_lists", "apt_repository", "hold_command", "packages", "update_command"]


@operation()
def apt_lists(source: str, *, digest: str) -> Commands:
    """Package lists of `/etc/apt/sources.list.d/<source>.sources`, fetched since it last changed.

    `digest` stands for the source's content; it is kept in /var/lib/infra/apt.
    """
    stamp = f"/var/lib/infra/apt/{source}"
    if host.get_fact(facts.FileText, path=stamp).strip() == digest:
        return
    yield StringCommand(
        update_command(
            f"-o Dir::Etc::sourcelist=sources.list.d/{source}.sources -o Dir::Etc::sourceparts=- "
            "-o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any"
        ),
        # tee, since the shell's own echo does not say why it could not write
        "&& mkdir -p /var/lib/infra/apt && echo",
        QuoteString(digest),
        f"| tee {stamp}.new >/dev/null && mv -f {stamp}.new {stamp}",
    )


@operation()
def packages(wanted: Mapping[str, str | None], *, hold: bool = False) -> Commands:
    """Packages installed, at exactly the version given (None: any), held when asked.

    Versions are complete Debian versions (`580.95.05-0ubuntu1`); a package that is held at another
    version by us is moved and held again.
    """
    found = host.get_fact(facts.Packages, names=tuple(wanted))
    missing = {
        name: version
        for name, version in wanted.items()
        if name not in found or (version is not None and found[name].version != version)
    }
    unheld = [name for name in wanted if hold and not (name in found and found[name].held)]
    if missing:
        yield StringCommand(install_command(missing))
    if missing or unheld:
        held = list(wanted) if hold else []
        yield from (StringCommand(hold_command(held)) for _ in held[:1])


def apt_repository(source: str, repository: AptRepository) -> None:
    """Three operations: a repository's key, its source file, and its package lists."""
    write_file(path=repository.keyring, text=repository.key, name="Write repository key")
    write_file(
        path=f"/etc/apt/sources.list.d/{source}.sources",
        text=repository.sources(),
        name="Write repository source",
    )
    apt_lists(source=source, digest=repository.digest, name="Fetch package lists")
