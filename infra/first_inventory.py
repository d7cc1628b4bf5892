"""The inventory that follows from a first look: what was seen, and what is still to decide."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.firstlook import Look, ip_address
from infra.templates import render

_DECIDE = "TO DECIDE: "
_CUDA = "https://developer.download.nvidia.com/compute/cuda/repos"
_TOOLKIT = "https://nvidia.github.io/libnvidia-container"
_SHA1_KEY, _NEW_KEY = "3bf863cc.pub", "8793F200.pub"
_IMAGE = "ghcr.io/ggml-org/llama.cpp"
_OLDEST_DOCKER = 26
_CUDA_13_DRIVER = 580


def inventory_text(look: Look, *, login: Mapping[str, Any], name: str, keys: Path) -> str:
    """Text of a first inventory; `keys` is the folder of package repositories' signing keys.

    Every value is a literal: nothing that a host says becomes code.
    """
    return render(
        "inventory/first.py.j2",
        look=look,
        name=_literal(name),
        login={key: _literal(value) for key, value in login.items()},
        sudo=look.user != "root",
        password=look.user != "root" and not look.sudo,
        address=_address(look, login=login),
        driver=_driver(look),
        docker=_docker(look, keys=keys),
        toolkit=_repository(
            f"{_TOOLKIT}/stable/deb/amd64/",
            key=f"{_TOOLKIT}/gpgkey",
            file=keys / "nvidia-container-toolkit.asc",
        ),
        cuda=_cuda(look, keys=keys),
        image=_literal(_image(look)),
    )


def _literal(value: object) -> str:
    """Python source of a value, in double quotes where JSON's and Python's are one."""
    if isinstance(value, str):
        return json.dumps(value) if value.isascii() else ascii(value)
    return repr(value)


def _address(look: Look, *, login: Mapping[str, Any]) -> str | None:
    """Where engine and balancer listen; None when the login names the address itself."""
    if ip_address(str(login["ssh_hostname"])):
        return None
    return _literal(look.address or f"{_DECIDE}its IP address: hostname -I, on the host")


def _driver(look: Look) -> dict[str, str]:
    ubuntu = look.os.id == "ubuntu"
    series = "apt-cache madison nvidia-utils-580-server"
    ask = f"sudo apt-get update; {series}, on the host" if ubuntu else _offered(look)
    seen = look.driver or (look.series if ubuntu else "")
    known = "it is loaded now" if look.driver else "apt offers it now"
    return {
        "origin": _literal("ubuntu" if ubuntu else "nvidia"),
        "version": _literal(seen or f"{_DECIDE}{ask}; give what is before the -"),
        "remark": f"{known}; others: {ask}" if seen else "",
    }


def _offered(look: Look) -> str:
    """Shell text that prints the driver versions of NVIDIA's repository."""
    found = "awk '/^Package: nvidia-driver-cuda$/{p=1} p&&/^Version:/{print $2; p=0}'"
    return f"curl -fsSL {_cuda_address(look)}Packages | {found}"


def _cuda_address(look: Look) -> str:
    return f"{_CUDA}/{look.os.id}{look.os.version.replace('.', '')}/x86_64/"


def _cuda(look: Look, *, keys: Path) -> dict[str, str] | None:
    if look.os.id == "ubuntu":
        return None
    key = _SHA1_KEY if look.os.version == "12" else _NEW_KEY
    at = _cuda_address(look)
    return _repository(at, key=f"{at}{key}", file=keys / "nvidia-cuda.asc")


def _docker(look: Look, *, keys: Path) -> dict[str, Any]:
    """The distribution's Docker where it is new enough, else what Docker's own needs."""
    numbers = look.docker.rpartition(":")[2].split(".")
    if look.docker and int(numbers[0]) >= _OLDEST_DOCKER:
        return {"version": _literal(_beginning(numbers)), "repository": None}
    if not look.has_lists and not look.docker:
        ask = "sudo apt-get update; apt-cache policy docker.io, on the host"
        text = f"{_DECIDE}{ask}: 26.1 or newer; if there is none, run infra init again"
        return {"version": _literal(text), "repository": None}
    manual = f"https://docs.docker.com/engine/install/{look.os.id}/"
    at = f"{_DECIDE}the address of Docker's packages, from {manual}"
    return {
        "version": _literal(f"{_DECIDE}the newest docker-ce there, e.g. 28.5"),
        "suite": _literal(look.os.codename),
        "repository": _repository(at, key="ADDRESS/gpg", file=keys / "docker.asc"),
    }


def _beginning(numbers: list[str]) -> str:
    """`28.2` of 28.2.2-0ubuntu1: fixes of one release are let in."""
    minor = re.match(r"[0-9]+", numbers[1])
    return f"{numbers[0]}.{minor[0] if minor else 0}"


def _repository(uri: str, *, key: str, file: Path) -> dict[str, str]:
    fetch = f"curl -fsSL --create-dirs -o {shlex.quote(str(file))} {key}"
    return {"uri": _literal(uri), "key": _literal(f"file:{file}"), "fetch": _one_line(fetch)}


def _image(look: Look) -> str:
    old = look.driver is not None and int(look.driver.partition(".")[0]) < _CUDA_13_DRIVER
    image = f"{_IMAGE}:{'server-cuda' if old else 'server-cuda13'}"
    return f"{_DECIDE}docker buildx imagetools inspect {image}; give name:tag@Digest"


def _one_line(text: str) -> str:
    """Text that a comment can hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
