"""What people read of a status."""

from datetime import datetime, timezone
from io import StringIO

from rich.console import Console

from infra import report_status, status_changes, status_json
from infra.report_status import Screen
from infra.rotation import Canary, Hold, Rotated, Swap, Told
from infra.site import Node
from infra.status import Cell, Look, Shown, good

NOW = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
NODES = tuple(
    Node(name, group, f"10.0.0.{number}", {})
    for number, (name, group) in enumerate(
        [
            ("gpu-1", "gpu_nodes"),
            ("gpu-2", "gpu_nodes"),
            ("spare-1", "spare_nodes"),
            ("lb", "load_balancers"),
        ]
    )
)
SWAPPED = Hold("swap", "spare-1 serves in its place", "mara@laptop", NOW.isoformat())
AWAY = Look("gpu-2", problem="timed out", since=NOW.isoformat())


def told(*, canary: bool = False, swap: bool = False) -> Told:
    held = (SWAPPED,) if swap else ()
    return Told(
        {
            "gpu-1": Rotated("gpu-1", "in", answers=True),
            "gpu-2": Rotated("gpu-2", "out" if swap else "in", held),
            "spare-1": Rotated("spare-1", "in", answers=True, spare=True),
        },
        {"small": Canary("gpu-1", 5.0, (), "mara@laptop", NOW.isoformat())} if canary else {},
        {"gpu-2": Swap("spare-1", "mara@laptop", NOW.isoformat())} if swap else {},
    )


def looks(said: Told | None = None, **more: Look) -> dict[str, Look]:
    balancer = Look(
        "lb", up_seconds=60, rotation=said, shown=Shown(requests={"gpu-1": 3, "spare-1": 1})
    )
    up = {node.name: Look(node.name, up_seconds=7200, boot_id="b") for node in NODES}
    return {**up, "lb": balancer, **more}


def screen(said: Told | None = None, **more: Look) -> Screen:
    return report_status.screen(NODES, looks(said, **more), name="rack", now=NOW)


def cell(made: Screen, node: str, column: str = "in rotation") -> str:
    return next(row.cells[column].text for row in made.rows if row.node.startswith(node))


def printed(made: Screen) -> str:
    console = Console(file=StringIO(), width=120)
    for line in made.lines():
        console.print(line)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_shares_are_of_all_requests_that_balancers_sent() -> None:
    made = screen(told())
    assert cell(made, "gpu-1") == "✓ yes 75 %"
    assert cell(made, "gpu-2") == "✓ yes 0 %"
    assert cell(made, "spare-1") == "✓ stands by 25 %"


def test_a_swap_shows_who_serves_for_whom() -> None:
    made = screen(told(swap=True), **{"gpu-2": AWAY})
    assert cell(made, "spare-1") == "✓ for gpu-2 25 %"
    assert cell(made, "gpu-2") == "– no: swap"
    assert "unreachable since 12:00" in printed(made).replace(f"{NOW.astimezone():%H:%M}", "12:00")
    assert any("spare-1 serves in its place" in str(note) for note in made.notes)


def test_a_canary_shows_its_share_and_is_explained() -> None:
    made = screen(told(canary=True))
    assert cell(made, "gpu-1") == "✓ canary 75 %"
    assert any("is small's canary since" in str(note) for note in made.notes)


def test_without_a_balancer_there_is_no_rotation() -> None:
    assert "in rotation" not in screen().columns


def test_columns_of_roles_stand_between_ours_even_new_ones() -> None:
    look = Look("gpu-1", up_seconds=1, shown=Shown({"tpu": good("1"), "GPUs": Cell("2")}))
    assert screen(told(), **{"gpu-1": look}).columns == ("up", "GPUs", "tpu", "in rotation")


def test_the_title_counts_whom_nobody_reaches() -> None:
    assert screen().title.startswith("rack · 4 nodes · ")
    assert screen(None, **{"gpu-2": AWAY}).title.startswith("rack · 4 nodes, 1 unreachable · ")


def test_every_text_is_reworded() -> None:
    made = screen(told(swap=True), **{"gpu-2": AWAY}).reworded(lambda text: "x" if text else "")
    assert set(printed(made)) <= set("x \nnodeinruptatin✗·?:,—✓")


def test_json_has_what_the_screen_shows() -> None:
    found = looks(told(swap=True), **{"gpu-2": AWAY})
    made = report_status.screen(NODES, found, name="rack", now=NOW)
    said = {one["node"]: one for one in status_json.as_json(NODES, found, made)["nodes"]}
    assert (said["gpu-2"]["reached"], said["gpu-2"]["problem"]) == (False, "timed out")
    assert said["gpu-2"]["rotation"][0]["holds"][0]["owner"] == "swap"
    assert (said["spare-1"]["spare"], said["spare-1"]["share"]) == (True, 0.25)
    assert said["gpu-1"]["columns"]["up"] == {"text": "2 h", "word": "plain"}


def test_changes_are_told_once_and_figures_are_none() -> None:
    before, after = screen(told()), screen(told(swap=True), **{"gpu-2": AWAY})
    found = list(status_changes.changes(before, after))
    assert "gpu-2: in rotation: ✓ yes 0 %, now – no: swap" in found
    assert any(line.startswith("✗ gpu-2: unreachable since") for line in found)
    assert not list(status_changes.changes(after, after))
    later = Look("gpu-1", up_seconds=9000, boot_id="b")
    assert not list(status_changes.changes(before, screen(told(), **{"gpu-1": later})))
