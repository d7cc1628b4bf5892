"""`numactl --hardware`, or cpulist and distance of the nodes in sysfs: no GPU is named there."""

import re

from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "numa"

_NODE = re.compile(
    r"^(?:\S*/node(\d{1,4})/(?:cpulist|distance):|node (\d{1,4}) cpus:)", re.MULTILINE
)


def matches(text: str) -> bool:
    """Whether it lists NUMA nodes with their processors or distances."""
    return bool(_NODE.search(text))


def judge(text: str) -> Judgement:
    """How many nodes there are; lanes and links it does not speak of."""
    nodes = {node for found in _NODE.findall(text) for node in found if node}
    message = f"{len(nodes)} NUMA nodes"
    return Judgement(kind=KIND, findings=(Finding("info", "NUMA", message),))
