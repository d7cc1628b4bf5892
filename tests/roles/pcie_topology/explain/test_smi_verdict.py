from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.smi_gpu import SmiGpu
from roles.pcie_topology.explain.smi_verdict import Shown, judgement, trouble


def gpu(bus: int, **values: str) -> SmiGpu:
    link = {
        "pcie.link.width.current": "16",
        "pcie.link.width.max": "16",
        "pcie.link.gen.current": "4",
        "pcie.link.gen.max": "4",
    }
    own = {key.replace("__", "."): value for key, value in values.items()}
    return SmiGpu({"pci.bus_id": f"00000000:{bus:02X}:00.0", **link, **own})


def judged(*gpus: SmiGpu, **shown: object) -> Judgement:
    return judgement("kind", Shown(gpus, **shown))  # type: ignore[arg-type]


def severities(found: Judgement) -> list[str]:
    return [finding.severity for finding in found.findings]


def test_whole_gpus_are_ok() -> None:
    found = judged(gpu(1), gpu(2), promised=2)
    assert (found.lanes, found.gpus, found.findings) == ("ok", 2, ())


def test_fewer_gpus_than_attached_are_an_error_and_not_ok() -> None:
    found = judged(gpu(1), gpu(2), promised=3)
    assert (found.lanes, severities(found)) == ("unknown", ["error"])


def test_one_gpu_of_many_looks_selected_and_is_judged() -> None:
    found = judged(gpu(1), promised=4)
    assert (found.lanes, severities(found)) == ("ok", ["warning"])


def test_one_of_two_may_be_what_a_lost_one_leaves() -> None:
    found = judged(gpu(1), promised=2)
    assert (found.lanes, severities(found)) == ("unknown", ["error"])


def test_one_gpu_of_many_beside_trouble_was_not_selected() -> None:
    found = judged(gpu(1), promised=2, trouble=("GPU 0000:02:00.0: GPU is lost.",))
    assert (found.lanes, severities(found)) == ("unknown", ["error", "error"])


def test_a_gap_between_indexes_is_a_missing_gpu() -> None:
    found = judged(gpu(1, index="0"), gpu(3, index="2"))
    assert found.lanes == "unknown"
    assert [finding.subject for finding in found.findings] == ["GPU 1"]


def test_no_gpu_at_all_is_unknown() -> None:
    assert judged(promised=1).lanes == "unknown"


def test_a_lost_gpu_is_not_counted() -> None:
    found = judged(gpu(1), gpu(2, pstate="[GPU is lost]"))
    assert (found.lanes, found.gpus) == ("unknown", 1)


def test_a_torn_gpu_is_not_ok() -> None:
    torn = SmiGpu(gpu(1).values, torn=True)
    assert judged(torn).lanes == "unknown"


def test_degraded_stands_beside_what_is_cut() -> None:
    narrow = gpu(1, pcie__link__width__current="8")
    assert judged(narrow, missing="its end").lanes == "degraded"


def test_an_idle_sample_of_a_link_seen_fast_does_not_count() -> None:
    assert judged(gpu(1), gpu(1, pcie__link__gen__current="1")).lanes == "ok"


def test_rows_that_tell_no_link_are_not_judged() -> None:
    found = judged(SmiGpu({"pci.bus_id": "00000000:01:00.0", "name": "NVIDIA T4"}))
    assert (found.lanes, dict(found.cards)) == ("n/a", {"0000:01:00.0": "T4"})


def test_lines_of_errors_are_found() -> None:
    lines = ["0, NVIDIA T4", "Failed to initialize NVML: Driver/library version mismatch"]
    assert trouble(lines) == (lines[1],)
