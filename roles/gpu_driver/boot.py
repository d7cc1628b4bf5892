"""What the next boot needs: nouveau kept off, boot images that know it, modules on disk."""

from roles.gpu_driver import driver

MODPROBE = "/etc/modprobe.d/infra-nouveau.conf"
"""File that keeps nouveau off."""

STALE_COMMAND = (
    "if command -v update-initramfs >/dev/null; then for i in /boot/initrd.img-*; do "
    f'if [ -f "$i" ] && [ {MODPROBE} -nt "$i" ]; then echo stale; fi; done; fi; true'
)
"""Shell text that prints `stale` for a boot image that does not know the modprobe file."""

KERNELS_COMMAND = (
    f"{driver.PATH}; export PATH; "
    '{ uname -r; for f in /boot/vmlinuz-*; do [ -f "$f" ] && echo "${f#/boot/vmlinuz-}"; done; } '
    '| sort -u | while read -r k; do echo "$k $(modinfo -k "$k" -F version nvidia 2>/dev/null)"; '
    "done"
)
"""Shell text that prints each kernel that may boot and the version of its module on disk."""


def lacking(lines: list[str], *, version: str) -> tuple[str, ...]:
    """Kernels, from the answer to KERNELS_COMMAND, without this driver's module."""
    rows = [line.split() for line in lines if line.strip()]
    return tuple(row[0] for row in rows if row[1:] != [version])
