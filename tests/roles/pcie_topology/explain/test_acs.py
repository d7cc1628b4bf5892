from roles.pcie_topology.explain.acs import of_unknown_bridges, redirects

OFF = "SrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-"
SOURCE = OFF.replace("SrcValid-", "SrcValid+")
ON = SOURCE.replace("ReqRedir-", "ReqRedir+")
DIRECT = OFF.replace("DirectTrans-", "DirectTrans+")


def severities(*lines: str) -> list[str]:
    return [finding.severity for finding in of_unknown_bridges(lines)]


def test_only_bits_that_send_traffic_up_redirect() -> None:
    assert [redirects(line) for line in (OFF, SOURCE, DIRECT, ON)] == [False, False, False, True]


def test_redirect_on_every_line_is_an_error() -> None:
    assert severities(ON, ON) == ["error"]


def test_redirect_on_some_lines_must_be_mapped_to_bridges() -> None:
    assert severities(ON, OFF) == ["warning"]


def test_redirect_off_proves_nothing() -> None:
    assert severities(OFF) == ["info"]


def test_source_validation_alone_is_a_warning_at_most() -> None:
    assert severities(SOURCE, OFF) == ["info", "warning"]
