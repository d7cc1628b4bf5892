"""Files of one machine make each other's verdicts worse, never better."""

from roles.pcie_topology.explain import recognise, together
from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.together import Told

ONE, OTHER = "GPU-1b2c3d4e-0000-1111", "GPU-9f8e7d6c-2222-3333"
ACS = Finding("error", "0000:40:01.1", "ACS redirects requests of peers (ReqRedir+)", "setpci …")
GRANTED = Judgement(kind="nvidia-smi-topo-p2p", gpus=2, p2p="unproven")
PAIR = """\
\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity
GPU0\t X \tNV2\t0-47\t0
GPU1\tNV2\t X \t0-47\t0
"""


def _list(name: str, *, number: int = 2) -> str:
    return "".join(
        f"GPU {index}: NVIDIA {name} (UUID: GPU-1b2c3d4e-0000-1111-2222-33334444555{index})\n"
        for index in range(number)
    )


def _told(file: str, text: str) -> Told:
    return Told(file, text, recognise.judged(text))


def _of(*judgements: Judgement) -> list[Told]:
    return [Told(f"file-{at}", "", one) for at, one in enumerate(judgements)]


def test_a_redirect_above_the_gpus_is_told_at_the_grant() -> None:
    tree = Judgement(kind="lspci-vvv", findings=(ACS,))
    granted, other = together.judged(_of(GRANTED, tree), one_machine=True)
    assert granted.judgement.p2p == "unproven"
    assert [one.message for one in granted.judgement.findings] == [
        f"file-1: 0000:40:01.1: {ACS.message}"
    ]
    assert other.judgement == tree


def test_files_of_which_nothing_tells_the_machine_stay_apart() -> None:
    files = _of(GRANTED, Judgement(kind="lspci-vvv", findings=(ACS,)))
    assert together.judged(files) == files


def test_a_common_uuid_makes_one_machine_and_a_masked_one_does_not() -> None:
    masked = "GPU-00000000-0000-0000-0000-000000000000"
    for uuids, added in (({ONE}, 1), ({OTHER}, 0), ({masked}, 0)):
        mine = uuids if masked in uuids else {ONE}
        granted = Judgement(kind="x", p2p="unproven", uuids=frozenset(mine))
        tree = Judgement(kind="lspci-vvv", findings=(ACS,), uuids=frozenset(uuids))
        assert len(together.judged(_of(granted, tree))[0].judgement.findings) == added, uuids


def test_the_same_cards_at_the_same_addresses_are_one_machine_unless_uuids_differ() -> None:
    cards = {"0000:01:00.0": "GeForce RTX 4090", "0000:41:00.0": "GeForce RTX 4090"}
    short = dict.fromkeys(cards, "GeForce RTX 40...")
    tree = Judgement(kind="lspci-vvv", findings=(ACS,), cards=cards)
    granted = Judgement(kind="x", p2p="unproven", cards=short)
    assert together.judged(_of(granted, tree))[0].judgement.findings
    one = Judgement(kind="x", p2p="unproven", cards=cards, uuids=frozenset({ONE}))
    other = Judgement(kind="y", findings=(ACS,), cards=cards, uuids=frozenset({OTHER}))
    assert not together.judged(_of(one, other))[0].judgement.findings


def test_one_card_at_the_usual_address_is_not_surely_the_same_machine() -> None:
    cards = {"0000:01:00.0": "GeForce RTX 4090"}
    granted = Judgement(kind="x", p2p="unproven", cards=cards)
    tree = Judgement(kind="y", findings=(ACS,), cards=cards)
    assert not together.judged(_of(granted, tree))[0].judgement.findings


def test_links_are_counted_by_the_card_that_another_file_names() -> None:
    for name, verdict in (("GeForce RTX 3090", "degraded"), ("GeForce RTX 2080 Ti", "present")):
        files = [_told("topo", PAIR), _told("list", _list(name))]
        after, _ = together.judged(files, one_machine=True)
        assert files[0].judgement.nvlink == "present"
        assert after.judgement.nvlink == verdict


def test_no_link_is_a_fault_where_the_cards_live_on_a_switch() -> None:
    files = [
        _told("topo", PAIR.replace("NV2", "SYS")),
        _told("list", _list("A100-SXM4-80GB")),
    ]
    after, _ = together.judged(files, one_machine=True)
    assert (files[0].judgement.nvlink, after.judgement.nvlink) == ("absent", "degraded")


def test_what_a_table_hides_does_not_become_better_by_the_card() -> None:
    text = f"$ nvidia-smi topo -mp\n{PAIR.replace('NV2', 'SYS')}"
    files = [_told("topo", text), _told("list", _list("GeForce RTX 4090"))]
    after, _ = together.judged(files, one_machine=True)
    assert (files[0].judgement.nvlink, after.judgement.nvlink) == ("unknown", "unknown")


def test_listings_that_count_differently_are_an_error_of_both() -> None:
    files = [_told("topo", PAIR), _told("list", _list("GeForce RTX 2080 Ti", number=3))]
    for told in together.judged(files, one_machine=True):
        assert "error" in {finding.severity for finding in told.judgement.findings}


def test_narrow_lanes_are_told_where_copies_are_judged_and_a_measurement_at_the_grant() -> None:
    lanes = Judgement(kind="lspci-vvv", lanes="degraded")
    copies = Judgement(kind="p2p-bandwidth-latency", p2p="ok")
    granted, measured, same = together.judged(_of(GRANTED, copies, lanes), one_machine=True)
    assert [one.severity for one in granted.judgement.findings] == ["warning", "info"]
    assert [one.subject for one in measured.judgement.findings] == ["lanes"]
    assert (granted.judgement.p2p, measured.judgement.p2p) == ("unproven", "ok")
    assert same.judgement == lanes


def test_the_order_of_the_files_stays() -> None:
    files = _of(*(Judgement(kind=f"k{n}", uuids=frozenset({ONE})) for n in range(5)))
    assert [told.file for told in together.judged(files)] == [told.file for told in files]
