from roles.pcie_topology.promised import Manifest, PromisedGpu

GPU = PromisedGpu("0000:41:00.0", "RTX 3090")


def test_a_gpu_is_found_by_its_address() -> None:
    manifest = Manifest("2026-11-20", gpus=(GPU,))
    assert manifest.of("0000:41:00.0") is GPU
    assert manifest.of("0000:c1:00.0") is None


def test_a_gpu_is_named_with_its_slot_where_the_board_tells_it() -> None:
    assert GPU.label == "0000:41:00.0 (RTX 3090)"
    assert PromisedGpu("0000:41:00.0", "RTX 3090", slot="4").label.endswith("(RTX 3090, slot 4)")
