"""What lies on a node, as JSON of one line."""

import json
import subprocess
from pathlib import Path

from infra.holder import Holder
from infra.node_state import (
    checked,
    deployed,
    digest,
    half_done,
    promise_command,
    promised,
    take_back_command,
)
from infra.outcome import NodeOutcome, OperationOutcome, RoleOutcome
from infra.role import Settings
from infra.secrets import SecretRef
from infra.verdict import Verdict

MARA = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra deploy lab.py")


class Promised(Settings):
    version: str = "1"
    key: SecretRef = "env:CANARY"


def test_a_deploy_is_told_with_its_lock_and_who_made_it() -> None:
    done = OperationOutcome(name="Install", changed=True, seconds=1)
    outcome = NodeOutcome(
        node="n", group="g", status="ok", roles=(RoleOutcome("base", (done,)),), seconds=2.34567
    )
    text = deployed(outcome, settings={"base": Promised()}, inventory="lab.py", holder=MARA)
    assert "\n" not in text
    said = json.loads(text)
    assert said["lock"] == digest({"base": Promised()})
    assert (said["by"], said["host"], said["started"]) == ("mara", "laptop", MARA.since)
    assert (said["status"], said["seconds"]) == ("ok", 2.346)
    assert said["roles"] == {"base": {"changed": 1}}


def test_the_digest_tells_promises_apart() -> None:
    assert digest({"base": Promised()}) == digest({"base": Promised(version="1")})
    assert digest({"base": Promised()}) != digest({"base": Promised(version="2")})
    assert digest({"base": Promised()}) != digest({"other": Promised()})


def test_a_check_is_told_with_every_verdict() -> None:
    verdicts = [
        Verdict("n", "base", "check_a", "A holds", "failed", "found b\nand c"),
        Verdict("n", "base", "check_b", "B holds", "passed"),
    ]
    text = checked(
        verdicts, inventory="lab.py", holder=MARA, roles=["base"], boot_id="b1", lock="sha256:a"
    )
    assert "\n" not in text
    said = json.loads(text)
    assert (said["passed"], said["failed"], said["unproven"]) == (1, 1, 0)
    assert said["roles"] == ["base"]
    assert (said["boot_id"], said["lock"]) == ("b1", "sha256:a")
    assert said["verdicts"][0] == {
        "role": "base",
        "check": "check_a",
        "verdict": "failed",
        "reason": "found b\nand c",
        "waived": "",
    }


def test_a_node_that_nobody_deploys_is_no_remark() -> None:
    assert half_done("n", "\n") is None
    assert half_done("n", "garbage") == (
        "n is being deployed by somebody: its verdicts may be of a node half done"
    )


def test_a_promise_is_the_lock_of_what_is_about_to_be_made() -> None:
    text = promised({"base": Promised()}, inventory="lab.py", holder=MARA)
    assert "\n" not in text
    assert json.loads(text)["lock"] == digest({"base": Promised()})


def run(command: str, said: str = "") -> None:
    subprocess.run(["sh", "-c", command], input=said, text=True, check=True)


def test_a_promise_can_be_taken_back(tmp_path: Path) -> None:
    there = tmp_path / "promised.json"
    run(promise_command(str(tmp_path)), "one")
    run(promise_command(str(tmp_path)), "two")
    assert there.read_text() == "two"
    run(take_back_command(str(tmp_path)))
    assert there.read_text() == "one"


def test_a_first_promise_that_is_taken_back_leaves_none(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    run(promise_command(str(folder)), "one")
    assert (folder / "promised.json").read_text() == "one"
    run(take_back_command(str(folder)))
    assert list(folder.iterdir()) == []
