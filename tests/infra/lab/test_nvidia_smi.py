"""The stand-in nvidia-smi and nvidia-ctk, run below a root of their own."""

import csv
import io
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from infra.lab.hardware import render
from infra.lab.spec import LabGpu, LabHost, LabNvlink
from infra.lab.standins import standins

DRIVER = "580.95.05"
SECOND = LabGpu(
    bdf="0000:c1:00.0", uuid="GPU-00000000-0000-0000-0000-000000000002", width=8, numa=1
)
CAPTURES = Path(os.environ.get("INFRA_CAPTURES", Path(__file__).parents[4] / "shared" / "captures"))
needs_captures = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


def unpack(root: Path, *names: str) -> None:
    for standin in standins():
        control = standin.deb.control
        if control["Package"] in names and control["Version"] in (f"{DRIVER}-1", "1.19.1-1"):
            for path, (content, mode) in standin.deb.files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)
                (root / path).chmod(mode)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    unpack(tmp_path, "nvidia-utils-580", "libnvidia-compute-580", "nvidia-container-toolkit-base")
    (tmp_path / "opt/lab").mkdir(parents=True)
    gpus = (LabGpu(), SECOND)
    host = LabHost(name="gpu-1", address="10.77.0.11", user="root", os="debian-13", gpus=gpus)
    render(host, tmp_path / "opt/lab/hardware")
    (tmp_path / "run/lab/gpu").mkdir(parents=True)
    load(tmp_path, DRIVER)
    return tmp_path


def load(root: Path, version: str) -> None:
    (root / "run/lab/gpu/version").write_text(f"{version}\n")


