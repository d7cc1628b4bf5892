"""Text for strangers: nothing in it tells whose machines these are."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from infra.redact import redacted, words_of
from infra.site import Node
from infra.waivers import Waiver

NODES = (
    Node("gpu-1", "gpu_nodes", "192.0.2.11", {}, connection={"ssh_user": "mara"}),
    Node("gpu-10", "gpu_nodes", "gpu-10.corp.example", {}),
    Node("cold", "spare_nodes", "192.0.2.13", {}, connection={"ssh_user": "root"}),
)
WORDS = words_of(NODES, models=("llama-corp",))


def said(text: str) -> str:
    found = redacted(text, words=WORDS)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpu-1: up, gpu-10 down; cold serves", "node-1: up, node-2 down; spare-3 serves"),
        ("192.0.2.11:8000 of llama-corp", "address-1:8000 of model-1"),
        ("gpu-10.corp.example", "address-2"),
        ("mara logged in as root", "user-1 logged in as root"),
        ("held lea@desk.corp.example", "held <person>"),
        ("from 198.51.100.7 and fe80::1ff:fe23", "from <address> and <address>"),
        ("2001:db8:0:1:2:3:4:5", "<address>"),
        ("GPU-12345678-abcd-ef01-2345-6789abcdef01", "GPU-<uuid>"),
        ("boot 12345678-abcd-ef01-2345-6789abcdef01", "boot <uuid>"),
        (f"lock sha256:{'ab' * 32}", "lock <digest>"),
        ("/home/mara/racks/rack.py: no", "<path>: no"),
        ("by inventories/corp-rack.py", "by <path>"),
        ("/srv/corp/models/corp.gguf is gone", "<path> is gone"),
        ("/opt/corp/weights, ~/.secrets/corp", "<path>, <path>"),
        ("pull registry.corp.internal:5000/llm", "pull <address>:5000/llm"),
        ("no route to bastion.corp.example.", "no route to <address>."),
        ("registry.corp:5000 is silent", "<address>:5000 is silent"),
        (f"its key is SHA256:{'aB3+/' * 8}xyz", "its key is <digest>"),
        (f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'aB3/' * 8} x", "ssh-ed25519 <digest> x"),
        (
            "E: http://mirror.corp.example:3142/debian: timeout",
            "E: http://<address>/debian: timeout",
        ),
    ],
)
def test_who_and_where_is_replaced(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "13:45:02",
        "/etc/systemd/system/infra-standing@.service",
        "infra-standing@3.service",
        "0000:41:00.0",
        "driver 580.95.05",
        "2026-11-21T03:12:00+00:00",
        "x16, 1.2.3",
        "rack.lock.yaml, nginx.conf:12, daemon.json",
        "net.core.somaxconn is 128",
        "gpu_driver.check_version_is_promised failed",
        "rebuild_drill.hooks.wipe",
        "linux-image-6.8.0-49-generic, 580.95.05-0ubuntu1",
        "nvidia.com/gpu=0",
    ],
)
def test_what_strangers_need_stays(text: str) -> None:
    assert said(text) == text


def test_people_whom_the_inventory_names_are_replaced_and_everyday_logins_are_not() -> None:
    over = Waiver(check="a.check_b", owner="lea", reason="r", until=date(2026, 1, 1))
    node = Node("n", "gpu_nodes", "192.0.2.1", {}, connection={"ssh_user": "deploy"})
    words = words_of([replace(node, waivers=(over,))], models=())
    text = redacted("the waiver of lea is over; last deploy failed", words=words)
    assert text == "the waiver of person-1 is over; last deploy failed"


def test_json_is_replaced_all_through_with_its_keys() -> None:
    found = redacted({"gpu-1": [{"at": "192.0.2.11", "up": 3.5, "ok": True}]}, words=WORDS)
    assert found == {"node-1": [{"at": "address-1", "up": 3.5, "ok": True}]}


def test_who_checked_or_deployed_is_replaced_and_the_watch_is_not() -> None:
    record = {"by": "lea", "host": "desk", "passed": 3, "seconds": None}
    assert redacted({"last_check": record, "by": "infra-health"}, words=WORDS) == {
        "last_check": {"by": "<person>", "host": "<host>", "passed": 3, "seconds": None},
        "by": "infra-health",
    }


def test_a_word_inside_another_is_left_alone() -> None:
    assert said("gpu-100 coldest") == "gpu-100 coldest"
    assert Path(said("/etc/infra/health.json")) == Path("/etc/infra/health.json")
