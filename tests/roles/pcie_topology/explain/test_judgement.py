"""What a judgement looks like as JSON."""

from roles.pcie_topology.explain.judgement import Finding, Judgement, as_json, has_errors


def test_json_has_the_promised_keys_and_nothing_that_tells_machines_apart() -> None:
    found = Finding("error", "GPU 0", "lost", "reboot")
    judgement = Judgement(
        kind="x", gpus=2, lanes="ok", findings=(found,), uuids=frozenset({"u"}), cards={"b": "c"}
    )
    assert as_json(judgement, file="f") == {
        "file": "f",
        "kind": "x",
        "gpus": 2,
        "lanes": "ok",
        "p2p": "n/a",
        "nvlink": "n/a",
        "findings": [
            {"severity": "error", "subject": "GPU 0", "message": "lost", "advice": "reboot"}
        ],
    }


def test_only_an_error_is_an_error() -> None:
    assert has_errors(Judgement(kind="x", findings=(Finding("error", "", ""),)))
    assert not has_errors(Judgement(kind="x", findings=(Finding("warning", "", ""),)))
