"""Nodes are judged one by one from one docket, whoever asks."""

from pathlib import Path

from infra import compliance
from infra.court import Court
from infra.role import Settings
from infra.site import Node
from infra.wire import Answer


class Says:
    """A node that answers every question with one word."""

    problem: str | None = None

    def __init__(self, word: str) -> None:
        self.word = word

    def open(self) -> None: ...

    def close(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        return Answer(0, self.word.encode(), b"")


def test_a_docket_serves_many_judgements(tmp_path: Path) -> None:
    path = tmp_path / "checks.py"
    path.write_text(
        "def check_it(host, settings):\n"
        "    found = host.run('x').stdout\n"
        "    assert found == 'good', f'found {found}'\n"
    )
    nodes = [Node(name, "g", name, {"one": Settings()}) for name in "nm"]
    docket = compliance.docket(nodes, checks={"one": path})

    def reasons(name: str, word: str) -> list[str]:
        return [one.reason for one in Court(docket).judge(name, asked=Says(word))]

    assert reasons("n", "bad") == ["found bad"]
    assert reasons("m", "good") == [""]
    assert reasons("n", "good") == [""]
