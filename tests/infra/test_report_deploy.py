"""What a deploy and its plan print, word for word, at a fixed width."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from infra.fleet import Deployed
from infra.lab.spec import LabEntry, LabGpu
from infra.ledger import Ledger
from infra.outcome import FileDifference, NodeOutcome, OperationOutcome, RoleOutcome
from infra.report_deploy import summary
from infra.site import Node, Site
from infra.walk import Options

INVENTORY = Path("inventories/lab.py")
NODES = tuple(Node(name, "group", name, {}) for name in ("gpu-1", "gpu-2", "balancer-1"))
SITE = Site(name="lab", file=INVENTORY, nodes=NODES)
WHY = "E: Unmet dependencies: a-very-long-package-name-580-server / E: 580.82.09 is held"


def role(name: str, *, changed: int = 0, unchanged: int = 0) -> RoleOutcome:
    done = [OperationOutcome(f"Write file {at}", True, 0.1) for at in range(changed)]
    kept = [OperationOutcome(f"Install {at}", False, 0.1) for at in range(unchanged)]
    return RoleOutcome(name, (*done, *kept), 1.0)


def good(name: str, *, changed: int = 0) -> NodeOutcome:
    roles = (role("base_system", changed=changed, unchanged=20), role("gpu_driver", unchanged=2))
    return NodeOutcome(name, "group", "ok", roles, 58.24, 31)


IDLE = [good(node.name) for node in NODES]
STOPPED = RoleOutcome(
    "gpu_driver",
    (OperationOutcome("Install packages", False, 0.1, ok=False),),
    1.0,
    f"Install packages: {WHY}",
)
FAILED = NodeOutcome(
    "gpu-2",
    "group",
    "failed",
    (role("base_system", unchanged=20), STOPPED),
    12.9,
    11,
    f"gpu_driver: Install packages: {WHY}",
)
AWAY = NodeOutcome("balancer-1", "group", "unreachable", error="Could not connect (no route)")


def printed(
    outcomes: Sequence[NodeOutcome],
    *,
    nodes: Sequence[Node] = NODES,
    options: Options | None = None,
    width: int = 80,
) -> str:
    ledger = Ledger(inventory=INVENTORY, command="deploy")
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        deployed = Deployed(list(outcomes), serving=frozenset({"gpu-1"}))
        for line in summary(SITE, nodes, deployed, ledger=ledger, options=options or Options()):
            console.print(line)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_a_deploy_without_a_change_is_one_line() -> None:
    assert printed(IDLE) == "✓ lab is as promised. Nothing changed on 3 nodes in 0.0 s."


def test_changes_are_a_table_and_a_line() -> None:
    rebooted = replace(good("gpu-1", changed=41), rebooted=("driver 580",))
    assert printed([rebooted, *IDLE[1:]], width=100) == (
        "                                      as           round\n"
        "  node        roles    changed  promised  seconds  trips\n"
        "  gpu-1       2 roles       41        22     58.2     31  rebooted once (driver 580)\n"
        "  gpu-2       2 roles        0        22     58.2     31\n"
        "  balancer-1  2 roles        0        22     58.2     31\n"
        "\n"
        "✓ lab is as promised. 3 nodes in 0.0 s."
    )


def test_a_verdict_speaks_only_of_what_was_deployed() -> None:
    limited = printed(IDLE[:2], nodes=NODES[:2])
    assert limited.startswith("✓ gpu-1 and gpu-2 are as promised. Nothing changed on 2 nodes")
    roles = printed(IDLE, options=Options(roles=("base_system",)))
    assert roles.startswith("✓ base_system on lab is as promised.")


def test_failures_say_where_what_and_how_to_go_on() -> None:
    text = printed([good("gpu-1", changed=1), FAILED, AWAY]).partition("\n\n")[2]
    assert text.rpartition("  Every command")[0] == (
        "✗ gpu-2 · gpu_driver · Install packages\n"
        "  E: Unmet dependencies: a-very-long-package-name-580-server\n"
        "  E: 580.82.09 is held\n"
        "✗ balancer-1 · unreachable\n"
        "  Could not connect (no route)\n"
        "  gpu-1 is as promised.\n"
        "  Go on with: infra deploy inventories/lab.py --limit @failed\n"
    )


def test_a_failure_is_seen_in_the_table_even_when_nothing_changed() -> None:
    rows = printed([IDLE[0], FAILED, AWAY]).splitlines()[2:5]
    assert [row.split()[-2:] for row in rows[1:]] == [["✗", "failed"], ["✗", "unreachable"]]
    assert "✓" not in printed([IDLE[0], FAILED, AWAY])


def test_a_role_that_refused_names_no_operation() -> None:
    refused = replace(STOPPED, operations=(), error="580 is a branch; give a version")
    text = printed([replace(FAILED, roles=(refused,))], nodes=NODES[1:2])
    assert "✗ gpu-2 · gpu_driver\n  580 is a branch; give a version\n" in text


def test_a_failure_outside_of_roles_gives_its_reason() -> None:
    text = printed([replace(AWAY, status="failed", error="Fedora 42 is not supported")])
    assert "✗ balancer-1 · failed\n  Fedora 42 is not supported\n" in text


DIFFERENCE = FileDifference(
    "/etc/x", "--- /etc/x (now)\n+++ /etc/x (promised)\n@@ -1 +1 @@\n-# by [red]hand\n+on"
)
SECRET = FileDifference("/etc/key", "(secret: not shown)")


def test_a_plan_names_what_would_change_and_shows_differences() -> None:
    changing = replace(good("gpu-1", changed=2), differences=(DIFFERENCE, SECRET))
    assert printed([changing, *IDLE[1:]], options=Options(dry_run=True)) == (
        "gpu-1 would change 2:\n"
        "  base_system  Write file 0 · Write file 1\n"
        "    --- /etc/x (now)\n"
        "    +++ /etc/x (promised)\n"
        "    @@ -1 +1 @@\n"
        "    -# by [red]hand\n"
        "    +on\n"
        "    /etc/key: (secret: not shown)\n"
        "2 changes on 3 nodes planned in 0.0 s. Nothing was touched.\n"
        "  Do it with: infra deploy inventories/lab.py"
    )


def test_a_plan_of_nothing_says_so() -> None:
    text = printed(IDLE, options=Options(dry_run=True))
    assert text == "Nothing would change on 3 nodes (0.0 s)."


def test_a_plan_tells_failures_and_promises_nothing() -> None:
    text = printed([IDLE[0], FAILED], nodes=NODES[:2], options=Options(dry_run=True))
    assert "✗ gpu-2 · gpu_driver · Install packages" in text
    assert "as promised" not in text and "Go on" not in text


def test_a_plan_counts_only_what_could_be_planned() -> None:
    text = printed([IDLE[0], AWAY], nodes=NODES[:2], options=Options(dry_run=True))
    assert text.startswith(
        "Nothing would change on 1 node (0.0 s).\n"
        "1 node could not be planned. Nothing was touched.\n"
        "✗ balancer-1 · unreachable\n"
        "  Could not connect (no route)\n"
    )


def test_a_plan_of_nodes_that_cannot_be_reached_tells_of_no_change() -> None:
    text = printed([AWAY], nodes=NODES[:1], options=Options(dry_run=True))
    assert text.startswith("1 node could not be planned. Nothing was touched.\n✗ balancer-1")


def test_a_plan_that_failed_half_way_is_not_counted() -> None:
    half = replace(FAILED, roles=(role("base_system", changed=1), STOPPED))
    text = printed([half, good("gpu-1", changed=2)], options=Options(dry_run=True))
    assert "gpu-2 would change 1 before it fails:\n" in text
    assert "\n2 changes on 1 node planned in 0.0 s. Nothing was touched.\n1 node could" in text
    assert "Do it with" not in text


def test_simulated_hardware_is_told() -> None:
    lab = LabEntry(os="debian-13", gpus=(LabGpu(), LabGpu()))
    nodes = [replace(node, lab=lab) for node in NODES[:2]]
    last = printed(IDLE[:2], nodes=nodes).splitlines()[-1]
    assert last == "  Simulated hardware: gpu-1, gpu-2 (2 × NVIDIA GeForce RTX 3090 each)."


def test_a_plan_tells_what_would_be_disrupted_and_whether_it_serves() -> None:
    restart = OperationOutcome("Restart engine", True, 0.1, disrupts="another image")
    engine = RoleOutcome("inference_engine", (restart,), 1.0)
    nodes = [replace(IDLE[at], roles=(engine,)) for at in (0, 1)]
    text = printed(nodes, options=Options(dry_run=True), width=120)
    assert "disrupted: another image (it serves: in its turn it leaves rotation" in text
    assert "disrupted: another image (it is not in rotation" in text


def test_remarks_are_printed_below_a_node_s_failure_and_of_a_good_one() -> None:
    stays = replace(FAILED, remarks=("gpu-2 is out of rotation: it does not complete a token",))
    assert "gpu-2 is out of rotation" in printed([IDLE[0], stays], width=120)
    told = replace(IDLE[0], remarks=("gpu-1 stays out of rotation",))
    assert printed([told], width=120).count("gpu-1 stays out of rotation") == 1
