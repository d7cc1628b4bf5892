"""What a check prints, word for word, at a fixed width."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from infra.drift import Drift, NodeDrift
from infra.history import History
from infra.lab.spec import LabEntry, LabGpu
from infra.report_check import summary
from infra.report_junit import junit
from infra.site import Node
from infra.verdict import Report, Verdict
from infra.words import Change

INVENTORY = Path("inventories/lab.py")
STARTED = datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)


def passed(node: str, role: str, number: int) -> list[Verdict]:
    return [Verdict(node, role, f"check_{at}", "S", "passed", seconds=0.5) for at in range(number)]


GOOD = [
    *passed("gpu-1", "base_system", 2),
    *passed("gpu-1", "gpu_driver", 11),
    *passed("balancer-1", "base_system", 2),
]
BROKEN = Verdict(
    "gpu-2",
    "gpu_driver",
    "check_driver_is_pinned",
    "The driver is exactly the promised one",
    "failed",
    "nvidia-driver-580 is at 580.82.09 [held], promised is 580.95.05",
)
OFF = [
    Verdict("gpu-3", role, f"check_{at}", "S", "unproven", "unreachable: no route")
    for role in ("base_system", "gpu_driver")
    for at in range(2)
]


def report(*verdicts: Verdict) -> Report:
    return Report(str(INVENTORY), STARTED, 1.93, verdicts)


def printed(
    found: Report,
    *,
    width: int = 80,
    nodes: Sequence[Node] = (),
    verbose: bool = False,
    history: History | None = None,
    drift: Drift | None = None,
) -> str:
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        for line in summary(
            found,
            nodes,
            inventory=INVENTORY,
            verbose=verbose,
            history=history or History(),
            drift=drift,
        ):
            console.print(line)
    return capture.get()


def test_a_good_run_is_a_table_and_a_line() -> None:
    assert printed(report(*GOOD)) == (
        "                base     gpu\n"
        "  node        system  driver\n"
        "  gpu-1          ✓ 2    ✓ 11\n"
        "  balancer-1     ✓ 2       –\n"
        "\n"
        "✓ 15 passed on 2 nodes in 1.9 s\n"
    )


def test_findings_say_what_was_found_and_what_to_do() -> None:
    assert printed(report(*GOOD, BROKEN, *OFF)).partition("\n\n")[2] == (
        "✗ gpu-2 · gpu_driver · The driver is exactly the promised one\n"
        "  nvidia-driver-580 is at 580.82.09 [held], promised is 580.95.05\n"
        "  What to do: roles/gpu_driver/README.md, check_driver_is_pinned\n"
        "  Then: infra check inventories/lab.py --limit gpu-2 --role gpu_driver\n"
        "? gpu-3 · unreachable, checks not proven: 4\n"
        "  no route\n"
        "  What to do: see that it is powered, on the network and takes SSH; then check\n"
        "  it again\n"
        "  Then: infra check inventories/lab.py --limit gpu-3\n"
        "\n"
        "✗ 1 failed, 4 unproven, 15 passed on 4 nodes in 1.9 s\n"
    )


def test_every_broken_promise_is_a_finding_of_its_own() -> None:
    twin = replace(BROKEN, check="check_other", sentence="Another promise")
    assert "✗ gpu-2 · gpu_driver · Another promise\n" in printed(report(BROKEN, twin))


def test_what_one_reason_leaves_unproven_is_one_finding() -> None:
    text = printed(report(*(replace(one, reason="no root") for one in OFF[:2])))
    assert "? gpu-3 · base_system · check_0, check_1\n  Not proven: no root\n" in text


def test_a_cell_counts_the_worst_that_was_found() -> None:
    rows = printed(report(*GOOD, BROKEN, *OFF)).splitlines()[2:6]
    assert [row.split() for row in rows] == [
        ["gpu-1", "✓", "2", "✓", "11"],
        ["balancer-1", "✓", "2", "–"],
        ["gpu-2", "–", "✗", "1"],
        ["gpu-3", "?", "2", "?", "2"],
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_screen_and_no_word_is_cut(width: int) -> None:
    roles = ["base_system", "gpu_driver", "container_runtime", "model_cache", "inference_engine"]
    found = report(*(verdict for role in roles for verdict in passed("gpu-1", role, 9)), BROKEN)
    text = printed(found, width=width)
    assert max(map(len, text.splitlines())) <= width
    heads = {word for role in roles for word in role.split("_")}
    assert heads <= set(text.split())
    assert "580.95.05" in text


def test_a_run_that_checked_nothing_says_so() -> None:
    text = "✗ Nothing was checked: no chosen role of these nodes has checks.\n"
    assert printed(report()) == text


def test_verbose_lists_every_verdict() -> None:
    assert printed(report(*GOOD), verbose=True).count("✓ gpu-1 · gpu_driver · S  0.50 s\n") == 11


def test_simulated_hardware_is_told() -> None:
    node = Node("gpu-1", "g", "a", {}, lab=LabEntry(os="debian-13", gpus=(LabGpu(),)))
    last = printed(report(*GOOD), nodes=[node]).splitlines()[-1]
    assert last == "  Simulated hardware: gpu-1 (1 × NVIDIA GeForce RTX 3090)."


def test_junit_has_a_suite_a_node_and_a_case_a_check() -> None:
    root = ElementTree.fromstring(junit(report(*GOOD, BROKEN, *OFF)))
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["gpu-1", "balancer-1", "gpu-2", "gpu-3"]
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("20", "1", "4")
    case = suites["gpu-2"][0]
    assert (case.get("classname"), case.get("name")) == ("gpu_driver", "check_driver_is_pinned")
    assert (case[0].tag, case[0].get("message")) == ("failure", BROKEN.reason)
    assert {found[0].tag for found in suites["gpu-3"]} == {"skipped"}
    assert suites["gpu-1"].get("time") == "6.500"
    assert all(len(found) == 0 for found in suites["gpu-1"])


def test_junit_is_xml_whatever_a_host_prints() -> None:
    wild = Verdict("n", "r", "check_x", "S", "failed", "\x1b[31m<red> & \x00 ü\n]]>")
    case = ElementTree.fromstring(junit(report(wild)))[0][0]
    assert case[0].get("message") == "\ufffd[31m<red> & \ufffd ü"


def test_what_to_do_is_said_in_words_where_the_role_knows_it() -> None:
    text = printed(report(replace(BROKEN, todo="deploy; then look who upgrades")))
    assert "  What to do: deploy; then look who upgrades\n" in text


def test_what_a_waiver_bears_is_told_last_and_once() -> None:
    waived = "until 2026-12-01 by mara: card on order"
    borne = [replace(BROKEN, check=f"check_{at}", waived=waived) for at in range(2)]
    assert printed(report(*borne, BROKEN)).partition("\n\n")[2].splitlines()[4:] == [
        "~ gpu-2 · gpu_driver · check_0, check_1",
        "  nvidia-driver-580 is at 580.82.09 [held], promised is 580.95.05",
        "  Waived until 2026-12-01 by mara: card on order",
        "",
        "✗ 1 failed, 2 waived on 1 node in 1.9 s",
    ]


def test_changes_are_told_and_long_lists_are_cut() -> None:
    changes = tuple(Change("gpu-2", "r", f"check_{at}", "passed", "failed") for at in range(12))
    found = printed(report(*GOOD), history=History(changes=changes))
    assert "Since the last check\n  gpu-2 · r · check_0: passed → failed\n" in found
    assert "  and 2 more\n" in found
    lost = History(changes=(Change("gpu-3", "", "", "reachable", "unreachable"),))
    assert "  gpu-3: reachable → unreachable\n" in printed(report(*GOOD), history=lost)


def test_drift_is_told_before_the_closing_line() -> None:
    found = printed(report(*GOOD), drift=Drift((NodeDrift("gpu-1"),), 1.0)).splitlines()[-3:]
    assert found[0] == "No drift: a deploy would change nothing on 1 node (1.0 s)"
    assert found[1:] == ["", "✓ 15 passed on 2 nodes in 1.9 s"]


def test_junit_skips_what_is_waived() -> None:
    root = ElementTree.fromstring(junit(report(replace(BROKEN, waived="until then", todo="do"))))
    assert (root.get("failures"), root.get("skipped")) == ("0", "1")
    found = root[0][0][0]
    assert (found.tag, found.get("message")) == ("skipped", "waived until then")
    assert (found.text or "").endswith("waived until then\nWhat to do: do")
