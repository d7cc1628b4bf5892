"""`nvidia-smi nvlink -s`, `-c` and `-e`: the links of each GPU, against what its card has."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from infra.wording import counted, listed
from roles.gpu_driver import cards
from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import failures, linked, listing, nvlink_text
from roles.pcie_topology.explain.judgement import Finding, Judgement, Nvlink
from roles.pcie_topology.explain.nvlink_text import Links

KIND = "nvidia-smi-nvlink"
_SLOWER = 0.9
"""A link below this part of its card's rate runs slower than it should."""

State = Literal["whole", "weak", "down", "none", "unsure"]
Verdict = tuple[State, tuple[Finding, ...]]


def matches(text: str) -> bool:
    """Whether a GPU is named, and links are spoken of."""
    return bool(nvlink_text.read(text)) and nvlink_text.is_state(text)


def judge(text: str) -> Judgement:
    """Whether each GPU has all its links; none is right where no bridge is fitted."""
    gpus = nvlink_text.read(text)
    verdicts = [_verdict(gpu) for gpu in gpus]
    gaps = listing.gaps(gpu.index for gpu in gpus) if len(gpus) > 1 else ()
    cut = _alike(gpus)
    nvlink = _together([state for state, _ in verdicts])
    if (gaps or cut) and nvlink != "degraded":
        nvlink = "unknown"
    found = (finding for _, findings in verdicts for finding in findings)
    return Judgement(
        kind=KIND,
        gpus=len({gpu.index for gpu in gpus}),
        nvlink=nvlink,
        findings=tuple(dict.fromkeys((*failures.found(text), *gaps, *cut, *found))),
        uuids=listing.uuids(gpu.uuid for gpu in gpus),
    )


def _together(states: Sequence[State]) -> Nvlink:
    kinds = set(states)
    if "weak" in kinds:
        return "degraded"
    if "unsure" in kinds or not kinds:
        return "unknown"
    if kinds <= {"none", "down"}:
        return "absent"
    return "present" if "down" not in kinds else "unknown"


def _verdict(gpu: Links) -> Verdict:
    card = cards.by_name(gpu.name)
    if gpu.without or gpu.all_down or not gpu.shown:
        return _nothing(gpu, card)
    faults = tuple(_faults(gpu, card))
    if faults:
        return "weak", faults
    doubts = tuple(_doubts(gpu, card))
    if any(doubt.severity == "error" for doubt in doubts):
        return "unsure", doubts
    return "whole", (*doubts, *_remarks(gpu))


def _nothing(gpu: Links, card: Card | None) -> Verdict:
    """A GPU for which no link is shown: normal, a fault, or a text that was cut."""
    if not (gpu.without or gpu.all_down):
        return "unsure", (_finding(gpu, "no link is shown: the text is cut", _AGAIN),)
    if card is None:
        return _unlisted(gpu)
    if card.fabric in ("none", "bridge"):
        why = "it has none" if card.fabric == "none" else "right without a bridge"
        message = f"{card.name}: no NVLink is up; {why}"
        return ("none" if gpu.without else "down"), (_finding(gpu, message, "", severity="info"),)
    message = f"{card.name}: none of its {card.nvlinks} NVLinks is up"
    if gpu.without:
        message += "; right only in a virtual machine that is given no NVLink"
        return "unsure", (_finding(gpu, message, _SWITCH, severity="warning"),)
    return "weak", (_finding(gpu, message, _SWITCH),)


def _unlisted(gpu: Links) -> Verdict:
    message = f"no NVLink is up; the card {gpu.name!r} is not known, so whether it should is not"
    state: State = "none" if gpu.without else "unsure"
    severity: Literal["info", "warning"] = "info" if gpu.without else "warning"
    return state, (_finding(gpu, message, _SWITCH, severity=severity),)


