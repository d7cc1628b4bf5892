from pathlib import Path

import pytest

from roles.pcie_topology import manifest, reading
from roles.pcie_topology.manifest import ManifestError
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Driver, Function, Gpu, Link, Tree

EMULATED = Path(__file__).with_name("tree-emulated.txt")


def inventory(folder: Path, text: str | None) -> Path:
    if text is not None:
        (folder / "rack.hardware.yaml").write_text(text)
    return folder / "rack.py"


def test_what_is_learned_is_what_is_read_again(tmp_path: Path) -> None:
    tree = reading.parse(EMULATED.read_text().splitlines())
    made = manifest.learned(tree, day="2026-11-21")
    at = inventory(tmp_path, manifest.text({}, node="gpu-1", manifest=made))
    assert manifest.of(at, "gpu-1") == made
    assert made.gpus[3] == PromisedGpu(
        bdf="0000:06:00.0",
        card="H100 80GB HBM3",
        path=("0000:00:08.2", "0000:03:00.0", "0000:04:01.0", "0000:06:00.0"),
        width=8,
        gen=4,
    )


def test_other_nodes_are_kept(tmp_path: Path) -> None:
    other = {"learned": "2026-01-01", "gpus": [{"bdf": "0000:01:00.0", "card": "Tesla T4"}]}
    text = manifest.text({"gpu-2": other}, node="gpu-1", manifest=Manifest("2026-11-21"))
    at = inventory(tmp_path, text)
    assert manifest.read(at)["gpu-2"] == other
    assert manifest.of(at, "gpu-1") == Manifest("2026-11-21")


def test_a_card_on_chip_to_chip_promises_no_lanes() -> None:
    own = Function("000f:01:00.0", device="2e12", link=Link(2.5, 1, 2.5, 16))
    tree = Tree(gpus=(Gpu(own, driver=Driver("GPU-7", "NVIDIA GB10")),))
    (gpu,) = manifest.learned(tree, day="2026-11-21").gpus
    assert (gpu.width, gpu.gen, gpu.uuid) == (0, 0, "GPU-7")


def test_without_a_file_or_a_node_nothing_is_promised(tmp_path: Path) -> None:
    assert manifest.of(inventory(tmp_path, None), "gpu-1") is None
    assert manifest.of(inventory(tmp_path, "# empty\n"), "gpu-1") is None
    assert manifest.of(inventory(tmp_path, "gpu-2: {learned: 2026-11-20}\n"), "gpu-1") is None


def test_a_date_may_be_written_without_quotes(tmp_path: Path) -> None:
    at = inventory(tmp_path, "gpu-1: {learned: 2026-11-20, gpus: []}\n")
    assert manifest.of(at, "gpu-1") == Manifest("2026-11-20")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpu-1:\n  gpus: [\n", "rack.hardware.yaml: line 3: is no YAML"),
        ("\x01", "rack.hardware.yaml: is no YAML"),
        ("- gpu-1\n", "rack.hardware.yaml: holds no map of nodes"),
        ("gpu-1: [1]\n", "rack.hardware.yaml: gpu-1: holds no map"),
        ("gpu-1: {learned: x, gpus: [{bdf: a}]}\n", "gpu-1: gpus.0.card: Field required"),
        ("gpu-1: {learned: x, gpus: [{bdf: a, card: b, widht: 8}]}\n", "no such key: widht"),
        ("gpu-1: {learned: x, gpus: 7}\n", "gpu-1: gpus: "),
    ],
)
def test_a_broken_manifest_says_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ManifestError) as problem:
        manifest.of(inventory(tmp_path, text), "gpu-1")
    assert said in str(problem.value)
    assert "learn" in str(problem.value)


def test_a_manifest_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / "rack.hardware.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ManifestError, match="cannot be read"):
        manifest.of(tmp_path / "rack.py", "gpu-1")
