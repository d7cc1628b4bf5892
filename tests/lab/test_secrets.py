"""Secrets are in no argument list, log, ledger, report or readable file, on either side.

A secret of its own stands in every place that takes one; it travels through deploys that end
well, fail and are interrupted, while every process list is watched.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from labhosts import ADDRESS, INVENTORY, ROOT, Ended, Infra, Shell
from traces import readable, readable_here, watching

GPU, BALANCER = "gpu-1", "balancer-1"
TEXT = """
import runpy

_lab = runpy.run_path({lab!r})
gpu_nodes, load_balancers = _lab["gpu_nodes"], _lab["load_balancers"]
_gpu = dict(gpu_nodes[0]).get({gpu!r})
_gpu["_sudo_password"] = "file:{folder}/sudo"
_gpu["ssh_password"] = "env:CANARY_LOGIN"
_gpu["inference_engine"] = {{"secret_environment": {{"CANARY": "credential:engine"}}}}
load_balancers[1]["load_balancer"]["api_keys"] |= {{
    "canary-env": "env:CANARY_KEY", "canary-file": "file:{folder}/key"
}}
"""


@dataclass
class Lived:
    """What was seen while the secrets travelled."""

    folder: Path
    canaries: dict[str, str]
    since: float = field(default_factory=time.time)
    runs: list[Ended] = field(default_factory=list)
    watched: dict[str, Any] = field(default_factory=dict)

    def inventory(self) -> Path:
        """The lab's inventory with a canary in every place that takes a secret."""
        path = self.folder / "canaries.py"
        path.write_text(TEXT.format(lab=str(INVENTORY), folder=self.folder, gpu=GPU))
        lock = INVENTORY.with_suffix(".lock.yaml")
        (self.folder / "canaries.lock.yaml").write_bytes(lock.read_bytes())
        for name in ("sudo", "key", "engine"):
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_text(f"{self.canaries[name]}\n")
        return path

    @property
    def env(self) -> dict[str, str]:
        """Where the secrets are, and where the ledger goes."""
        return {
            "XDG_STATE_HOME": str(self.folder / "state"),
            "CREDENTIALS_DIRECTORY": str(self.folder),
            "CANARY_KEY": self.canaries["env"],
            "CANARY_LOGIN": self.canaries["login"],
        }


@pytest.fixture(scope="module")
def lived(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lived]:
    """Deploys of every end, and a check, with canaries everywhere; undone afterwards."""
    names = ("env", "key", "login", "sudo", "engine", "later")
    canaries = {name: f"canary-{name}-{secrets.token_hex(12)}" for name in names}
    seen = Lived(tmp_path_factory.mktemp("canaries"), canaries)
    with watching(list(canaries.values()), seen.watched):
        travel(seen, infra, shell)
    yield seen
    back = infra("deploy", str(INVENTORY))
    assert back.code == 0, back.out


def travel(seen: Lived, infra: Infra, shell: Shell) -> None:
    site, env = str(seen.inventory()), seen.env
    loud = ("deploy", site, "-v", "--diff")
    later = {**env, "CANARY_KEY": canary(seen, "later")}
    bad = {**env, "CANARY_KEY": f"{canary(seen, 'env')} has spaces"}
    junit = str(seen.folder / "state" / "junit.xml")
    seen.runs.append(infra(*loud, env=env))
    seen.runs.append(infra("check", site, "-v", "--junit", junit, env=env))
    seen.runs.append(infra(*loud, "--limit", BALANCER, env=bad))
    seen.runs.append(infra(*loud, "--dry-run", env=later))
    shell(BALANCER, "mount --bind /etc/nginx /etc/nginx && mount -o remount,ro,bind /etc/nginx")
    seen.runs.append(infra(*loud, "--limit", BALANCER, env=later))
    shell(BALANCER, "umount /etc/nginx")
    seen.runs.append(interrupted(*loud, "--limit", BALANCER, env=later))


