import os
import subprocess
from pathlib import Path

from infra import templates
from roles.pcie_topology import counters
from roles.pcie_topology.counters import Growth, Record, base, faults, growth, parse

LIMITS = {"correctable": 480, "replay": 80}
ANSWER = """\
now boot b
now at 186400
now count 0000:41:00.0 correctable 12
now count 0000:41:00.0 fatal 0
now count 0000:40:01.1 correctable 3
now count 00000000:41:00.0 replay 7
now count 0000:41:00.0 nonfatal many
latest boot b
latest at 100000
latest count 0000:41:00.0 correctable 2
before boot a
before at 1000
before count 0000:41:00.0 correctable 900
"""


def test_records_are_told_apart() -> None:
    found = parse(ANSWER.splitlines())
    assert found["now"] == Record(
        boot="b",
        at=186400,
        counts={
            ("0000:41:00.0", "correctable"): 12,
            ("0000:41:00.0", "fatal"): 0,
            ("0000:40:01.1", "correctable"): 3,
            ("0000:41:00.0", "replay"): 7,
        },
    )
    assert set(found) == {"now", "latest", "before"}
    assert parse(["", "noise"]) == {}


def test_a_card_of_which_nobody_counts_is_named() -> None:
    now = parse(ANSWER.splitlines())["now"]
    assert counters.untold(now, gpus=["0000:41:00.0"]) == []
    assert counters.untold(now, gpus=["0000:41:00.0", "0000:c1:00.0"]) == ["0000:c1:00.0"]


def test_growth_is_since_the_oldest_record_of_this_boot() -> None:
    found = parse(ANSWER.splitlines())
    assert base(found) is found["latest"]
    same = {**found, "before": Record(boot="b", at=1)}
    assert base(same) is same["before"]
    assert base({"now": found["now"], "before": found["before"]}) is None
    assert base({}) is None
    assert base({"now": Record(), "latest": Record()}) is None


def test_what_stood_still_did_not_grow() -> None:
    now = Record("b", 100, {("x", "replay"): 5})
    assert growth(now, since=now) == []


def test_a_counter_that_began_anew_grew_from_nothing() -> None:
    now = Record("b", 86400, {("x", "replay"): 5, ("x", "correctable"): 9})
    since = Record("b", 0, {("x", "replay"): 50})
    assert growth(now, since=since) == [
        Growth("x", "replay", 5, 1.0),
        Growth("x", "correctable", 9, 1.0),
    ]


def test_a_clock_that_went_back_is_no_negative_time() -> None:
    (one,) = growth(Record("b", 5, {("x", "replay"): 1}), since=Record("b", 900))
    assert one.days == 0


def test_growth_within_a_days_limit_is_no_fault() -> None:
    assert faults([Growth("x", "replay", 80, 0.1)], limits=LIMITS, names={}) == []
    assert faults([Growth("x", "correctable", 900, 2.0)], limits=LIMITS, names={}) == []


def test_growth_beyond_it_is_named_with_its_time() -> None:
    assert faults([Growth("x", "replay", 81, 0.5)], limits=LIMITS, names={}) == [
        "x: 81 replays in 12.0 hours, 80 a day are let pass"
    ]
    assert faults([Growth("x", "correctable", 961, 2.0)], limits=LIMITS, names={}) == [
        "x: 961 corrected errors in 2.0 days, 480 a day are let pass"
    ]


def test_a_counter_is_named_by_its_card_or_port_where_it_is_known() -> None:
    said = faults([Growth("x", "replay", 81, 0.5)], limits=LIMITS, names={"x": "x (Tesla T4)"})
    assert said[0].startswith("x (Tesla T4): 81 replays")


def test_errors_that_nothing_corrected_may_not_grow_at_all() -> None:
    said = faults(
        [Growth("x", "nonfatal", 1, 9.0), Growth("x", "fatal", 1, 9.0)], limits=LIMITS, names={}
    )
    assert [one.partition(" in ")[0] for one in said] == [
        "x: 1 uncorrected errors",
        "x: 1 fatal errors",
    ]


