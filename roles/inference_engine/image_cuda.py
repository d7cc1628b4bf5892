"""The CUDA version that an image was built with, and whether the host's driver runs it."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roles.gpu_driver import cards, cuda, driver
from roles.gpu_driver.branches import Modules
from roles.gpu_driver.cards import Card
from roles.gpu_driver.driver import Module
from roles.inference_engine.container import DOCKER
from roles.inference_engine.image import Image


@dataclass(frozen=True)
class Pair:
    """An image beside the host that is to run it."""

    cuda: str | None = None
    """CUDA version that the image says it was built with; None: it says none."""
    loaded: Module | None = None
    """The loaded driver; None: none is loaded."""
    cards: tuple[Card, ...] = ()
    """The host's cards that are known."""


def command(image: Image) -> str:
    """Shell text that prints the image's environment, the loaded driver and the cards' ids."""
    return (
        f"{DOCKER} image inspect --format '{{{{json .Config.Env}}}}' {shlex.quote(image.pinned)} "
        "2>/dev/null; grep -s '^NVRM' /proc/driver/nvidia/version; "
        "for d in /sys/bus/pci/devices/*; do "
        '[ "$(cat "$d/vendor" 2>/dev/null)" = 0x10de ] && case "$(cat "$d/class")" in '
        '0x0300*|0x0302*) echo "card $(cat "$d/device") '
        '$(cat "$d/subsystem_device" 2>/dev/null)";; esac; done; true'
    )


def parse(lines: list[str]) -> Pair:
    """Pair from the answer to `command`."""
    environment = next((line for line in lines if line.startswith("[")), "[]")
    rows = [line.split() for line in lines if line.startswith("card ")]
    found = [cards.by_pci_id(row[1], subsystem="".join(row[2:])) for row in rows if row[1:]]
    return Pair(
        cuda=of(json.loads(environment)),
        loaded=next((driver.loaded(line) for line in lines if line.startswith("NVRM")), None),
        cards=tuple(card for card in found if card is not None),
    )


def of(environment: Iterable[str]) -> str | None:
    """The CUDA version in an image's environment: CUDA_VERSION, or NVIDIA_REQUIRE_CUDA's least."""
    given = dict(one.partition("=")[::2] for one in environment)
    return _least(given, "CUDA_VERSION", r"(\d+\.\d+)") or _least(
        given, "NVIDIA_REQUIRE_CUDA", r"cuda>=(\d+\.\d+)"
    )


def refusal(pair: Pair, *, given: str | None) -> str | None:
    """Why this host cannot run the image, and what to give; None: it can, or nothing is known.

    A version that the settings give counts, whatever the image says.
    """
    version = pair.cuda if given is None else given
    if version is None or pair.loaded is None:
        return None
    flavour: Modules = "open" if pair.loaded.flavour == "open" else "proprietary"
    return cuda.refusal(version, version=pair.loaded.version, modules=flavour, cards=pair.cards)


def _least(given: Mapping[str, str], name: str, pattern: str) -> str | None:
    found = re.match(pattern, given.get(name, "").strip())
    return found[1] if found else None
