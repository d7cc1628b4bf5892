from infra.lab.pci import Function, Link, attributes

CARD = Function(
    bdf="0000:41:00.0",
    vendor=0x10DE,
    device=0x2204,
    class_code=0x030000,
    subsystem=(0x10DE, 0x1467),
    link=Link(gen=1, max_gen=4, width=8, max_width=16),
    regions=((0xF2000000, 1 << 24, 0x40200), (1 << 40, 1 << 35, 0x14220C)),
)


def test_link_files_read_as_the_kernel_writes_them() -> None:
    found = attributes(CARD, cpus="0-1")
    assert found["current_link_speed"] == "2.5 GT/s PCIe"
    assert found["max_link_speed"] == "16.0 GT/s PCIe"
    assert (found["current_link_width"], found["max_link_width"]) == ("8", "16")


def test_resource_has_a_row_for_each_of_thirteen_regions() -> None:
    rows = attributes(CARD, cpus="0-1")["resource"].splitlines()
    assert len(rows) == 13
    assert rows[0] == "0x00000000f2000000 0x00000000f2ffffff 0x0000000000040200"
    assert rows[12] == "0x0000000000000000 0x0000000000000000 0x0000000000000000"


def test_error_counters_end_with_their_total() -> None:
    found = attributes(CARD, cpus="0-1")
    assert found["aer_dev_correctable"].splitlines()[0] == "RxErr 0"
    assert [found[f"aer_dev_{kind}"].splitlines()[-1] for kind in ("correctable", "fatal")] == [
        "TOTAL_ERR_COR 0",
        "TOTAL_ERR_FATAL 0",
    ]
