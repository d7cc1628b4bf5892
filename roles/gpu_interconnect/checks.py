"""What is true of a host whose GPUs reach each other as was proven."""

import json
from collections.abc import Sequence

import pytest
from testinfra.host import Host

from infra.judgement import not_concerned
from roles.gpu_driver.cards import Card
from roles.gpu_interconnect import choice, grants, key, links, program, proof, record, state
from roles.gpu_interconnect.proof import Proof
from roles.gpu_interconnect.settings import GpuInterconnectSettings
from roles.inference_engine import interconnect
from roles.inference_engine.container import DOCKER, NAME
from roles.pcie_topology.explain import nvlink_text

_SHOWN = "{{json .Config.Cmd}}{{range .Config.Env}}{{println}}{{.}}{{end}}"
_ENGINE_COMMAND = (
    f"{record.ENGINE_COMMAND}; echo; echo --- container; "
    f"{DOCKER} container inspect --format '{_SHOWN}' {NAME} 2>/dev/null | "
    "grep -E '^(\\[|NCCL_P2P_)'; true"
)
"""Shell text that prints what engines are to be told, and what the engine was told of it."""

_HOST = "--- host"
_PROOF_AND_HOST = f"{record.PROOF_COMMAND}; echo; echo '{_HOST}'\n{state.COMMAND}"
"""Shell text that prints the proof on record and the host as it is."""
_MATRIX, _LANES = "--- matrix", "--- lanes"
_NVLINKS = (
    f"{_PROOF_AND_HOST}\necho '{_MATRIX}'; {links.COMMAND}\n"
    f"echo '{_LANES}'; timeout -k 5 200 nvidia-smi nvlink -s"
)
"""Shell text that prints the same, the links between GPUs, and each link of each GPU."""


def check_interconnect_was_proven_as_it_is_now(
    host: Host, settings: GpuInterconnectSettings
) -> None:
    """The proof of the interconnect is of today's boot, driver, GPUs, ways, IOMMU and probe."""
    found, now = _seen(host, settings)
    _today(now, settings, found)
    failures = found.failures
    assert not failures, "; ".join(failures)
    lacking = [rung for rung, one in found.judged.items() if one.verdict == "unproven"]
    if lacking:
        pytest.skip(f"{', '.join(lacking)}: {found.judged[lacking[0]].why}")


def check_driver_grants_peer_access_as_proven(
    host: Host, settings: GpuInterconnectSettings
) -> None:
    """The driver grants peer access between the same GPUs as when it was proven."""
    found, _ = _seen(host, settings)
    told = grants.parse(host.run(grants.COMMAND).stdout)
    seen = {f"{one}-{other}": status for (one, other), status in told.statuses.items()}
    assert not told.damage, f"nvidia-smi topo -p2p: {'; '.join(told.damage)}"
    changed = [
        f"GPU{pair.replace('-', '-GPU')}: {was}, now {seen.get(pair) or 'not told'}"
        for pair, was in found.grants.items()
        if seen.get(pair) != was
    ]
    assert not changed, f"{'; '.join(changed)}; deploy to prove it anew"
    _verdict(found, "grant", settings)


def check_peer_copies_arrive_whole(host: Host, settings: GpuInterconnectSettings) -> None:
    """A copy from one GPU to another arrives whole, as read back at its destination."""
    _judge(host, settings, "copy")


def check_peer_links_are_as_fast_as_their_path(
    host: Host, settings: GpuInterconnectSettings
) -> None:
    """Copies between GPUs are as fast, and begin as soon, as their path allows."""
    _judge(host, settings, "speed")


def check_collectives_compute_right(host: Host, settings: GpuInterconnectSettings) -> None:
    """Sums and gatherings over all GPUs are right, with peer to peer and without."""
    _judge(host, settings, "collective")


def check_concurrent_writes_arrive_whole(host: Host, settings: GpuInterconnectSettings) -> None:
    """What a GPU writes to all others at the same time arrives whole at each."""
    _judge(host, settings, "concurrent")


