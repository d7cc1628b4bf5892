from roles.base_system import freshness


def test_only_the_word_counts() -> None:
    assert freshness.parse(["stale"])
    assert not freshness.parse(["fresh"])
    assert not freshness.parse([])


def test_unit_and_file_are_quoted() -> None:
    text = freshness.command("a b.service", path="/etc/a b")
    assert "'a b.service'" in text
    assert "'/etc/a b'" in text
