"""Checks of roles made here, on nodes that answer from a table."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra import compliance
from infra.role import Settings
from infra.session import NoAnswerError
from infra.site import Node
from infra.verdict import Verdict
from infra.wire import Answer

CHECKS = '''
"""Checks."""
import pytest


def check_file_is_there(host, settings):
    """The file is there. Its text does not matter."""
    assert host.run("test -e %s", settings.path).rc == 0, f"{settings.path} is not there"


def check_version(host, settings):
    """The version is the promised one."""
    found = host.run("version --of %s", "a b").stdout.strip()
    assert found == "2.0", f"found {found}, promised 2.0"


def check_skips(host, settings):
    """A skip proves nothing."""
    pytest.skip("GPU 0 is busy")


def check_crashes(host, settings):
    """A crash proves nothing."""
    host.nothing_like_it


@pytest.mark.seconds(300)
def check_takes_long(host, settings):
    """A slow command has its own limit."""
    assert host.run("slow").stdout == "300"


def check_usual_limit(host, settings):
    """Others have a minute."""
    assert host.run("slow").stdout == "60"


def helper(host, settings):
    raise RuntimeError("no check")
'''


class PathSettings(Settings):
    path: str = "/etc/hostname"


class Table:
    """A node that answers from a table; what it does not know fails."""

    def __init__(self, answers: Mapping[str, str], *, problem: str | None = None) -> None:
        self.answers, self.problem = answers, problem
        self.asked: list[str] = []
        self.closed = False

    def open(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        if command == "unplug":
            self.problem = "connection lost: gone"
            raise NoAnswerError(self.problem)
        self.asked.append(command)
        found = f"{seconds:g}" if command == "slow" else self.answers.get(command)
        return Answer(0 if found is not None else 1, (found or "").encode(), b"")

    def close(self) -> None:
        self.closed = True


def node(name: str, *roles: str) -> Node:
    return Node(name, "group", name, {role: PathSettings() for role in roles})


@pytest.fixture
def checks(tmp_path: Path) -> Path:
    """One role's checks.py."""
    return written(tmp_path, "one", CHECKS)


def written(folder: Path, role: str, text: str) -> Path:
    path = folder / role / "checks.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


GOOD = {"test -e /etc/hostname": "", "version --of 'a b'": "2.0\n"}


def words(verdicts: tuple[Verdict, ...]) -> dict[str, tuple[str, str]]:
    return {verdict.check: (verdict.verdict, verdict.reason) for verdict in verdicts}


def test_each_check_has_its_verdict_and_its_reason(checks: Path) -> None:
    found = compliance.judged(
        [node("n", "one")], checks={"one": checks}, asked={"n": Table({"version --of 'a b'": "1"})}
    )
    crashed = "check crashed: AttributeError 'Host' object has no attribute 'nothing_like_it'"
    assert words(found) == {
        "check_file_is_there": ("failed", "/etc/hostname is not there"),
        "check_version": ("failed", "found 1, promised 2.0"),
        "check_skips": ("unproven", "GPU 0 is busy"),
        "check_crashes": ("unproven", crashed),
        "check_takes_long": ("passed", ""),
        "check_usual_limit": ("passed", ""),
    }
    assert found[0].sentence == "The file is there"


def test_a_check_that_concerns_only_some_hosts_has_no_verdict_on_the_others(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "role",
        "from infra.judgement import not_concerned\n"
        "def check_peers(host, settings):\n"
        "    if host.run('count').stdout == '1':\n"
        "        not_concerned('there is one GPU')\n"
        "def check_other(host, settings):\n"
        "    pass\n",
    )
    verdicts = compliance.judged(
        [node("one", "role"), node("two", "role")],
        checks={"role": path},
        asked={"one": Table({"count": "1"}), "two": Table({"count": "2"})},
    )
    assert [(verdict.node, verdict.check) for verdict in verdicts] == [
        ("one", "check_other"),
        ("two", "check_peers"),
        ("two", "check_other"),
    ]


def test_every_node_that_has_the_role_is_judged_by_its_own_answers(checks: Path) -> None:
    tables = {"good": Table(GOOD), "bad": Table({}), "other": Table({})}
    nodes = [node("good", "one"), node("bad", "one"), node("other", "two")]
    found = compliance.judged(nodes, checks={"one": checks}, asked=tables)
    first = {v.node: v.verdict for v in found if v.check == "check_file_is_there"}
    assert first == {"good": "passed", "bad": "failed"}
    assert tables["other"].asked == []
    assert all(table.closed for table in tables.values())


def test_verdicts_come_node_by_node_in_the_roles_order(tmp_path: Path) -> None:
    text = "def check_it(host, settings):\n    assert host.run('true').rc == 1\n"
    files = {role: written(tmp_path, role, text) for role in ("zeta", "alpha")}
    nodes = [node("b", "zeta", "alpha"), node("a", "zeta", "alpha")]
    asked = {"a": Table({}), "b": Table({})}
    found = compliance.judged(nodes, checks=files, asked=asked)
    assert [(v.node, v.role) for v in found] == [
        ("b", "zeta"),
        ("b", "alpha"),
        ("a", "zeta"),
        ("a", "alpha"),
    ]


