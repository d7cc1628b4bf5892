from roles.pcie_topology.explain.readers import lspci_acs

OFF = "\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-"
ON = OFF.replace("Redir-", "Redir+")


def test_bits_that_are_off_prove_no_peer_to_peer() -> None:
    found = lspci_acs.judge(f"{OFF}\n{OFF}\n")
    assert (found.p2p, found.gpus) == ("unproven", None)
    assert [finding.severity for finding in found.findings] == ["info"]


def test_bits_that_are_on_are_told() -> None:
    assert [one.severity for one in lspci_acs.judge(f"{OFF}\n{ON}\n").findings] == ["warning"]
    assert [one.severity for one in lspci_acs.judge(ON).findings] == ["error"]


def test_only_lines_of_acs_are_recognised() -> None:
    assert lspci_acs.matches(f"{OFF}\n\n{ON}\n")
    assert not lspci_acs.matches(f"00:01.0 PCI bridge: Some Port\n{OFF}\n")
    assert not lspci_acs.matches("")
