"""What each role asked of each node last time, so that it can be asked in one round trip."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra import place
from infra.files import write_atomic

Question = tuple[str, str]
"""A fact's command: who asks ("" for the login user, else the sudo user) and its shell text."""

_MARK = "\x1e"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_ANSWER = re.compile(rf"answer (\d+) ({_BASE64})")
_MOST = 200
"""A role that asks more than this is not predicted."""


@dataclass
class Memory:
    """Questions by node and role; read and written beside the inventory's runs."""

    path: Path
    asked: dict[str, dict[str, list[Question]]] = field(default_factory=dict)

    def of(self, node: str, role: str) -> list[Question]:
        """What a role asked of a node last time."""
        return [(asker, text) for asker, text in self.asked.get(node, {}).get(role, ())]

    def keep(self, node: str, role: str, questions: Sequence[Question]) -> None:
        """Remember what a role asked this time."""
        if len(questions) <= _MOST:
            self.asked.setdefault(node, {})[role] = list(questions)

    def save(self) -> None:
        """Write what is remembered."""
        write_atomic(self.path, json.dumps(self.asked), mode=0o600)


def remembered(inventory: Path) -> Memory:
    """The memory of an inventory; an unreadable one is empty, since it only saves time."""
    path = place.of(inventory) / "questions.json"
    try:
        found = json.loads(path.read_text())
        asked = {
            str(node): {
                str(role): [(str(asker), str(text)) for asker, text in asked]
                for role, asked in roles.items()
            }
            for node, roles in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return Memory(path=path)
    return Memory(path=path, asked=asked)


def batch(texts: Sequence[str]) -> str:
    """A script that runs each command and prints, on a line each, its number, output and status."""
    return "".join(
        f"printf 'answer {number} '; {{ ( {text} ) </dev/null 2>/dev/null; "
        f"printf '{_MARK}%s' \"$?\"; }} | base64 -w0; echo\n"
        for number, text in enumerate(texts)
    )


def batched(lines: Sequence[str], *, count: int) -> list[tuple[str, ...] | None]:
    """For each command of a batch its output's lines; None where it failed or did not answer.

    What a login shell prints beside the answers is passed over.
    """
    found = [_ANSWER.fullmatch(line) for line in lines]
    by_number = {int(match[1]): match[2] for match in found if match is not None}
    return [_succeeded(by_number.get(number, "")) for number in range(count)]


def _succeeded(encoded: str) -> tuple[str, ...] | None:
    text, _, status = base64.b64decode(encoded).decode(errors="replace").rpartition(_MARK)
    return tuple(text.splitlines()) if status == "0" else None


def told(asker: str) -> str:
    """What a log says of a batch instead of its script."""
    return f"(asked last time, as {asker or 'the login user'})"


def asked_lines(answers: Sequence[tuple[str, tuple[str, ...] | None]]) -> tuple[str, ...]:
    """A batch's questions and answers, as the lines of a log."""
    return tuple(
        line
        for text, lines in answers
        for line in (f"$ {text}", *(("(failed)",) if lines is None else lines))
    )
