from roles.gpu_interconnect import measured
from roles.gpu_interconnect.measured import Measured


def test_a_document_is_read_and_what_is_newer_in_it_is_left() -> None:
    found = measured.parse('{"format": 1, "peers": {}, "pairs": [{"from": 0, "to": 1}]}')
    assert isinstance(found, Measured)
    assert (found.pairs[0].source, found.pairs[0].target) == (0, 1)


def test_what_is_no_document_says_why() -> None:
    said = measured.parse("Traceback")
    assert isinstance(said, str) and "no document of format 1" in said
    other = measured.parse('{"format": 2}')
    assert isinstance(other, str) and "format: " in other
