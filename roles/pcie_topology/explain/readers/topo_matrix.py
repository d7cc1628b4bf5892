"""`nvidia-smi topo -m` and `-mp`: which path lies between each two GPUs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from infra.wording import listed
from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import linked, matrix_links, matrix_text
from roles.pcie_topology.explain.judgement import Finding, Judgement, Nvlink
from roles.pcie_topology.explain.matrix_text import Matrix

KIND = "nvidia-smi-topo-m"
WITH_COMMAND = True
_PCIE_ONLY = re.compile(r"topo\s+(-mp|--matrix_pci)\b")
_BOTH = re.compile(r"topo\s+(-m|--matrix)\b(?!p)")
_NODE = re.compile(r"\d+")


def matches(text: str) -> bool:
    """Whether there is a table whose cells are paths, or whose head has affinities."""
    matrix = matrix_text.read(text)
    if matrix is None:
        return False
    cells = [cell for row in matrix.rows.values() for cell in row]
    return matrix.affinity or any(matrix_links.PATH.fullmatch(cell) for cell in cells)


def judge(text: str, *, card: Card | None = None) -> Judgement:
    """NVLink between the GPUs, and which belong together; `card` where all are that one."""
    matrix = matrix_text.read(text)
    if matrix is None:
        return Judgement(kind=KIND, nvlink="unknown")
    damage = matrix_text.damage(matrix)
    nvlink, findings = matrix_links.judged(matrix, card=card)
    if nvlink == "absent" or (damage and not any(matrix_links.counts(matrix).values())):
        nvlink, findings = _unlinked(text, card=card)
    if damage and nvlink != "degraded" and not matrix_links.is_shown_whole(matrix, nvlink):
        nvlink = "unknown"
    remarks = () if damage else tuple(_remarks(matrix, nvlink=nvlink))
    return Judgement(
        kind=KIND,
        gpus=len(matrix.gpus),
        nvlink=nvlink,
        findings=(*damage, *findings, *remarks),
    )


def _unlinked(text: str, *, card: Card | None) -> tuple[Nvlink, tuple[Finding, ...]]:
    """A table without NVLink: it has none, or it is `-mp`, which its legend or command shows."""
    if card is not None and not card.nvlinks:
        return "absent", ()
    if _PCIE_ONLY.search(text) or ("PIX  =" in text and "NV#" not in text):
        return "unknown", (_HIDDEN,)
    if "NV#" in text or _BOTH.search(text):
        return "absent", ()
    return "absent", (replace(_HIDDEN, message="if this is topo -mp, it hides NVLink"),)


_HIDDEN = Finding(
    "info",
    "NVLink",
    "topo -mp shows PCIe only and hides NVLink",
    "nvidia-smi topo -m shows both.",
)


def _remarks(matrix: Matrix, *, nvlink: Nvlink) -> Iterator[Finding]:
    if len(matrix.gpus) < 2:
        yield Finding("info", "GPU", "one GPU: there is no pair to tell a path of")
        return
    yield from _sockets(matrix)
    groups = _groups(matrix)
    if len(groups) > 1:
        inside = ", ".join("-".join(group) for group in groups)
        message = f"tensor-parallel groups that stay close: {inside}"
        yield Finding("info", "groups", message, _alone(groups))
    if nvlink == "absent":
        message = "no NVLink between any two GPUs; a path says nothing of peer access"
        yield Finding("info", "paths", message, "nvidia-smi topo -p2p r tells what is granted.")


def _alone(groups: Sequence[Sequence[str]]) -> str:
    alone = [group[0] for group in groups if len(group) == 1]
    if not alone or len(alone) == len(groups):
        return ""
    return f"Leave {listed(alone)} out of tensor-parallel groups."


def _groups(matrix: Matrix) -> list[list[str]]:
    """GPUs that are joined by NVLink; else those of one switch, of one NUMA node, of one bridge."""
    found = matrix_links.counts(matrix)
    paths = {pair: matrix.cell(*pair) for pair in matrix.pairs()}
    nodes = {gpu: _numa(matrix, gpu) for gpu in matrix.gpus}
    choices = (
        [pair for pair, count in found.items() if count],
        [pair for pair, path in paths.items() if path in ("PIX", "PXB")],
        [pair for pair in paths if nodes[pair[0]] == nodes[pair[1]] is not None],
        [pair for pair, path in paths.items() if path in ("PHB", "NODE")],
    )
    near = next((pairs for pairs in choices if pairs), [])
    return linked.islands(matrix.gpus, near)


def _numa(matrix: Matrix, gpu: str) -> str | None:
    """The one NUMA node of a GPU; None where it is a list, not known or not shown."""
    tail = matrix.tails.get(gpu, ())
    return tail[1] if len(tail) > 1 and _NODE.fullmatch(tail[1]) else None


def _sockets(matrix: Matrix) -> Iterator[Finding]:
    far = [pair for pair in matrix.pairs() if matrix.cell(*pair) in ("SYS", "SOC")]
    nodes = {gpu: _numa(matrix, gpu) for gpu in matrix.gpus}
    same = [pair for pair in far if nodes[pair[0]] == nodes[pair[1]] is not None]
    if same:
        names = listed(["-".join(pair) for pair in same[:3]])
        message = f"{names}: SYS between GPUs of one NUMA node"
        yield Finding("info", "paths", message, "Group by the NUMA column, not by the label.")
    lists = [tail[1] for tail in matrix.tails.values() if len(tail) > 1 and "-" in tail[1]]
    if lists:
        message = f"NUMA {lists[0]}: a virtual machine hides the node, or nodes of memory count"
        yield Finding("info", "NUMA", message)
