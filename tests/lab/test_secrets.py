"""The balancer's key is in no log, no ledger, no output, and no readable file."""

from pathlib import Path

from labhosts import ADDRESS, INVENTORY, LAB, Ended, Infra, Shell


def test_the_api_key_leaves_no_trace_of_a_deploy_and_a_check(
    deployed: Ended, infra: Infra, tmp_path: Path
) -> None:
    key = (LAB / "api_key").read_text().strip()
    state = {"XDG_STATE_HOME": str(tmp_path)}
    runs = [
        infra("deploy", str(INVENTORY), "-v", "--diff", env=state),
        infra("deploy", str(INVENTORY), "-v", "--diff", "--dry-run", env=state),
        infra("check", str(INVENTORY), "-v", env=state),
    ]
    assert [run.code for run in runs] == [0, 0, 0]
    assert not [run for run in runs if key in run.out + run.err + str(run.json)]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 6
    assert not [path for path in files if key in path.read_text()]


def test_no_file_that_others_may_read_holds_the_key(deployed: Ended, shell: Shell) -> None:
    key = (LAB / "api_key").read_text().strip()
    for node in ADDRESS:
        found = shell(
            node,
            "find /etc /var/lib/infra /var/log /run /tmp /root /home -xdev -type f -perm /044 "
            f"-exec grep -lF -- '{key}' {{}} + 2>/dev/null || true",
        )
        assert found == "", f"{node}: {found}"
