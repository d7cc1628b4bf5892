"""The command that runs an emulated host."""

from collections.abc import Mapping
from pathlib import Path

from infra.lab import network
from infra.lab.emulated import devices
from infra.lab.pci import Function
from infra.lab.spec import LabHost

MEMORY_MIB = 1024
_PROGRAM = "qemu-system-x86_64"
# Neither processor nor firmware say that this is a guest: its tree is judged as a machine's
_PROCESSOR = "max,la57=off,svm=off,hypervisor=off"
_MAKER = "type=1,manufacturer=infra lab,product=emulated host"
_KERNEL = (
    *("console=ttyS0", "root=/dev/vda", "rw", "net.ifnames=0", "loglevel=4", "audit=0"),
    *("systemd.show_status=0", "random.trust_cpu=on"),
    # What a processor in software has no use for, and clocks that it need not prove
    *("mitigations=off", "nokaslr", "tsc=reliable", "no_timer_check"),
)
_IOMMU = "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on"


def command(
    host: LabHost, *, tree: Mapping[str, Function], where: Path, kernel: Path
) -> tuple[str, ...]:
    """Words that start a host's machine, halted before its first instruction.

    `where` holds its disk and first root, and gets its console and control socket.
    """
    return (
        *(_PROGRAM, "-name", host.name, "-S", "-nodefaults", "-no-user-config"),
        *("-machine", "q35,usb=off,vmport=off,kernel-irqchip=split"),
        # The ports tell of their slots themselves, as on a server
        *("-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"),
        *("-accel", "tcg,thread=multi,tb-size=256", "-cpu", _PROCESSOR, "-smp", "2"),
        *("-m", str(MEMORY_MIB), "-smbios", _MAKER, "-display", "none"),
        *("-serial", f"file:{where / 'console'}"),
        *("-qmp", f"unix:{where / 'qmp'},server=on,wait=off"),
        *("-kernel", str(kernel), "-initrd", str(where / "initrd")),
        *("-append", " ".join((*_KERNEL, *_iommu_words(host)))),
        *(() if host.iommu == "off" else ("-device", _IOMMU)),
        *("-drive", f"if=none,id=disk,file={where / 'disk.qcow2'},format=qcow2,cache=unsafe"),
        *("-device", "virtio-blk-pci,drive=disk,bus=pcie.0,addr=1e"),
        *_network(host),
        *("-device", "virtio-rng-pci,bus=pcie.0,addr=1c"),
        *devices.arguments(tree),
    )


def _network(host: LabHost) -> tuple[str, ...]:
    link, mac = network.link_of(host), network.mac_of(host)
    return (
        *("-netdev", f"tap,id=net,ifname={link},script=no,downscript=no"),
        *("-device", f"virtio-net-pci,netdev=net,mac={mac},bus=pcie.0,addr=1d,romfile="),
    )


def _iommu_words(host: LabHost) -> tuple[str, ...]:
    words = {"off": (), "passthrough": ("iommu=pt",), "translating": ()}
    return words[host.iommu]
