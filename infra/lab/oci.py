"""Images in the OCI layout, made without any container engine: same content, same digest."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.lab.checksum import sha256
from infra.lab.shell import run

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Folder:
    """A directory of an image."""

    mode: int = 0o755


@dataclass(frozen=True)
class File:
    """A file of an image: a copy of a file of this machine, or the bytes given."""

    source: Path | bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Link:
    """A symbolic link of an image."""

    target: str


Tree = Mapping[str, Folder | File | Link]
"""Content of an image by path, relative to its root; folders above a path need no entry."""


def write_image(tree: Tree, *, config: Mapping[str, Any], zstd: Path, into: Path) -> str:
    """Write an OCI layout with an image of one layer; gives the manifest's digest.

    `config` is what the image says to its runtime: Entrypoint, Env, Labels and so on. `zstd` is
    the program that compresses.
    """
    blobs = into / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    diff_id, layer = _layer(tree, blobs, zstd=zstd)
    settings = _json_blob(_config(config, diff_id=diff_id), blobs, media_type=CONFIG)
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": settings, "layers": [layer]}
    manifest = _json_blob(document, blobs, media_type=MANIFEST)
    (into / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (into / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    return str(manifest["digest"])


def manifest_of(layout: Path) -> dict[str, Any]:
    """Descriptor (mediaType, digest, size) of the manifest that a layout holds."""
    index: dict[str, Any] = json.loads((layout / "index.json").read_text())
    found: dict[str, Any] = index["manifests"][0]
    return found


def blob(layout: Path, *, digest: str) -> Path:
    """File of a blob in a layout."""
    return layout / "blobs" / Path(*digest.split(":"))


def _config(config: Mapping[str, Any], *, diff_id: str) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": _EPOCH,
        "config": dict(config),
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": _EPOCH, "comment": "infra lab"}],
    }


def _json_blob(document: Mapping[str, Any], blobs: Path, *, media_type: str) -> dict[str, Any]:
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _layer(tree: Tree, blobs: Path, *, zstd: Path) -> tuple[str, dict[str, Any]]:
    """The digest of the layer's tar file, and the descriptor of the compressed blob."""
    tar_file, fresh = blobs / ".tar", blobs / ".zst"
    with tarfile.open(tar_file, "w", format=tarfile.GNU_FORMAT) as tar:
        for path, entry in sorted(_whole(tree).items()):
            _add(tar, path, entry)
    diff_id = f"sha256:{sha256(tar_file)}"
    # A node unpacks it in half the time of gzip
    run([zstd, "-q", "-10", "--single-thread", "--rm", tar_file, "-o", fresh])
    digest, size = sha256(fresh), fresh.stat().st_size
    fresh.rename(blobs / digest)
    return diff_id, {"mediaType": LAYER, "digest": f"sha256:{digest}", "size": size}


def _whole(tree: Tree) -> dict[str, Folder | File | Link]:
    """A tree with the folders above each path."""
    above = {str(folder) for path in tree for folder in Path(path).parents}
    return {**{path: Folder() for path in above - {"."}}, **tree}


def _add(tar: tarfile.TarFile, path: str, entry: Folder | File | Link) -> None:
    info = tarfile.TarInfo(path)
    if isinstance(entry, Folder):
        info.type, info.mode = tarfile.DIRTYPE, entry.mode
        tar.addfile(info)
    elif isinstance(entry, Link):
        info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, entry.target
        tar.addfile(info)
    else:
        content = entry.source if isinstance(entry.source, bytes) else entry.source.read_bytes()
        info.mode, info.size = entry.mode, len(content)
        tar.addfile(info, io.BytesIO(content))