def _faults(gpu: Links, card: Card | None) -> Iterator[Finding]:
    """What is wrong with links that are shown."""
    promised = card.nvlinks if card is not None else 0
    up = [link for link, rate in gpu.rates.items() if rate]
    down = [link for link, rate in gpu.rates.items() if not rate]
    if down and (not promised or len(up) < promised):
        message = f"{_named(down)} down: {len(up)} of {promised or len(gpu.rates)} up"
        yield _finding(gpu, message, _advice(card))
    slow = _slow(gpu, card)
    if slow:
        message = f"{_named(slow)} at {gpu.rates[slow[0]]:g} GB/s, slower than it should be"
        yield _finding(gpu, message, _advice(card))
    for link in sorted(gpu.refused):
        yield _finding(gpu, f"link {link} denies peer access", _advice(card))
    for link, told in gpu.errors.items():
        for what, number in told:
            if number:
                message = f"link {link}: {counted(number, what.lower() + ' error')}"
                yield _finding(gpu, message, _GROWTH, severity="warning")


def _slow(gpu: Links, card: Card | None) -> list[int]:
    up = [rate for rate in gpu.rates.values() if rate]
    usual = max(Counter(up).most_common(), key=lambda found: found[1])[0] if up else 0.0
    fair = (card.link_gb_per_s if card is not None else 0.0) or max(usual, max(up, default=0.0))
    return [link for link, rate in gpu.rates.items() if 0 < rate < fair * _SLOWER]


def _doubts(gpu: Links, card: Card | None) -> Iterator[Finding]:
    """Links that are not shown at all; a text that says it leaves some out is no fault."""
    promised = card.nvlinks if card is not None else 0
    most = max(gpu.shown) + 1
    # Of a card that is not known, a number that no product has is a text that was cut.
    likely = min((total for total in linked.TOTALS if total >= most), default=most)
    whole = max(promised, most) if card is not None else likely
    missing = sorted(set(range(whole)) - gpu.shown)
    enough = bool(promised) and len(gpu.shown) >= promised
    if not missing or enough:
        return
    if gpu.left_out and not gpu.rates and {0, whole - 1} <= gpu.shown:
        message = f"{_named(missing)} left out of this text"
        yield _finding(gpu, message, _AGAIN, severity="warning")
        return
    message = f"{_named(missing)} not shown: {len(gpu.shown)} of {whole} are"
    yield _finding(gpu, message, _AGAIN)


def _remarks(gpu: Links) -> Iterator[Finding]:
    rates = sorted({rate for rate in gpu.rates.values() if rate})
    if rates:
        message = f"{counted(sum(map(bool, gpu.rates.values())), 'link')} up at {rates[-1]:g} GB/s"
        yield _finding(gpu, message, "", severity="info")


def _alike(gpus: Sequence[Links]) -> tuple[Finding, ...]:
    """Of cards of one name, one that shows fewer links than the others."""
    most = {gpu.name: 0 for gpu in gpus}
    for gpu in gpus:
        most[gpu.name] = max(most[gpu.name], len(gpu.shown))
    return tuple(
        _finding(gpu, f"{len(gpu.shown)} links shown, {most[gpu.name]} of another one", _AGAIN)
        for gpu in gpus
        if 0 < len(gpu.shown) < most[gpu.name]
    )


def _named(links: Sequence[int]) -> str:
    names = [str(link) for link in links]
    if len(links) > 4 and links[-1] - links[0] == len(links) - 1:
        names = [f"{links[0]} to {links[-1]}"]
    return f"{'link' if len(links) == 1 else 'links'} {listed(names)}"


def _finding(
    gpu: Links,
    message: str,
    advice: str,
    *,
    severity: Literal["error", "warning", "info"] = "error",
) -> Finding:
    return Finding(severity, f"GPU {gpu.index}", message, advice)


def _advice(card: Card | None) -> str:
    return _BRIDGE if card is not None and card.fabric == "bridge" else _SWITCH


_AGAIN = "Take the output again, whole."
_BRIDGE = "Power off, reseat the NVLink bridge on both cards, then: nvidia-smi nvlink -s"
_GROWTH = "Take it again after some load: counters that grow mean a bad link or bridge."
_SWITCH = "See dmesg for Xid 74 and SXid lines; nvidia-fabricmanager must run, at the version of \
the loaded driver."
