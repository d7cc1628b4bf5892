"""Reports of failing cards are found in every form the kernel writes, and weighed."""

import pytest

from roles.gpu_driver import xid


@pytest.mark.parametrize(
    ("line", "code", "bdf"),
    [
        ("[ 12.1] NVRM: Xid (PCI:0000:41:00): 79, GPU has fallen off the bus.", 79, "0000:41:00.0"),
        (
            "NVRM: Xid (PCI:0000:41:00): 79, pid=77, name=python3, GPU has fallen off the bus.",
            79,
            "0000:41:00.0",
        ),
        ("NVRM: Xid (0000:0a:00): 31, Ch 00000010, engmask 00000101", 31, "0000:0a:00.0"),
        ("NVRM: Xid (PCI:0000:C1:00 GPU-I:05): 43, pid=1", 43, "0000:c1:00.0"),
        ("Nov  3 11:00:01 n1 kernel: NVRM: Xid (PCI:0008:01:00): 149, x", 149, "0008:01:00.0"),
        ("6,99,1,-;NVRM: Xid (PCI:0000:05:00): 48, pid=9", 48, "0000:05:00.0"),
        ("NVRM: Xid (8:0): 13, 0003 00000000", 13, "0000:08:00.0"),
        ("NVRM: GPU 0000:5e:00.0: GPU has fallen off the bus.", 79, "0000:5e:00.0"),
        ("NVRM: GPU at PCI:0000:5e:00 has fallen off the bus.", 79, "0000:5e:00.0"),
    ],
)
def test_every_form_is_read(line: str, code: int, bdf: str) -> None:
    (report,) = xid.found([line])
    assert (report.code, report.bdf) == (code, bdf)


def test_a_lost_card_is_named_by_the_line_before() -> None:
    lines = [
        "NVRM: The NVIDIA GPU 0000:82:00.0",
        "NVRM: (PCI ID: 10de:2204) installed in this system has",
        "NVRM: fallen off the bus and is not responding to commands.",
    ]
    assert [(it.code, it.bdf) for it in xid.serious(lines)] == [(79, "0000:82:00.0")]


@pytest.mark.parametrize(
    "code", [79, 48, 64, 95, 119, 120, 62, 46, 109, 110, 136, 140, 143, 155, 156, 158, 54, 74, 167]
)
def test_what_needs_a_reset_is_serious(code: int) -> None:
    (report,) = xid.serious([f"NVRM: Xid (PCI:0000:41:00): {code}, pid=1"])
    assert report.advice
    assert report.mnemonic != "UNKNOWN"


@pytest.mark.parametrize("code", [13, 31, 32, 43, 69, 63, 92, 94, 45, 154])
def test_what_a_program_did_or_wants_watching_is_not_serious(code: int) -> None:
    line = f"NVRM: Xid (PCI:0000:41:00): {code}, pid=1"
    assert xid.serious([line]) == ()
    assert xid.found([line])[0].severity == ("info" if code in (13, 31, 32, 43, 69) else "warning")


def test_an_unknown_code_is_a_warning() -> None:
    (report,) = xid.found(["NVRM: Xid (PCI:0000:41:00): 999, what"])
    assert (report.severity, report.mnemonic) == ("warning", "UNKNOWN")


def test_an_error_that_repeats_is_told_once_for_each_card() -> None:
    line = "[{at}] NVRM: Xid (PCI:0000:{bus}:00): 48, pid=1"
    lines = [line.format(at=at, bus=bus) for at in (1, 2, 3) for bus in ("41", "42")]
    assert [it.bdf for it in xid.serious(lines)] == ["0000:41:00.0", "0000:42:00.0"]
    assert xid.serious(lines)[0].line.startswith("[1]")


def test_switch_errors_are_told_apart_by_what_they_say() -> None:
    fatal = "nvidia-nvswitch0: SXid (PCI:0000:85:00.0): 24007, Fatal, Link 5 sourcetrack timeout"
    mild = "nvidia-nvswitch0: SXid (PCI:0000:85:00.0): 12028, Non-fatal, Link 6 egress"
    assert [(it.code, it.switch) for it in xid.serious([mild, fatal])] == [(24007, True)]
    assert [it.severity for it in xid.found([mild])] == ["warning"]


def test_a_link_event_that_the_link_survived_is_no_error() -> None:
    line = "NVRM: Xid (PCI:0008:01:00): 149, NETIR_LINK_EVT {how} XC0 i0 Link 00 (0x004505c6)"
    assert xid.serious([line.format(how="Nonfatal")]) == ()
    assert len(xid.serious([line.format(how="Fatal")])) == 1


def test_other_lines_say_nothing() -> None:
    assert xid.found(["", "usb 1-1: new device", "NVRM: loading NVIDIA UNIX x86_64"]) == ()


def test_every_entry_of_the_catalogue_is_whole() -> None:
    for code in range(1, 173):
        (report,) = xid.found([f"NVRM: Xid (PCI:0000:41:00): {code}, x"])
        assert report.mnemonic != "UNKNOWN"
        assert report.advice
