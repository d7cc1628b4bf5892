from roles.pcie_topology.explain.smi_gpu import SmiGpu, gathered, link, merged, widest


def gpu(**values: str) -> SmiGpu:
    return gathered((key.replace("__", "."), value) for key, value in values.items())


def test_a_value_told_twice_and_differently_is_torn() -> None:
    assert gathered([("name", "T4"), ("name", "A10")]).torn
    assert not gathered([("name", "T4"), ("name", "T4")]).torn


def test_counts_of_errors_add_up() -> None:
    counts = [("ecc.errors.x", "2"), ("ecc.errors.x", "N/A"), ("ecc.errors.x", "3")]
    assert gathered(counts).values["ecc.errors.x"] == "5"


def test_a_uuid_of_zeros_tells_no_gpu_from_another() -> None:
    assert gpu(uuid="GPU-00000000-0000-0000-0000-000000000000").uuid == ""


def test_samples_of_one_gpu_come_together() -> None:
    rows = [gpu(pci__bus_id=f"00000000:0{bus}:00.0") for bus in (1, 2, 1)]
    assert [len(samples) for samples in merged(rows)] == [2, 1]


def test_rows_that_nothing_tells_apart_stay_apart() -> None:
    assert len(merged([gpu(name="NVIDIA T4"), gpu(name="NVIDIA T4")])) == 2


def test_the_gpus_own_speed_outranks_the_deprecated_one() -> None:
    values = {"pcie__link__gen__current": "1", "pcie__link__gen__gpucurrent": "4"}
    assert link(gpu(**values), widest={}).gen == 4


def test_it_works_at_p0_to_p2_or_where_it_is_used() -> None:
    states = [{"pstate": "P2"}, {"pstate": "P8"}, {"utilization__gpu": "90 %"}, {}]
    assert [link(gpu(**state), widest={}).working for state in states] == [True, False, True, None]


def test_the_widest_link_of_a_name_is_known() -> None:
    rows = [gpu(name="NVIDIA T4", pcie__link__width__current=width) for width in ("8", "16", "255")]
    assert widest(rows) == {"T4": 16}


def test_a_value_says_that_a_gpu_is_lost() -> None:
    assert gpu(pstate="[GPU is lost]").lost
    assert not gpu(pstate="P0").lost
