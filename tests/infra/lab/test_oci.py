"""Images made by hand: the same content gives the same digest, whatever the files' dates are."""

import json
import os
import tarfile
from pathlib import Path

import pytest

from infra.lab import oci
from infra.lab.checksum import sha256
from infra.lab.oci import File, Folder, Link, Tree

CONFIG = {"Entrypoint": ["/app/server"], "Labels": {"a": "b"}}


@pytest.fixture
def copier(tmp_path: Path) -> Path:
    """A compressor's command line without its compression."""
    program = tmp_path / "copier"
    program.write_text('#!/bin/sh\nexec mv "$5" "$7"\n')
    program.chmod(0o755)
    return program


def tree(folder: Path, *, content: str = "server", at: int = 0) -> Tree:
    folder.mkdir(exist_ok=True)
    source = folder / "source"
    source.write_text(content)
    os.utime(source, (at, at))
    return {
        "tmp": Folder(0o1777),
        "app/server": File(source, mode=0o755),
        "bin/sh": Link("busybox"),
        "etc/passwd": File(b"root"),
    }


def layer(layout: Path) -> tuple[dict[str, str], tarfile.TarFile]:
    document = json.loads(oci.blob(layout, digest=oci.manifest_of(layout)["digest"]).read_text())
    described = document["layers"][0]
    return described, tarfile.open(oci.blob(layout, digest=described["digest"]))


def test_the_same_content_gives_the_same_digest(tmp_path: Path, copier: Path) -> None:
    digests = {
        oci.write_image(
            tree(tmp_path / name, at=at), config=CONFIG, zstd=copier, into=tmp_path / f"{name}.oci"
        )
        for name, at in (("one", 1), ("two", 2_000_000_000))
    }
    assert len(digests) == 1


def test_other_content_gives_another_digest(tmp_path: Path, copier: Path) -> None:
    digests = {
        oci.write_image(
            tree(tmp_path / name, content=name),
            config=CONFIG,
            zstd=copier,
            into=tmp_path / f"{name}.oci",
        )
        for name in ("one", "two")
    }
    assert len(digests) == 2


def test_a_layer_has_owners_modes_links_and_the_folders_above(tmp_path: Path, copier: Path) -> None:
    layout = tmp_path / "layout"
    oci.write_image(tree(tmp_path / "in"), config=CONFIG, zstd=copier, into=layout)
    with layer(layout)[1] as tar:
        found = {member.name: member for member in tar.getmembers()}
    assert list(found) == ["app", "app/server", "bin", "bin/sh", "etc", "etc/passwd", "tmp"]
    assert {member.uid for member in found.values()} == {0}
    assert (found["app/server"].mode, found["tmp"].mode) == (0o755, 0o1777)
    assert found["bin/sh"].linkname == "busybox"


def test_every_blob_is_named_by_its_content(tmp_path: Path, copier: Path) -> None:
    layout = tmp_path / "layout"
    digest = oci.write_image(tree(tmp_path / "in"), config=CONFIG, zstd=copier, into=layout)
    blobs = list((layout / "blobs" / "sha256").iterdir())
    assert len(blobs) == 3
    assert all(sha256(path) == path.name for path in blobs)
    assert oci.manifest_of(layout)["digest"] == digest


def test_the_configuration_names_the_uncompressed_layer(tmp_path: Path, copier: Path) -> None:
    layout = tmp_path / "layout"
    digest = oci.write_image(tree(tmp_path / "in"), config=CONFIG, zstd=copier, into=layout)
    manifest = json.loads(oci.blob(layout, digest=digest).read_text())
    settings = json.loads(oci.blob(layout, digest=manifest["config"]["digest"]).read_text())
    assert settings["config"] == CONFIG
    assert settings["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
