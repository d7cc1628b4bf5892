import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from roles.gpu_driver import catalogue, sets
from roles.gpu_driver.catalogue import Catalogue, Need, NotOffered, Offer, Resolver

HERE = Path(__file__).parent
UBUNTU = catalogue.parse((HERE / "offers-ubuntu.txt").read_text().splitlines())
DEBIAN = catalogue.parse((HERE / "offers-debian.txt").read_text().splitlines())
NVIDIA = catalogue.parse((HERE / "offers-nvidia.txt").read_text().splitlines())


def resolver(
    version: str = "580.95.05",
    *,
    origin: str = "ubuntu",
    offers: Catalogue = UBUNTU,
    installed: Mapping[str, str] | None = None,
    along: tuple[str, ...] = (),
) -> Resolver:
    return Resolver(
        catalogue=offers, version=version, origin=origin, installed=installed or {}, along=along
    )


def wanted(
    origin: str, os: str, *, modules: str = "open", version: str = "580.95.05"
) -> tuple[sets.Alternatives, ...]:
    return sets.wanted(
        origin=origin,
        os=os,
        version=version,
        modules=modules,
        module_package=sets.prebuilt(version=version, modules=modules, flavour="generic"),
    )


def test_stanzas_give_names_versions_and_needs() -> None:
    lines = [
        "Package: libnvidia-compute-580-server",
        "Version: 580.95.05-0ubuntu0.24.04.2",
        "Provides: libcuda.so.1 (= 580.95.05), libcuda1",
        "Depends: libc6:any (>= 2.34), one | two (= 1-1), virtual-580.95.05",
        "Pre-Depends: dpkg",
    ]
    (offer,) = catalogue.parse(lines).offers
    assert offer.provides == ("libcuda.so.1", "libcuda1")
    assert offer.needs == (
        (Need("dpkg"),),
        (Need("libc6", ">=", "2.34"),),
        (Need("one"), Need("two", "=", "1-1")),
        (Need("virtual-580.95.05"),),
    )


def test_a_stanza_told_twice_is_one_offer() -> None:
    lines = ["Package: a", "Version: 1", "Package: a", "Version: 1"]
    assert catalogue.parse(lines).offers == (Offer("a", "1"),)


def test_lines_before_the_first_package_are_nothing() -> None:
    assert catalogue.parse(["Version: 1"]).offers == ()


def test_ubuntus_set_has_one_exact_version_for_each_package() -> None:
    found = resolver().set_of(wanted("ubuntu", "ubuntu"))
    modules = found.pop("linux-modules-nvidia-580-server-open-generic")
    assert modules == "6.8.0-87.88+1"
    assert set(found.values()) == {"580.95.05-0ubuntu0.24.04.2"}
    assert set(found) == {
        "nvidia-headless-no-dkms-580-server-open",
        "nvidia-utils-580-server",
        "nvidia-kernel-common-580-server",
        "libnvidia-cfg1-580-server",
        "libnvidia-compute-580-server",
        "nvidia-compute-utils-580-server",
        "nvidia-kernel-source-580-server-open",
        "nvidia-firmware-580-server-580.95.05",
    }


def test_another_driver_takes_another_build_of_the_modules() -> None:
    found = resolver("580.82.09").set_of(wanted("ubuntu", "ubuntu"))
    assert found["linux-modules-nvidia-580-server-open-generic"] == "6.8.0-84.84+1"


def test_the_flavour_decides_what_comes_along() -> None:
    found = resolver().set_of(wanted("ubuntu", "ubuntu", modules="proprietary"))
    assert "nvidia-kernel-source-580-server" in found
    assert not any("-open" in name for name in found)


def test_nvidias_debian_set_has_its_libraries_and_firmware() -> None:
    found = resolver(origin="nvidia", offers=NVIDIA).set_of(wanted("nvidia", "debian"))
    assert set(found.values()) == {"580.95.05-1"}
    assert {"libcuda1", "libnvidia-ml1", "firmware-nvidia-gsp", "nvidia-modprobe"} <= set(found)
    assert "dkms" not in found


def test_a_missing_version_lists_those_there_are() -> None:
    with pytest.raises(NotOffered) as refused:
        resolver("580.99.01").set_of(wanted("ubuntu", "ubuntu"))
    assert "has driver 580.99.01, only 580.126.09, 580.95.05, 580.82.09" in str(refused.value)