def test_an_unreachable_node_proves_nothing_and_is_not_asked(checks: Path) -> None:
    away = Table(GOOD, problem="unreachable: no route")
    found = compliance.judged([node("n", "one")], checks={"one": checks}, asked={"n": away})
    assert set(words(found).values()) == {("unproven", "unreachable: no route")}
    assert away.asked == []


def test_what_follows_a_lost_connection_is_unproven(tmp_path: Path) -> None:
    text = "".join(
        f"def check_{at}(host, settings):\n    assert host.run({command!r}).rc == 0\n"
        for at, command in enumerate(["ok", "unplug", "ok"])
    )
    path = written(tmp_path, "one", text)
    found = compliance.judged(
        [node("n", "one")], checks={"one": path}, asked={"n": Table({"ok": ""})}
    )
    lost = ("unproven", "connection lost: gone")
    assert words(found) == {"check_0": ("passed", ""), "check_1": lost, "check_2": lost}


def test_asserts_without_a_message_explain_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "one", "def check_it(host, settings):\n    a = 1\n    assert a == 2\n")
    found = compliance.judged([node("n", "one")], checks={"one": path}, asked={"n": Table({})})
    assert found[0].reason == "assert 1 == 2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nothing_like_it\n", "No module named 'nothing_like_it'"),
        ("def check_it(host):\n    pass\n", "settings"),
        ("def check_it(:\n", "SyntaxError"),
    ],
)
def test_checks_that_cannot_be_read_prove_nothing(tmp_path: Path, text: str, reason: str) -> None:
    files = {"one": written(tmp_path, "one", text), "two": written(tmp_path, "two", CHECKS)}
    found = compliance.judged([node("n", "one", "two")], checks=files, asked={"n": Table(GOOD)})
    first = found[0]
    assert (first.role, first.check, first.verdict) == ("one", "checks", "unproven")
    assert reason in first.reason
    assert len(found) == 7


def test_verdicts_are_told_as_they_fall_and_nothing_is_printed(
    checks: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    told: list[Verdict] = []
    found = compliance.judged(
        [node("n", "one")],
        checks={"one": checks},
        asked={"n": Table(GOOD)},
        on_verdict=told.append,
    )
    assert tuple(told) == found
    assert capfd.readouterr() == ("", "")
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"


def test_output_is_read_byte_for_byte(tmp_path: Path) -> None:
    text = (
        "def check_it(host, settings):\n"
        "    said = host.run('say').stdout\n"
        "    assert said == ' é \\n\\n', repr(said)\n"
    )
    path = written(tmp_path, "one", text)
    table = Table({"say": " é \n\n"})
    found = compliance.judged([node("n", "one")], checks={"one": path}, asked={"n": table})
    assert found[0].verdict == "passed", found[0].reason


def test_nothing_to_check_is_no_verdict() -> None:
    assert compliance.judged([node("n", "one")], checks={}, asked={}) == ()


def test_files_are_found_by_the_roles_names() -> None:
    found = compliance.files_of([node("n", "container_runtime", "load_balancer")])
    assert list(found) == ["container_runtime", "load_balancer"]
    assert found["load_balancer"].parts[-3:] == ("roles", "load_balancer", "checks.py")
    assert list(compliance.files_of([node("n", "load_balancer")], roles=["other"])) == []


INTERRUPTED = """
import os, signal, sys
from gevent import monkey; monkey.patch_all()
import gevent
from pathlib import Path
from infra import compliance
from infra.role import Settings
from infra.site import Node
from infra.wire import Answer

class Slow:
    problem = None
    def open(self): ...
    def close(self): print("closed")
    def run(self, command, *, seconds):
        if command == "long":
            gevent.spawn_later(0.05, os.kill, os.getpid(), signal.SIGINT)
            gevent.sleep(60)
        return Answer(0, b"", b"")

found = compliance.judged(
    [Node("n", "g", "n", {"one": Settings()})],
    checks={"one": Path(sys.argv[1])},
    asked={"n": Slow()},
    on_node=lambda name, verdicts: print("all have fallen"),
)
print([(verdict.check, verdict.sentence, verdict.verdict, verdict.reason) for verdict in found])
"""


def test_an_interrupt_leaves_what_was_judged_and_names_the_rest(tmp_path: Path) -> None:
    text = '''
def check_quick(host, settings):
    """Quick."""
    host.run("quick")

def check_long(host, settings):
    """Long."""
    host.run("long")

def check_never(host, settings):
    """Never."""
'''
    path = written(tmp_path, "one", text)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(path)], capture_output=True, text=True, timeout=60
    )
    why = "interrupted before it was judged"
    assert (done.stderr, done.stdout.splitlines()) == (
        "",
        [
            "closed",
            str(
                [
                    ("check_quick", "Quick", "passed", ""),
                    ("check_long", "Long", "unproven", why),
                    ("check_never", "Never", "unproven", why),
                ]
            ),
        ],
    )
