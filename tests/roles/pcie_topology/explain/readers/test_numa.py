from roles.pcie_topology.explain.readers import numa

NUMACTL = "available: 2 nodes (0-1)\nnode 0 cpus: 0 1\nnode 0 size: 9 MB\nnode 1 cpus: 2 3\n"
SYSFS = "/sys/devices/system/node/node0/cpulist:0-3\n/sys/devices/system/node/node0/distance:10\n"


def test_nodes_are_counted_and_nothing_else_is_spoken_of() -> None:
    for text, count in ((NUMACTL, 2), (SYSFS, 1)):
        assert numa.matches(text)
        found = numa.judge(text)
        assert (found.gpus, found.lanes, found.p2p, found.nvlink) == (None, "n/a", "n/a", "n/a")
        assert found.findings[0].message == f"{count} NUMA nodes"


def test_other_text_is_not_recognised() -> None:
    assert not numa.matches("    NUMA node: 0")
