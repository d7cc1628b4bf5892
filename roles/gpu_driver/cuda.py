"""What programs built with a CUDA version ask of a driver and a card."""

from collections.abc import Iterable

from roles.gpu_driver import branches, matrix
from roles.gpu_driver.branches import Modules
from roles.gpu_driver.cards import Card


def ceiling(version: str) -> str | None:
    """Newest CUDA version that a driver runs natively; None: its branch is older than the table."""
    row = branches.of(version)
    return None if row is None else row.cuda


def needs(cuda: str) -> str | None:
    """Oldest driver for programs built with a CUDA version; None: its major is not known here."""
    wanted = _numbers(cuda)
    rows = [row for row in branches.data()["minimums"] if _numbers(row["cuda"]) <= wanted]
    if not rows or wanted[0] > _newest_major():
        return None
    return str(rows[-1]["driver"])


def runs(cuda: str, *, version: str) -> bool:
    """Whether a driver runs programs built with a CUDA version: its own, or one of its major."""
    oldest = needs(cuda)
    return oldest is not None and _numbers(version) >= _numbers(oldest)


def refusal(cuda: str, *, version: str, modules: Modules, cards: Iterable[Card] = ()) -> str | None:
    """Why an image with a CUDA version cannot work on a host, and what can; None: it can.

    Cards that the driver leaves idle do not count.
    """
    here = tuple(
        card
        for card in cards
        if matrix.verdict(card, version_or_branch=version, modules=modules).fits
    )
    old = next((card for card in here if not has_kernels(cuda, card=card)), None)
    if old is not None:
        last = branches.architecture(old).cuda
        return (
            f"CUDA {cuda} of the image has no kernels for {old.name} ({old.architecture}): {last} "
            f"is the last that has; give an image built with CUDA {last} or older"
        )
    return None if runs(cuda, version=version) else _too_old(cuda, version, modules, here)


def has_kernels(cuda: str, *, card: Card) -> bool:
    """Whether a CUDA toolkit still builds for a card's architecture."""
    last = branches.architecture(card).cuda
    return not last or _numbers(cuda)[:2] <= _numbers(last)


def _too_old(cuda: str, version: str, modules: Modules, cards: tuple[Card, ...]) -> str:
    wanted = needs(cuda)
    native = f"this host has {version}, which runs programs up to CUDA {ceiling(version)}"
    if wanted is None:
        return (
            f"CUDA {cuda} of the image is newer than any driver known here, and {native}; give an "
            f"image built with CUDA {_newest_major()}.x or older"
        )
    choices = matrix.working(cards, like=version, modules=modules)
    better = next((one for one in choices if runs(cuda, version=one.version)), None)
    mend = f"give {better}, or" if better is not None else "give"
    return (
        f"CUDA {cuda} of the image needs driver {wanted} or newer, and {native}; {mend} an image "
        f"built with CUDA {_major(ceiling(version))}.x"
    )


def _newest_major() -> int:
    return _numbers(branches.data()["minimums"][-1]["cuda"])[0]


def _major(cuda: str | None) -> str:
    return (cuda or "9").partition(".")[0]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
