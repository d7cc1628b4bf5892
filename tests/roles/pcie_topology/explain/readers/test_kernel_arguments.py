from roles.pcie_topology.explain.readers import kernel_arguments


def test_what_peer_traffic_depends_on_is_told() -> None:
    text = 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on iommu=pt"\n'
    assert kernel_arguments.matches(text)
    assert "amd_iommu=on iommu=pt" in kernel_arguments.judge(text).findings[0].message


def test_a_booted_kernels_arguments_are_recognised() -> None:
    text = "BOOT_IMAGE=/boot/vmlinuz-6.8.0 root=UUID=1 ro"
    assert kernel_arguments.matches(text)
    assert "none" in kernel_arguments.judge(text).findings[0].message


def test_other_text_is_not_recognised() -> None:
    assert not kernel_arguments.matches("iommu=pt")
