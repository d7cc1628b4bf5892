"""A lab host as control host: its timer fires, and the report is there in the morning."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from control_host import HOME, INFRA, Login, equip, fits, introduce
from labhosts import ADDRESS, INVENTORY, LAB, USER, Ended

pytestmark = pytest.mark.slow
CONTROL = Login(USER["balancer-1"], ADDRESS["balancer-1"])
OTHERS = [Login(USER[name], ADDRESS[name]) for name in ("gpu-1", "gpu-2")]
SITE, REPORTS = "/root/site.py", "/srv/reports"
SITE_TEXT = """
exec(open("/root/lab.py").read())
for hosts, data in (gpu_nodes, load_balancers):
    data |= {"ssh_key": "/root/key", "ssh_known_hosts_file": "/root/known_hosts"}
    for _, own in hosts:
        del own["lab"]
load_balancers[1]["load_balancer"] = {"api_keys": {"lab": "credential:lab-key"}}
gpu_nodes[1]["waivers"] = [
    {"check": "gpu_driver.*", "owner": "mara", "reason": "left over", "until": "2020-01-31"}
]
"""
_UNIT = re.compile(r"infra-nightly-site-[0-9a-f]{8}")


@pytest.fixture(scope="module")
def control(deployed: Ended, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    """A control host that knows the other hosts."""
    if not fits(CONTROL):
        pytest.skip("the lab host has another Python than this machine's packages are built for")
    prepare(CONTROL, OTHERS, inventory=INVENTORY, folder=tmp_path_factory.mktemp("packed"))
    yield CONTROL
    CONTROL.shell(f"rm -rf {HOME} {REPORTS}")  # the lab's hosts share their disk


def prepare(control: Login, others: list[Login], *, inventory: Path, folder: Path) -> None:
    """What a control host has: infra, keys, an inventory, its lock, and a credential."""
    equip(control, folder)
    introduce(control, control, *others)
    control.shell("cat >/root/lab.py", given=inventory.read_bytes())
    control.shell(f"cat >{SITE}", given=SITE_TEXT.encode())
    for kind in ("lock", "hardware"):
        beside = inventory.with_suffix(f".{kind}.yaml")
        if beside.exists():
            control.shell(f"cat >/root/site.{kind}.yaml", given=beside.read_bytes())
    keep = "umask 077; mkdir -p /etc/infra/credentials; cat >/etc/infra/credentials/lab-key"
    control.shell(keep, given=(LAB / "api_key").read_bytes())


def installed(control: Login, *words: str) -> str:
    """Name of the night's units once they are installed."""
    said = control.shell(f"cd / && {INFRA} nightly install {SITE} {' '.join(words)}")
    found = _UNIT.search(said)
    assert found is not None, said
    return found[0]


def awaited(control: Login, unit: str, *, since: str) -> str:
    """What a service wrote into the journal by the time that it ended."""
    ends = "(Deactivated successfully|Failed with result)"
    told = f"journalctl --output=cat --since=@{since} --unit={unit}.service"
    follow = f"{told} --follow --lines=all 2>/dev/null & echo $! >/run/follow; wait"
    return control.shell(
        f'timeout 180 grep -E -m1 "{unit}.service: {ends}" < <({follow}); '
        f"kill $(cat /run/follow); {told}"
    )


def in_seconds(seconds: int) -> str:
    when = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return f'--at "{when:%Y-%m-%d %H:%M:%S} UTC" --jitter 0'


def nightly_fires(control: Login) -> None:
    now = control.shell("date +%s").strip()
    unit = installed(
        control,
        in_seconds(8),
        f"--reports {REPORTS} --textfile /run/infra.prom --gate-minutes 30",
        '--on-failure "echo \\"\\$INFRA_REPORT\\" >/run/told"',
    )
    journal = awaited(control, unit, since=now)
    report = json.loads(control.shell(f"cat {REPORTS}/latest/report.json"))
    assert {verdict["node"] for verdict in report["verdicts"]} == set(ADDRESS), journal
    unborne = [verdict for verdict in report["verdicts"] if not verdict["waived"]]
    failed = [verdict for verdict in unborne if verdict["verdict"] == "failed"]
    assert {verdict["check"] for verdict in failed} == {"waiver"}, failed
    assert report["unreachable"] == {}
    assert report["drift"]["changes"] == 0, report["drift"]
    page = control.shell(f"cat {REPORTS}/latest/report.html")
    assert "mara" in page
    assert "infra_compliance_last_run_timestamp_seconds" in control.shell("cat /run/infra.prom")
    assert control.shell("cat /run/told").strip() == f"{REPORTS}/latest/report.html"


def test_the_timer_fires_and_leaves_a_report(control: Login) -> None:
    nightly_fires(control)


def test_no_secret_is_in_units_journal_or_reports(control: Login) -> None:
    key = (LAB / "api_key").read_text().strip()
    seen = control.shell(
        f"cat /etc/systemd/system/infra-nightly-*; journalctl --boot; cat {REPORTS}/latest/*"
    )
    assert "LoadCredential=lab-key:/etc/infra/credentials/lab-key" in seen
    assert key not in seen


def test_a_pass_of_the_gate_is_installed_too(control: Login) -> None:
    gates = control.shell("cd /etc/systemd/system; echo infra-gate-*.timer").strip()
    assert "NextElapse" in control.shell(
        f"systemctl show {gates} --property=NextElapseUSecMonotonic"
    )
    control.shell(f"systemctl start {gates.replace('timer', 'service')}")


def test_a_second_night_is_not_begun_beside_the_first(control: Login) -> None:
    state = control.shell("echo ~/.local/state/infra/site-*/nightly.lock").strip()
    done = control.tried(f"exec 9>>{state}; flock 9; {INFRA} nightly run {SITE} 9>&-")
    assert (done.returncode, b"under way" in done.stderr) == (2, True)


def test_status_says_how_it_went_and_uninstall_leaves_nothing(control: Login) -> None:
    said = control.shell(f"cd / && {INFRA} nightly status {SITE}")
    assert "something failed (1)" in said
    assert f"Report: {REPORTS}/latest/report.html" in said
    control.shell(f"cd / && {INFRA} nightly uninstall {SITE}")
    assert control.shell("ls /etc/systemd/system").count("infra-nightly") == 0
    assert control.tried(f"{INFRA} nightly status {SITE}").returncode == 3


def test_what_a_night_would_lack_is_refused(control: Login) -> None:
    control.shell("mv /etc/infra/credentials/lab-key /root/away")
    done = control.tried(f"{INFRA} nightly install {SITE}")
    control.shell("mv /root/away /etc/infra/credentials/lab-key")
    assert done.returncode == 2
    assert b"credential:lab-key: /etc/infra/credentials/lab-key: No such file" in done.stderr
    assert control.shell("ls /etc/systemd/system").count("infra-nightly") == 0
