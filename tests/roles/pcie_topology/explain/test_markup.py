from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.markup import elements


def paths(text: str) -> list[str]:
    return ["/".join(element.path) for element in elements(text)]


def test_elements_come_with_their_path_attributes_and_text() -> None:
    (outer, inner) = elements('<a id="1"><b> 16x </b></a>')
    assert (outer.attributes, inner.path, inner.text) == ({"id": "1"}, ("a", "b"), "16x")
    assert inner.above == (outer.number,)


def test_an_element_that_closes_itself_holds_nothing() -> None:
    assert paths('<a><b c="d"/><e/></a>') == ["a", "a/b", "a/e"]


def test_a_cut_document_gives_what_is_whole() -> None:
    assert paths("<a><b>1</b><c>2") == ["a", "a/b", "a/c"]


def test_an_entity_is_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "boom"><!ENTITY y "&x;&x;">]><a>&y;</a>'
    assert [element.text for element in elements(bomb)] == ["&y;"]


def test_elements_that_never_close_do_not_pile_up() -> None:
    assert max(len(element.path) for element in elements("<a>" * 5000)) < 100


@settings(deadline=None)
@given(st.text(alphabet="<>/ab=\" '"))
def test_no_text_raises(text: str) -> None:
    list(elements(text))
