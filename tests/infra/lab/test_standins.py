import itertools
import re
import shutil
import subprocess

import pytest

from infra.lab.standins import CONTENT, declaration, standins, versions

REAL = {"libc6", "adduser"}
"""Dependencies that Debian's own packages or the base satisfy."""

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg") is None, reason="no dpkg here")


def relations(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def provided() -> set[str]:
    names = {standin.deb.control["Package"] for standin in standins()}
    provides = (relations(standin.deb.control["Provides"]) for standin in standins())
    return names | {relation.split(" ")[0] for group in provides for relation in group}


def compare(left: str, operator: str, right: str) -> bool:
    return subprocess.run(["dpkg", "--compare-versions", left, operator, right]).returncode == 0


def test_every_dependency_is_a_stand_in_or_a_known_real_package() -> None:
    wanted = {
        relation.split(" ")[0]
        for standin in standins()
        for relation in relations(standin.deb.control["Depends"])
    }
    assert wanted - provided() - REAL == set()


@needs_dpkg
def test_every_versioned_dependency_has_a_version_that_satisfies_it() -> None:
    by_name = versions()
    for standin in standins():
        for relation in relations(standin.deb.control["Depends"]):
            match = re.fullmatch(r"(\S+) \((=|>=|<=) (\S+)\)", relation)
            if match is not None:
                name, operator, version = match.groups()
                word = {"=": "eq", ">=": "ge", "<=": "le"}[operator]
                found = [one for one in by_name[name] if compare(one, word, version)]
                assert found, f"{standin.deb.file_name}: {relation}"


@needs_dpkg
def test_versions_of_each_package_are_listed_oldest_first() -> None:
    for name, found in versions().items():
        for older, newer in itertools.pairwise(found):
            assert compare(older, "lt", newer), f"{name}: {older} is not older than {newer}"


def test_file_names_are_unique_within_a_component() -> None:
    names = [(standin.component, standin.deb.file_name) for standin in standins()]
    assert len(names) == len(set(names))


def test_every_package_says_that_it_is_a_stand_in() -> None:
    for standin in standins():
        name = standin.deb.control["Package"]
        note, _ = standin.deb.files[f"usr/share/doc/{name}/README.lab"]
        assert b"lab stand-in" in note
        assert "(lab stand-in)" in standin.deb.control["Description"]


def test_shipped_text_has_no_placeholder_left() -> None:
    for standin in standins():
        for path, (content, _) in standin.deb.files.items():
            assert not re.search(rb"@[A-Z]+@", content), f"{standin.deb.file_name}: {path}"
        for text in standin.deb.scripts.values():
            assert not re.search(r"@[A-Z]+@", text)


def test_packages_of_one_origin_that_ship_one_file_conflict() -> None:
    """Origins that are mixed on one host do collide, as in production."""
    owners: dict[tuple[str, str], set[str]] = {}
    conflicts: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for standin in standins():
        control = standin.deb.control
        conflicts[control["Package"]] = set(relations(control["Conflicts"]))
        provides = {one.split(" ")[0] for one in relations(control["Provides"])}
        names[control["Package"]] = {control["Package"]} | provides
        for path in [*standin.deb.files, *standin.deb.links]:
            owners.setdefault((standin.component, path), set()).add(control["Package"])
    for (_, path), packages in owners.items():
        for left, right in itertools.combinations(sorted(packages), 2):
            apart = conflicts[left] & names[right] or conflicts[right] & names[left]
            assert apart, f"{left} and {right} both ship {path}"


def test_the_modules_metapackage_carries_the_kernels_version() -> None:
    found = versions()["linux-modules-nvidia-580-server-open-generic"]
    assert found[-3:] == ("6.8.0-84.84+1", "6.8.0-87.88+1", "6.8.0-94.96+1")


def test_toolkit_packages_share_their_versions() -> None:
    names = ["nvidia-container-toolkit", "nvidia-container-toolkit-base"]
    names += ["libnvidia-container-tools", "libnvidia-container1"]
    assert {versions()[name] for name in names} == {("1.18.2-1", "1.19.0-1", "1.19.1-1")}


def test_every_content_file_is_shipped() -> None:
    shipped = {asset.file or name for name, asset in declaration().assets.items()}
    kinds = {"module"} | {p.scripts for g in declaration().groups for p in g.packages.values()}
    scripts = {f"{kind}.{name}" for kind in kinds - {""} for name in ("postinst", "prerm")}
    faulty = {"nvidia-smi.no-devices", "module.postinst.no-module"}
    assert {file.name for file in CONTENT.iterdir()} == shipped | scripts | faulty


def test_only_the_drills_versions_are_faulty() -> None:
    faults = {r.driver: r.fault for group in declaration().groups for r in group.releases}
    assert {version: fault for version, fault in faults.items() if fault} == {
        "580.65.06": "no-devices",
        "580.76.05": "no-module",
    }


def test_a_driver_that_does_not_come_up_installs_and_shows_no_card() -> None:
    shown = {
        standin.deb.control["Version"]: standin.deb.files["usr/bin/nvidia-smi"][0]
        for standin in standins()
        if standin.deb.control["Package"] == "nvidia-driver-cuda"
    }
    silent = [version for version, text in shown.items() if text.endswith(b"exit 6\n")]
    assert silent == ["580.65.06-1"]
    assert b"No devices were found" in shown["580.65.06-1"]


def test_a_module_that_cannot_be_built_fails_to_configure() -> None:
    failing = {
        (standin.deb.control["Package"], standin.deb.control["Version"])
        for standin in standins()
        if "exit 10" in standin.deb.scripts.get("postinst", "")
    }
    assert ("nvidia-kernel-open-dkms", "580.76.05-1") in failing
    assert {version.partition("-")[0] for _, version in failing} == {"580.76.05", "6.8.0"}


@pytest.mark.parametrize("shell", ["dash", "busybox"])
def test_scripts_parse_in_plain_shells(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    for file in CONTENT.iterdir():
        if file.read_text().startswith("#!/bin/sh"):
            command = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
            subprocess.run([*command, str(file)], check=True)