def check_nvlinks_are_complete(host: Host, settings: GpuInterconnectSettings) -> None:
    """Every NVLink that cards and bridges should have, and that was proven, is up."""
    told, _, rest = host.run(_NVLINKS).stdout.partition(f"{_HOST}\n")
    known = proof.parse(told)
    asked, _, rest = rest.partition(f"{_MATRIX}\n")
    matrix, _, lanes = rest.partition(f"{_LANES}\n")
    now, found = state.parse(asked.splitlines()), links.parse(matrix)
    _concerns(now, known)
    if now.shares:
        not_concerned(f"MIG is on, and NVLink off: {', '.join(now.shares)}")
    gone = _gone(known, found)
    assert not gone, f"NVLinks are gone since they were proven: {'; '.join(gone)}"
    cards = [gpu.card for gpu in now.gpus]
    has_links = any(links.count(kind) for kind in found.kinds.values())
    if not has_links and not any(card.nvlinks for card in cards if card is not None):
        not_concerned("these cards have no NVLink")
    assert not found.damage, f"nvidia-smi topo -m: {'; '.join(found.damage)}"
    missing = links.short(found, cards=cards) + _weak(lanes, cards=cards)
    assert not missing, "; ".join(missing)


def _weak(lanes: str, *, cards: Sequence[Card | None]) -> list[str]:
    """GPUs of which some links are up and others down; a mesh may have some that lead nowhere."""
    if any(card is not None and card.fabric == "mesh" for card in cards):
        return []
    return [
        f"GPU{gpu.index}: NVLinks {', '.join(map(str, down))} are down, others are up"
        for gpu in nvlink_text.read(lanes)
        if (down := [link for link, rate in gpu.rates.items() if not rate])
        and len(down) < len(gpu.rates)
    ]


def _gone(known: Proof | None, found: links.Links) -> list[str]:
    if known is None:
        return []
    now = {f"{one}-{other}": kind for (one, other), kind in found.kinds.items()}
    return [
        f"GPU{pair.replace('-', '-GPU')} had {was}, has {now[pair]}"
        for pair, was in known.links.items()
        if pair in now and links.count(now[pair]) < links.count(was)
    ]


def check_engines_use_what_is_proven(host: Host, settings: GpuInterconnectSettings) -> None:
    """The engine was told what the proof says, wherever the inventory leaves it open."""
    if settings.engine is None:
        not_concerned("no engine on this host")
    _seen(host, settings)
    told, _, container = host.run(_ENGINE_COMMAND).stdout.partition("--- container\n")
    chosen = choice.parse(told)
    assert chosen is not None, f"{record.ENGINE} is absent or no choice: deploy"
    lines = container.splitlines()
    if not lines:
        pytest.skip(f"the engine's container {NAME} does not exist")
    wrong = interconnect.strays(
        settings.engine,
        chosen=chosen,
        arguments=tuple(json.loads(lines[0]) or ()),
        environment=dict(line.split("=", 1) for line in lines[1:]),
    )
    assert not wrong, f"{'; '.join(wrong)} ({chosen.evidence}); deploy"


def _judge(host: Host, settings: GpuInterconnectSettings, rung: str) -> None:
    found, now = _seen(host, settings)
    one = found.judged[rung]
    assert one.verdict != "failed", one.why
    _today(now, settings, found)
    _verdict(found, rung, settings)


def _verdict(found: Proof, rung: str, settings: GpuInterconnectSettings) -> None:
    one = found.judged[rung]
    assert one.verdict != "failed", one.why
    if one.verdict == "refused":
        assert not settings.required, f"gpu_interconnect.required is True, and {one.why}"
        if rung != "grant":
            not_concerned(one.why)
    if one.verdict == "unproven":
        pytest.skip(one.why)


def _seen(host: Host, settings: GpuInterconnectSettings) -> tuple[Proof, state.State]:
    """The proof on record and the host as it is.

    Unproven without a proof; no verdict where there is nothing to prove.
    """
    told, _, rest = host.run(_PROOF_AND_HOST).stdout.partition(f"{_HOST}\n")
    found, now = proof.parse(told), state.parse(rest.splitlines())
    _concerns(now, found)
    if settings.probe_image is None:
        pytest.skip("nothing is proven: give gpu_interconnect.probe_image, and deploy")
    if found is None:
        pytest.skip(f"{record.PROOF}: nothing is proven yet; deploy")
    return found, now


def _concerns(now: state.State, found: Proof | None) -> None:
    """Ends a check where no two GPUs are, and were not when it was proven."""
    if not now.tree.gpus and found is None:
        pytest.skip("no GPU is on the PCI bus")
    if not now.is_several and (found is None or len(found.key.gpus) < 2):
        not_concerned("one GPU: there is nothing between GPUs to prove")


def _today(now: state.State, settings: GpuInterconnectSettings, found: Proof) -> None:
    """Unproven where the proof is of another day's machine."""
    digest = program.digest(settings.probe_image or "")
    differences = key.differences(found.key, now=key.of(now, probe=digest))
    if differences:
        pytest.skip(f"proven of something else: {'; '.join(differences)}; deploy to prove it anew")
