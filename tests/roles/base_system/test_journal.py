from pathlib import Path

from roles.base_system import journal

RECORDED = (Path(__file__).parent / "recorded" / "journald-cat-config.txt").read_text()
PROMISED = journal.promised(most="2G", days=30)


def test_effective_values_are_those_of_the_last_file() -> None:
    found = journal.parse(RECORDED.splitlines())
    assert found == {**PROMISED, "ForwardToSyslog": "yes"}
    later = journal.parse([*RECORDED.splitlines(), "SystemMaxUse = 8T"])
    assert later["SystemMaxUse"] == "8T"


def test_only_what_differs_is_told() -> None:
    assert journal.differing(PROMISED, promised=PROMISED) == []
    found = {**PROMISED, "SystemMaxUse": "8T", "Storage": ""}
    assert journal.differing(found, promised=PROMISED) == [
        "Storage is not set, promised persistent",
        "SystemMaxUse is 8T, promised 2G",
    ]