def ask(root: Path, program: str, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LAB_ROOT": str(root), "LC_ALL": "C"}
    command = ["sh", str(root / "usr/bin" / program), *args]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def smi(root: Path, *args: str) -> str:
    done = ask(root, "nvidia-smi", *args)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def captured(name: str) -> str:
    return (CAPTURES / name).read_text()


def test_without_a_loaded_module_it_exits_9(root: Path) -> None:
    (root / "run/lab/gpu/version").unlink()
    done = ask(root, "nvidia-smi")
    assert (done.returncode, "couldn't communicate" in done.stdout) == (9, True)


def test_another_module_than_the_library_exits_18(root: Path) -> None:
    load(root, "580.82.07")
    done = ask(root, "nvidia-smi", "-L")
    assert done.returncode == 18
    assert done.stdout.splitlines() == [
        "Failed to initialize NVML: Driver/library version mismatch",
        "NVML library version: 580.95",
    ]


def test_query_answers_the_asked_fields_in_order(root: Path) -> None:
    fields = "index,pci.bus_id,memory.total,pcie.link.width.current,driver_version"
    rows = smi(root, f"--query-gpu={fields}", "--format=csv,noheader,nounits").splitlines()
    assert rows == [
        f"0, 00000000:41:00.0, 24576, 16, {DRIVER}",
        f"1, 00000000:C1:00.0, 24576, 8, {DRIVER}",
    ]


def test_one_card_can_be_picked_by_its_uuid(root: Path) -> None:
    assert smi(root, "-i", SECOND.uuid, "-L").startswith("GPU 1: NVIDIA GeForce RTX 3090")


def test_an_unknown_field_is_named_and_exits_2(root: Path) -> None:
    done = ask(root, "nvidia-smi", "--query-gpu=index,kmd_version", "--format=csv,noheader")
    assert done.returncode == 2
    assert done.stdout.startswith('Field "kmd_version" is not a valid field to query.')


def test_every_field_it_offers_can_be_asked(root: Path) -> None:
    fields = ",".join(re.findall(r'"(.+)"', smi(root, "--help-query-gpu")))
    rows = list(csv.reader(io.StringIO(smi(root, f"--query-gpu={fields}", "--format=csv"))))
    assert [len(row) for row in rows] == [len(fields.split(","))] * 3


def test_persistence_mode_is_kept(root: Path) -> None:
    assert smi(root, "-pm", "1").splitlines()[-1] == "All done."
    answer = smi(root, "--query-gpu=persistence_mode", "--format=csv,noheader")
    assert answer.split() == ["Enabled", "Enabled"]


@needs_captures
def test_query_header_spells_units_as_recorded(root: Path) -> None:
    recorded = captured("nvidia-smi-query-csv/rtx4080s-595-idle.txt").splitlines()[0].split(",")
    titles = {title.strip().split(" ")[0]: title.strip() for title in recorded}
    offered = re.findall(r'"(.+)"', smi(root, "--help-query-gpu"))
    asked = [field for field in offered if field in titles]
    header = smi(root, f"--query-gpu={','.join(asked)}", "--format=csv").splitlines()[0]
    assert header == ", ".join(titles[field] for field in asked)


@needs_captures
def test_version_lines_have_the_recorded_labels(root: Path) -> None:
    recorded = captured("nvidia-smi-misc/h100-sxm-vm-590-version.txt").splitlines()
    answer = smi(root, "--version").splitlines()
    assert [line.split(":")[0] for line in answer] == [line.split(":")[0] for line in recorded]


@needs_captures
def test_table_has_the_recorded_frame(root: Path) -> None:
    recorded = captured("nvidia-smi-misc/rtx4080s-595-load-default-table.txt").splitlines()
    answer = smi(root).splitlines()
    assert answer[1] == recorded[1]
    assert answer[3:8] == recorded[3:8]
    assert {len(line) for line in answer[1:] if line} == {len(recorded[1])}
    assert [at for at, sign in enumerate(answer[8]) if sign == "|"] == [
        at for at, sign in enumerate(recorded[8]) if sign == "|"
    ]


@needs_captures
def test_details_are_labelled_and_aligned_as_recorded(root: Path) -> None:
    recorded = captured("nvidia-smi-q/rtx4080s-595-idle.txt").splitlines()
    labels = {line.partition(":")[0] for line in recorded}
    answer = [line.partition(":")[0] for line in smi(root, "-q").splitlines() if " : " in line]
    assert [label for label in answer if label not in labels] == [answer[-1]] * 2


@needs_captures
def test_topology_has_the_recorded_columns_and_legend(root: Path) -> None:
    recorded = captured("nvidia-smi-topo-m/rtx4080s-595-single.txt").splitlines()
    answer = smi(root, "topo", "-m").splitlines()
    assert answer[0] == recorded[0].replace("GPU0", "GPU0\tGPU1")
    assert answer[1].split("\t")[1:3] == [" X ", "SYS"]
    assert [line for line in answer[3:] if line] == [line for line in recorded[2:] if line]


@needs_captures
def test_peer_matrix_has_the_recorded_shape(root: Path) -> None:
    recorded = captured("nvidia-smi-topo-p2p/club3090-1229-2x5090-gns.txt").rstrip("\n")
    answer = smi(root, "topo", "-p2p", "r").rstrip("\n")
    assert answer == recorded.replace("\tGNS\t", "\tNS\t")


def test_cdi_names_cards_by_index_and_uuid_and_all(root: Path) -> None:
    spec = yaml.safe_load(ask(root, "nvidia-ctk", "cdi", "generate").stdout)
    assert spec["kind"] == "nvidia.com/gpu"
    assert [device["name"] for device in spec["devices"]] == [
        "0",
        "1",
        LabGpu().uuid,
        SECOND.uuid,
        "all",
    ]


def test_cdi_mounts_carry_the_drivers_version(root: Path) -> None:
    spec = yaml.safe_load(ask(root, "nvidia-ctk", "cdi", "generate").stdout)
    mounts = [mount["hostPath"] for mount in spec["containerEdits"]["mounts"]]
    assert f"/usr/lib/x86_64-linux-gnu/libcuda.so.{DRIVER}" in mounts
    assert "/usr/bin/nvidia-smi" in mounts


def test_cdi_is_written_and_listed(root: Path) -> None:
    done = ask(root, "nvidia-ctk", "cdi", "generate", f"--output={root}/etc/cdi/nvidia.yaml")
    assert done.returncode == 0
    assert "nvidia.com/gpu=all" in ask(root, "nvidia-ctk", "cdi", "list").stdout.split()


def test_cdi_is_refused_without_a_driver(root: Path) -> None:
    (root / "run/lab/gpu/version").unlink()
    done = ask(root, "nvidia-ctk", "cdi", "generate", f"--output={root}/etc/cdi/nvidia.yaml")
    assert (done.returncode, "ERROR_DRIVER_NOT_LOADED" in done.stderr) == (1, True)
    assert not (root / "etc/cdi/nvidia.yaml").exists()


SWITCH = ("0000:41:00.0",)
BRIDGED = (
    LabGpu(bdf="0000:43:00.0", switches=SWITCH, nvlinks=(LabNvlink(to="0000:44:00.0", links=4),)),
    LabGpu(
        bdf="0000:44:00.0",
        switches=SWITCH,
        uuid=SECOND.uuid,
        nvlinks=(LabNvlink(to="0000:43:00.0", links=4),),
    ),
    LabGpu(bdf="0000:c1:00.0", uuid="GPU-3", numa=1),
)


def with_cards(root: Path, *gpus: LabGpu) -> None:
    host = LabHost(name="gpu-1", address="10.77.0.11", user="root", os="debian-13", gpus=gpus)
    render(host, root / "opt/lab/hardware")


def cells(root: Path, *args: str) -> list[list[str]]:
    rows = [line for line in smi(root, *args).splitlines() if line.strip().startswith("GPU")]
    return [row.split()[1:] for row in rows if "\x1b" not in row and row.split()[1] != "GPU1"]


def test_links_and_switches_show_in_the_matrix(root: Path) -> None:
    with_cards(root, *BRIDGED)
    assert [row[:3] for row in cells(root, "topo", "-m")] == [
        ["X", "NV4", "SYS"],
        ["NV4", "X", "SYS"],
        ["SYS", "SYS", "X"],
    ]
    assert cells(root, "topo", "-mp")[0][:3] == ["X", "PIX", "SYS"]


def test_nvlinks_grant_what_geforce_cards_refuse_over_pcie(root: Path) -> None:
    with_cards(root, *BRIDGED)
    assert cells(root, "topo", "-p2p", "r")[0] == ["X", "OK", "NS"]
    assert cells(root, "topo", "-p2p", "p")[0] == ["X", "NS", "NS"]


@needs_captures
def test_nvlinks_are_listed_as_recorded(root: Path) -> None:
    links = (LabNvlink(to="switch", links=18),)
    name = "NVIDIA H100 80GB HBM3"
    uuid = "GPU-00000000-0000-0000-0000-000000000000"
    with_cards(root, LabGpu(name=name, uuid=uuid, nvlinks=links, link_gb_per_s=26.562))
    assert smi(root, "nvlink", "-s") == captured("nvidia-smi-nvlink/h100-sxm-vm-590.txt")
    with_cards(root, LabGpu(name="NVIDIA L40S", uuid=uuid))
    assert smi(root, "nvlink", "-s") == captured("nvidia-smi-nvlink/l40s-vm-595.txt")


def test_a_link_that_is_down_is_called_inactive(root: Path) -> None:
    with_cards(root, *BRIDGED)
    card = root / "opt/lab/hardware/gpus/0"
    card.write_text(card.read_text() + "nvlinks=0000:44:00.0=3\nnvlinks_down=1\n")
    assert smi(root, "nvlink", "-s", "-i", "0").splitlines()[-1] == "\t Link 3: <inactive>"
    assert cells(root, "topo", "-m")[0][:2] == ["X", "NV3"]


@needs_captures
def test_a_lost_card_is_told_among_the_others_rows(root: Path) -> None:
    card = root / "opt/lab/hardware/gpus/1"
    card.write_text(card.read_text() + "lost=yes\n")
    done = ask(root, "nvidia-smi", "--query-gpu=index,name", "--format=csv,noheader")
    recorded = captured("nvidia-smi-query-csv/mixed-rows-and-gpu-lost.txt").splitlines()[1]
    assert done.returncode == 15
    assert done.stdout.splitlines()[1] == recorded.replace("0A", "C1")


def test_a_working_card_tells_its_state(root: Path) -> None:
    with_cards(root, LabGpu(pstate="P0"))
    fields = "pstate,utilization.gpu,pcie.link.gen.gpucurrent,pcie.replay_counter"
    assert smi(root, f"--query-gpu={fields}", "--format=csv,noheader,nounits") == "P0, 97, 4, 0\n"


def test_a_divided_card_lists_its_parts_and_they_can_be_given_away(root: Path) -> None:
    with_cards(root, LabGpu(name="NVIDIA A100-SXM4-80GB", mig=("3g.40gb", "3g.40gb")))
    listed = smi(root, "-L").splitlines()
    assert [line[:24] for line in listed[1:]] == ["  MIG 3g.40gb     Device"] * 2
    spec = yaml.safe_load(ask(root, "nvidia-ctk", "cdi", "generate").stdout)
    names = [device["name"] for device in spec["devices"]]
    assert all(re.search(r"UUID: (\S+)\)", line)[1] in names for line in listed)  # type: ignore[index]
