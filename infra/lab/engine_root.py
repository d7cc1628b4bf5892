"""What lies in the engine's image: the server, the libraries it needs, a shell."""

from collections.abc import Sequence
from pathlib import Path

from infra.lab import elf
from infra.lab.oci import File, Folder, Link, Tree
from infra.lab.shell import LabError

SERVER = "llama-server"
LIBRARIES = "lib/x86_64-linux-gnu"
"""Where the loader of Debian and Ubuntu looks on x86-64."""
_LOADER = "ld-linux-x86-64.so.2"
_PASSWD = (
    b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
)


def tree(*, programs: Path, licenses: Path, system: Path, applets: Sequence[str]) -> Tree:
    """The image's content: nothing that the server does not need but a shell for people.

    `programs` holds the server with libraries of its own; `system` is the root of a Linux system.
    """
    return {
        **_server(programs, system=system),
        **_shell(system, applets=applets),
        **{f"licenses/{file.name}": File(file) for file in licenses.iterdir()},
        "etc/passwd": File(_PASSWD),
        "etc/group": File(b"root:x:0:\nnogroup:x:65534:\n"),
        "root": Folder(0o700),
        "tmp": Folder(0o1777),
    }


def _server(programs: Path, *, system: Path) -> Tree:
    def find(name: str) -> Path:
        own = programs / name
        return own if own.exists() else _library(system, name=name)

    server = programs / SERVER
    libraries = elf.closure([server], find=find)
    files = {_place(name, file, programs): File(file) for name, file in libraries.items()}
    loader = {"lib64/" + _LOADER: File(_library(system, name=_LOADER), mode=0o755)}
    return {f"app/{SERVER}": File(server, mode=0o755), **files, **loader}


def _place(name: str, file: Path, programs: Path) -> str:
    return f"{'app' if file.parent == programs else LIBRARIES}/{name}"


def _library(system: Path, *, name: str) -> Path:
    for folder in (LIBRARIES, f"usr/{LIBRARIES}"):
        if (system / folder / name).exists():
            return (system / folder / name).resolve()
    raise LabError(f"the engine needs {name}, which none of its packages brings")


def _shell(system: Path, *, applets: Sequence[str]) -> Tree:
    places = (system / folder / "busybox" for folder in ("bin", "usr/bin"))
    busybox = next((place for place in places if place.exists()), None)
    if busybox is None:
        raise LabError("busybox-static brings no busybox")
    return {
        "bin/busybox": File(busybox, mode=0o755),
        **{f"bin/{applet}": Link("busybox") for applet in applets},
    }
