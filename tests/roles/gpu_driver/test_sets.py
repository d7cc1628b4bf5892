import re

from roles.gpu_driver import sets


def names(
    origin: str, os: str, version: str, modules: str = "open", *, fabric: bool = False
) -> list[str]:
    asked = sets.wanted(
        origin=origin,
        os=os,
        version=version,
        modules=modules,
        module_package=sets.prebuilt(version=version, modules=modules, flavour="generic"),
        fabric=fabric,
    )
    return [alternatives[0] for alternatives in asked]


def test_ubuntus_set_is_the_headless_server_series() -> None:
    assert names("ubuntu", "ubuntu", "580.95.05") == [
        "linux-modules-nvidia-580-server-open-generic",
        "nvidia-headless-no-dkms-580-server-open",
        "nvidia-utils-580-server",
    ]
    assert names("ubuntu", "ubuntu", "535.274.02", "proprietary") == [
        "linux-modules-nvidia-535-server-generic",
        "nvidia-headless-no-dkms-535-server",
        "nvidia-utils-535-server",
    ]


def test_nvidias_names_carry_the_branch_up_to_580() -> None:
    assert names("nvidia", "ubuntu", "580.95.05") == [
        "nvidia-dkms-580-open",
        "libnvidia-compute-580",
        "nvidia-utils-580",
        "nvidia-persistenced",
    ]
    assert names("nvidia", "ubuntu", "580.95.05", "proprietary")[0] == "nvidia-dkms-580"


def test_nvidias_names_carry_no_branch_from_590() -> None:
    assert names("nvidia", "ubuntu", "590.48.01", "proprietary") == [
        "nvidia-driver-pinning-590.48.01",
        "nvidia-dkms",
        "libnvidia-compute",
        "nvidia-utils",
        "nvidia-persistenced",
    ]
    assert "nvidia-dkms-open" in names("nvidia", "ubuntu", "590.48.01")


def test_nvidias_debian_names_are_debians() -> None:
    assert names("nvidia", "debian", "580.95.05") == [
        "nvidia-kernel-open-dkms",
        "nvidia-driver-cuda",
        "nvidia-persistenced",
    ]
    assert names("nvidia", "debian", "580.95.05", "proprietary")[0] == "nvidia-kernel-dkms"


def test_nvidias_debian_names_are_locked_from_590() -> None:
    assert names("nvidia", "debian", "590.48.01")[0] == "nvidia-driver-pinning-590.48.01"


def test_debians_own_set_is_compute_only() -> None:
    open_, *rest = names("debian", "debian", "550.163.01")
    assert open_ == "nvidia-open-kernel-dkms"
    assert rest == ["nvidia-smi", "libcuda1", "nvidia-persistenced"]
    assert names("debian", "debian", "550.163.01", "proprietary")[0] == "nvidia-kernel-dkms"


def test_switches_bring_their_manager() -> None:
    assert names("ubuntu", "ubuntu", "580.95.05", fabric=True)[-1] == "nvidia-fabricmanager-580"
    assert names("nvidia", "debian", "580.95.05", fabric=True)[-1] == "nvidia-fabricmanager"


def test_ubuntus_fabric_manager_is_among_the_candidates() -> None:
    pattern = sets.candidates("ubuntu", version="580.95.05")
    assert re.search(pattern, "nvidia-fabricmanager-580")
    assert re.search(pattern, "nvidia-dkms-580-server-open")
    assert not re.search(pattern, "nvidia-fabricmanager-570")
    assert not re.search(pattern, "nvidia-utils-580")


def test_modules_are_built_here_by_a_package_of_the_server_series() -> None:
    assert sets.built_here(version="580.95.05", modules="open") == "nvidia-dkms-580-server-open"