def test_a_missing_package_says_what_to_give() -> None:
    with pytest.raises(NotOffered, match=r"no package source of this host has one or two"):
        resolver().set_of((("one", "two"),))


def test_the_first_name_that_is_there_is_taken() -> None:
    either = (("nvidia-persistenced-580", "nvidia-persistenced"),)
    assert "nvidia-persistenced" in resolver(origin="nvidia", offers=NVIDIA).set_of(either)


def test_a_pinning_package_comes_at_its_own_version_or_not_at_all() -> None:
    of_nvidia = resolver(origin="nvidia", offers=NVIDIA)
    asked = (("nvidia-driver-pinning-580.95.05", "nvidia-driver-pinning-580"),)
    assert of_nvidia.set_of(asked) == {"nvidia-driver-pinning-580": "580-1"}
    assert of_nvidia.set_of((("nvidia-driver-pinning-590",),)) == {}


def test_an_installed_revision_that_fits_is_kept() -> None:
    newer = Offer("nvidia-utils-580-server", "580.95.05-0ubuntu0.24.04.3")
    older = Offer("nvidia-utils-580-server", "580.95.05-0ubuntu0.24.04.2")
    asked = (("nvidia-utils-580-server",),)
    offers = Catalogue((newer, older))
    assert resolver(offers=offers).set_of(asked) == {newer.name: newer.version}
    kept = resolver(offers=offers, installed={older.name: older.version})
    assert kept.set_of(asked) == {older.name: older.version}


def test_installed_packages_come_along_where_the_version_has_them() -> None:
    found = resolver(
        offers=UBUNTU,
        installed={"nvidia-utils-580-server": "580.82.09-0ubuntu0.24.04.1"},
        along=("nvidia-utils-580-server", "libnvidia-gl-580-server"),
    ).set_of(())
    assert found["nvidia-utils-580-server"] == "580.95.05-0ubuntu0.24.04.2"
    assert "libnvidia-gl-580-server" not in found


def test_ubuntus_desktop_series_is_not_nvidias() -> None:
    offers = Catalogue((Offer("nvidia-utils-580", "580.95.05-0ubuntu0.24.04.2"),))
    with pytest.raises(NotOffered):
        resolver(origin="nvidia", offers=offers).set_of((("nvidia-utils-580",),))


def test_modules_that_name_no_driver_fit_none() -> None:
    offers = Catalogue((Offer("linux-modules-nvidia-580-server-open-generic", "6.8.0-87.88"),))
    with pytest.raises(NotOffered):
        resolver(offers=offers).set_of((("linux-modules-nvidia-580-server-open-generic",),))


def test_a_virtual_package_is_met_by_what_provides_it() -> None:
    need = Offer(
        "libnvidia-compute-580-server",
        "580.95.05-1",
        needs=((Need("nvidia-kernel-common-580-server-580.95.05"),),),
    )
    provider = Offer(
        "nvidia-kernel-common-580-server",
        "580.95.05-1",
        provides=("nvidia-kernel-common-580-server-580.95.05",),
    )
    found = resolver(offers=Catalogue((need, provider))).set_of(((need.name,),))
    assert provider.name in found


def test_the_command_survives_a_pattern_with_quotes() -> None:
    done = subprocess.run(["sh", "-nc", catalogue.command("it's")], check=False)
    assert done.returncode == 0


def test_debians_own_set_has_its_tools_at_versions_of_their_own() -> None:
    """From the package lists of Debian 13, contrib and non-free."""
    found = resolver("550.163.01", origin="debian", offers=DEBIAN).set_of(
        wanted("debian", "debian", version="550.163.01")
    )
    assert found["nvidia-open-kernel-dkms"] == found["libcuda1"] == "550.163.01-2"
    assert found["nvidia-modprobe"] == "570.133.07-1"
    assert found["nvidia-persistenced"] == "550.163.01-1"
    assert found["nvidia-kernel-common"] == "20240109+1"
    assert "nvidia-alternative" in found and "firmware-nvidia-gsp" in found


def test_a_version_that_debian_does_not_have_is_told_with_those_there_are() -> None:
    with pytest.raises(NotOffered, match=r"driver 580\.95\.05, only 550\.163\.01"):
        resolver(origin="debian", offers=DEBIAN).set_of(wanted("debian", "debian"))