def test_the_command_stands_a_host_without_gpus() -> None:
    done = subprocess.run(
        ["sh", "-c", counters.COMMAND], capture_output=True, text=True, check=True
    )
    found = parse(done.stdout.splitlines())["now"]
    assert found.boot and found.at > 0


SMI = """\
#!/bin/sh
printf 'GPU 00000000:41:00.0\\n    Product Name : x\\n        Replays Since Reset : 4\\n'
printf 'GPU 00000000:C1:00.0\\n        Replays Since Reset : N/A\\n'
"""


def host(folder: Path) -> dict[str, str]:
    """A host with one card behind one port; the environment in which its scripts run."""
    device = folder / "sys/devices/pci0000:40/0000:40:01.1/0000:41:00.0"
    device.mkdir(parents=True)
    for name, text in (("vendor", "0x10de"), ("class", "0x030000")):
        (device / name).write_text(f"{text}\n")
    (device / "aer_dev_correctable").write_text("RxErr 2\nBadTLP 1\nTOTAL_ERR_COR 3\n")
    (device / "aer_dev_fatal").write_text("Undefined 0\nTOTAL_ERR_FATAL 0\n")
    (device.parent / "aer_dev_nonfatal").write_text("DLP 1\nTOTAL_ERR_NONFATAL 1\n")
    (folder / "sys/bus/pci/devices").mkdir(parents=True)
    (folder / "sys/bus/pci/devices/0000:41:00.0").symlink_to(device)
    (folder / "bin").mkdir()
    (folder / "bin/nvidia-smi").write_text(SMI)
    (folder / "bin/nvidia-smi").chmod(0o755)
    return {"PATH": f"{folder}/bin:/usr/bin:/bin"}


def recorded(folder: Path, environment: dict[str, str]) -> str:
    """The latest record after the script ran; empty when there is none."""
    text = templates.render(
        "pcie_topology/counters.j2",
        latest=f"{folder}/state/counters",
        before=f"{folder}/state/counters.before",
        collect=counters.COLLECT.rstrip(),
    )
    text = text.replace("/sys/bus", f"{folder}/sys/bus").replace("/usr/local/sbin", f"{folder}/bin")
    subprocess.run(["sh", "-c", text], env=environment, check=True)
    return (folder / "state/counters").read_text()


def test_a_record_has_every_counter_of_card_and_port(tmp_path: Path) -> None:
    text = recorded(tmp_path, host(tmp_path))
    found = parse(f"now {line}" for line in text.splitlines())["now"]
    assert found.counts == {
        ("0000:41:00.0", "correctable"): 3,
        ("0000:41:00.0", "fatal"): 0,
        ("0000:40:01.1", "nonfatal"): 1,
        ("0000:41:00.0", "replay"): 4,
    }
    assert [one.name for one in (tmp_path / "state").iterdir()] == ["counters"]


def test_a_fresh_record_of_this_boot_is_kept(tmp_path: Path) -> None:
    environment = host(tmp_path)
    first = recorded(tmp_path, environment)
    (tmp_path / "sys/bus/pci/devices/0000:41:00.0/aer_dev_fatal").write_text("TOTAL_ERR_FATAL 9\n")
    assert recorded(tmp_path, environment) == first


def test_a_record_of_yesterday_becomes_the_one_before(tmp_path: Path) -> None:
    environment = host(tmp_path)
    first = recorded(tmp_path, environment)
    (tmp_path / "sys/bus/pci/devices/0000:41:00.0/aer_dev_fatal").write_text("TOTAL_ERR_FATAL 9\n")
    old = (tmp_path / "state/counters").stat().st_mtime - 86400
    os.utime(tmp_path / "state/counters", (old, old))
    assert "fatal 9" in recorded(tmp_path, environment)
    assert (tmp_path / "state/counters.before").read_text() == first


def test_records_of_another_boot_are_dropped(tmp_path: Path) -> None:
    environment = host(tmp_path)
    (tmp_path / "state").mkdir()
    for name in ("counters", "counters.before"):
        (tmp_path / "state" / name).write_text("boot another\nat 1\n")
    assert "boot another" not in recorded(tmp_path, environment)
    assert not (tmp_path / "state/counters.before").exists()
