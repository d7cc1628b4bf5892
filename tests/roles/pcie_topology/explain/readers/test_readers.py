"""Readers are found by their presence, in the order in which they are asked."""

from roles.pcie_topology.explain.readers import PRECEDENCE, readers


def test_readers_are_asked_in_their_order() -> None:
    names = [str(vars(reader)["__name__"]).rpartition(".")[2] for reader in readers()]
    known = [name for name in names if name in PRECEDENCE]
    assert known == [name for name in PRECEDENCE if name in names]
    assert known == names[: len(known)]


def test_kinds_are_written_in_kebab_case_and_are_one_each() -> None:
    kinds = [reader.KIND for reader in readers()]
    assert len(set(kinds)) == len(kinds)
    assert all(kind == kind.lower() and "_" not in kind and " " not in kind for kind in kinds)
