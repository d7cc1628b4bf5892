from roles.gpu_interconnect import grants

REFUSED = " \tGPU0\tGPU1\t\n GPU0\tX\tGNS\t\n GPU1\tGNS\tX\t\n\nLegend:\n\n  X    = Self\n"
GRANTED = REFUSED.replace("GNS", "OK")


def test_a_grant_holds_in_both_orders() -> None:
    found = grants.parse(GRANTED)
    assert found.grants(0, 1) and found.grants(1, 0)
    assert not found.refused and not found.damage


def test_a_refusal_is_kept_with_its_word() -> None:
    found = grants.parse(REFUSED)
    assert not found.grants(0, 1)
    assert found.refused == {(0, 1): "GNS"}
    assert grants.words("GNS").startswith("GNS: ")
    assert grants.words("XYZ") == "XYZ: unknown"


def test_halves_that_differ_are_no_grant() -> None:
    found = grants.parse(GRANTED.replace("X\tOK", "X\tCNS"))
    assert not found.grants(0, 1)
    assert found.damage


def test_a_text_that_is_no_matrix_is_damage() -> None:
    assert grants.parse("").damage
    assert not grants.parse("").grants(0, 1)
