import subprocess
from pathlib import Path

from infra import templates
from roles.pcie_topology import acs
from roles.pcie_topology.tree import Access, Function, Gpu, Tree

GPUS = tuple(
    Gpu(Function(f"0000:4{n}:00.0", device="2204"), path=(Function("0000:40:01.1"),))
    for n in (1, 2)
)


def tree(on: int | None, *, virtual: str = "none", count: int = 2) -> Tree:
    port = Function("0000:40:01.1", access=None if on is None else Access(able=0x5F, on=on))
    gpus = tuple(Gpu(gpu.function, path=(port,)) for gpu in GPUS[:count])
    return Tree(gpus=gpus, virtual=virtual)


def test_a_redirecting_bridge_is_named_once_with_its_bits_and_cards() -> None:
    (said,) = acs.faults(tree(0x1D), promised="checked")
    assert said.startswith("bridge 0000:40:01.1 above 0000:41:00.0 (")
    assert "0000:42:00.0 (" in said
    assert said.endswith("ReqRedir+ CmpltRedir+ UpstreamFwd+")


def test_egress_control_redirects() -> None:
    assert acs.faults(tree(0x20), promised="checked")[0].endswith(": EgressCtrl+")


def test_source_validation_and_direct_translation_do_no_harm() -> None:
    assert acs.faults(tree(0x01), promised="off") == []
    assert acs.faults(tree(0x43), promised="off") == []


def test_a_bridge_without_acs_does_not_redirect() -> None:
    assert acs.faults(tree(None), promised="off") == []


def test_redirection_matters_where_two_gpus_meet_on_real_iron() -> None:
    assert acs.not_judged(tree(0), promised="checked") is None
    assert "a guest (kvm)" in str(acs.not_judged(tree(0, virtual="kvm"), promised="checked"))
    assert "no two GPUs" in str(acs.not_judged(tree(0, count=1), promised="checked"))
    assert "ignored" in str(acs.not_judged(tree(0), promised="ignored"))


def switched() -> Tree:
    """Two cards behind a switch, one at a root port of its own; every port redirects."""
    on = Access(able=0x5F, on=0x1D)
    ports = {bdf: Function(bdf, access=on) for bdf in (*SWITCH, "0000:80:01.1")}
    root, up, *down = (ports[bdf] for bdf in SWITCH)
    below = (Gpu(gpu.function, path=(root, up, end)) for gpu, end in zip(GPUS, down, strict=True))
    return Tree(
        gpus=(*below, Gpu(Function("0000:81:00.0", device="2204"), path=(ports["0000:80:01.1"],)))
    )


SWITCH = ("0000:40:01.1", "0000:41:00.0", "0000:42:00.0", "0000:42:01.0")


def test_redirection_counts_from_the_switch_downwards() -> None:
    assert [bridge.bdf for bridge in acs.between(switched())] == [*SWITCH[1:]]
    said = acs.faults(switched(), promised="checked")
    assert len(said) == 3
    assert not any("0000:40:01.1 above" in one or "0000:80:01.1 above" in one for one in said)


def test_all_of_it_counts_where_the_inventory_wants_it_off() -> None:
    assert len(acs.faults(switched(), promised="off")) == 5


def test_cards_at_root_ports_of_their_own_lose_nothing_by_it() -> None:
    alone = Tree(gpus=switched().gpus[1:])
    assert "share a switch" in str(acs.not_judged(alone, promised="checked"))
    assert acs.not_judged(switched(), promised="checked") is None


def test_what_is_promised_off_is_off_everywhere() -> None:
    assert acs.not_judged(tree(0, virtual="kvm", count=1), promised="off") is None


SETPCI = """\
#!/bin/sh
# a bridge's register is a file; 0000:42:01.0 ignores being written to, 0000:40:01.1 has none
file=$REGISTERS/$2
[ -e "$file" ] || { echo "setpci: no such capability" >&2; exit 1; }
case $3 in
  *=*) [ "$2" = 0000:42:01.0 ] || echo "${3#*=}" >"$file" ;;
  *) cat "$file" ;;
esac
"""


def turn_off(folder: Path, registers: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The script's end on a host whose card hangs behind these bridges."""
    way = ("0000:40:01.1", "0000:41:00.0", "0000:42:01.0", "0000:43:00.0")
    device = folder.joinpath("sys/devices/pci0000:40", *way)
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x10de\n")
    (device / "class").write_text("0x030200\n")
    (folder / "sys/bus/pci/devices").mkdir(parents=True)
    (folder / "sys/bus/pci/devices/0000:43:00.0").symlink_to(device)
    for name in ("bin", "registers"):
        (folder / name).mkdir()
    for bdf, value in registers.items():
        (folder / "registers" / bdf).write_text(f"{value}\n")
    (folder / "bin/setpci").write_text(SETPCI)
    (folder / "bin/setpci").chmod(0o755)
    text = templates.render("pcie_topology/acs-off.j2", redirect=f"0x{sum(acs.REDIRECT):02x}")
    return subprocess.run(
        ["sh", "-c", text.replace("/sys/", f"{folder}/sys/")],
        env={"PATH": f"{folder}/bin:/usr/bin:/bin", "REGISTERS": str(folder / "registers")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_turns_off_what_is_on_above_a_card(tmp_path: Path) -> None:
    done = turn_off(tmp_path, {"0000:41:00.0": "001d"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "bridge 0000:41:00.0: ACS control was 001d, is 0000\n"
    assert (tmp_path / "registers/0000:41:00.0").read_text() == "0000\n"


def test_the_script_says_nothing_where_nothing_is_on(tmp_path: Path) -> None:
    done = turn_off(tmp_path, {"0000:41:00.0": "0000"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_script_fails_with_the_bridge_that_ignores_it(tmp_path: Path) -> None:
    done = turn_off(tmp_path, {"0000:42:01.0": "001d", "0000:41:00.0": "0010"})
    assert done.returncode == 1
    assert "bridge 0000:42:01.0: ACS control was 001d, stays 001d: it ignores" in done.stderr
    assert "bridge 0000:41:00.0: ACS control was 0010, is 0000" in done.stdout


def test_source_validation_that_stays_is_no_failure(tmp_path: Path) -> None:
    assert turn_off(tmp_path, {"0000:42:01.0": "0001"}).returncode == 0


def test_a_kernel_that_is_locked_down_is_told_as_the_reason(tmp_path: Path) -> None:
    (tmp_path / "sys/kernel/security").mkdir(parents=True)
    (tmp_path / "sys/kernel/security/lockdown").write_text("none [integrity] confidentiality\n")
    done = turn_off(tmp_path, {"0000:42:01.0": "001d"})
    assert "the kernel is locked down (Secure Boot)" in done.stderr