def canary(seen: Lived, name: str) -> str:
    return seen.canaries[name]


def interrupted(*words: str, env: dict[str, str]) -> Ended:
    """A deploy that gets SIGINT as it writes the keys."""
    command = [sys.executable, "-m", "infra", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, **pipes) as process:
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if "Write API keys" in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate()
        return Ended(process.returncode, "".join(lines) + out, err, {})


def test_the_runs_ended_as_they_were_meant_to(lived: Lived) -> None:
    whole, check, *others = lived.runs
    assert whole.code == 0, whole.out
    failed = [one for one in check.json["verdicts"] if one["verdict"] == "failed"]
    assert not failed
    assert [run.code == 0 for run in others] == [False, True, False, False]
    bad, _, stopped, killed = (run.out for run in others)
    assert "has characters other than" in bad
    assert "Read-only file system" in stopped
    assert "interrupted" in killed


def test_the_secrets_arrived_where_they_belong(lived: Lived, shell: Shell) -> None:
    assert lived.canaries["engine"] in shell(GPU, "docker inspect infra-engine")


def test_an_interrupted_deploy_leaves_a_whole_file_of_keys(lived: Lived, shell: Shell) -> None:
    keys = shell(BALANCER, "cat /etc/nginx/infra-keys.conf")
    assert lived.canaries["key"] in keys
    assert any(lived.canaries[name] in keys for name in ("env", "later"))


def test_no_output_log_ledger_or_report_holds_a_secret(lived: Lived) -> None:
    said = [run.out + run.err + json.dumps(run.json) for run in lived.runs]
    files = [path for path in (lived.folder / "state").rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"run.json", "log.txt", "questions.json", "junit.xml"} <= names
    logs = "".join(path.read_text() for path in files if path.name == "log.txt")
    assert logs.count("Write API keys") >= 3
    texts = {str(path): path.read_text() for path in files} | dict(enumerate(said))
    held = [(at, name) for at, text in texts.items() for name in holding(text, lived)]
    assert not held


def holding(text: str, lived: Lived) -> list[str]:
    return [name for name, word in lived.canaries.items() if word in text]


def test_no_argument_list_of_either_side_holds_a_secret(lived: Lived) -> None:
    assert lived.watched["hits"] == []
    assert lived.watched["seen"] - lived.watched["missed"] > 500


@pytest.mark.parametrize("node", ADDRESS)
def test_nothing_that_others_may_read_on_a_host_holds_a_secret(
    lived: Lived, shell: Shell, node: str
) -> None:
    assert readable(shell, node, list(lived.canaries.values())) == ""


def test_nothing_that_others_may_read_on_this_machine_holds_a_secret(lived: Lived) -> None:
    assert readable_here(list(lived.canaries.values()), since=lived.since) == []


def test_what_is_planted_is_found(lived: Lived, shell: Shell) -> None:
    plant = f"plant-{secrets.token_hex(12)}"
    seen: dict[str, Any] = {}
    with watching([plant], seen):
        subprocess.run(["sh", "-c", "sleep 0.3; true", f"{plant}-here"], check=True)
        for node in ADDRESS:
            shell(node, f"sh -c 'sleep 0.3; true' {plant}-{node}")
    assert all(any(f"{plant}-{at}" in hit for hit in seen["hits"]) for at in ("here", *ADDRESS))
    shell(GPU, f"echo {plant} >/var/tmp/{plant}; logger -t infra-test {plant}; journalctl --sync")
    found = readable(shell, GPU, [plant])
    shell(GPU, f"rm /var/tmp/{plant}")
    assert f"/var/tmp/{plant}" in found
    assert "the journal" in found


def test_a_file_that_is_left_open_here_is_found() -> None:
    plant = f"plant-{secrets.token_hex(12)}"
    since, path = time.time() - 1, Path("/tmp") / plant
    path.write_text(plant)
    path.chmod(0o644)
    try:
        assert readable_here([plant], since=since) == [str(path)]
    finally:
        path.unlink()
