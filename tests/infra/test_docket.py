"""What pytest collects: one item for each check and each node that has its role."""

from pathlib import Path

from infra import compliance
from infra.role import Settings
from infra.site import Node

CHECKS = "def check_a(host, settings):\n    pass\ndef check_b(host, settings):\n    pass\n"


def test_each_node_has_the_checks_of_its_roles(tmp_path: Path) -> None:
    files = {}
    for role, text in {"one": CHECKS, "two": "def check_c(host, settings):\n    pass\n"}.items():
        files[role] = tmp_path / role / "checks.py"
        files[role].parent.mkdir()
        files[role].write_text(text)
    both, single = {"one": Settings(), "two": Settings()}, {"two": Settings()}
    nodes = [Node("n", "g", "n", both), Node("m", "g", "m", single)]
    docket = compliance.docket(nodes, checks=files)
    assert [(docket.role(one), one.originalname) for one in docket.of("n")] == [
        ("one", "check_a"),
        ("one", "check_b"),
        ("two", "check_c"),
    ]
    assert [one.originalname for one in docket.of("m")] == ["check_c"]


def test_a_file_that_cannot_be_read_is_told_of_each_node(tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text("import nothing_like_it\n")
    nodes = [Node(name, "g", name, {"one": Settings()}) for name in "nm"]
    docket = compliance.docket(nodes, checks={"one": tmp_path / "checks.py"})
    assert [(one.node, one.role, one.verdict) for one in docket.unread] == [
        ("n", "one", "unproven"),
        ("m", "one", "unproven"),
    ]
    assert docket.checks == ()
