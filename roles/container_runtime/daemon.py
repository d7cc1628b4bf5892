"""Docker's /etc/docker/daemon.json: what is promised of it, and how it is merged and judged."""

import json
from collections.abc import Mapping
from typing import Any

from roles.container_runtime.settings import ContainerRuntimeSettings

PATH = "/etc/docker/daemon.json"

_PID = "/run/docker.pid"
STALE_COMMAND = f"if [ -e {_PID} ] && [ {PATH} -nt {_PID} ]; then echo stale; fi"
"""Shell text that prints a word when the running engine started before its file was written."""

VALIDATE = (
    "if command -v dockerd >/dev/null; then dockerd --validate --config-file={} >/dev/null; fi"
)
"""Shell text that fails when Docker refuses a file; before Docker is there, nothing is judged."""

_HIDE = (
    'while (match($0, ":[/\\\\\\\\]+[^\\"@]*@")) { found[++n] = substr($0, RSTART, RLENGTH); '
    'line = line substr($0, 1, RSTART - 1) "://hidden-" n "@"; $0 = substr($0, RSTART + RLENGTH) }'
)
SHOW_COMMAND = f"awk '{{ line = \"\"; {_HIDE}; print line $0 }}' {PATH} 2>/dev/null || true"
"""Shell text that prints the file with `hidden-1` and so on for what proxies ask of who comes."""
UNHIDE = (
    f"{{ [ ! -e {PATH} ] || {{ awk '!new {{ {_HIDE}; next }} "
    '{ while (match($0, "://hidden-[0-9]+@")) { id = substr($0, RSTART + 10, RLENGTH - 11); '
    'printf "%s%s", substr($0, 1, RSTART - 1), found[id + 0]; $0 = substr($0, RSTART + RLENGTH) } '
    f"print }}' {PATH} new=1 - <{{}} >{{}}.whole && cat {{}}.whole >{{}}; }}; "
    "rc=$?; rm -f {}.whole; [ $rc = 0 ]; }"
)
"""Shell text that puts what is hidden in a new file `{}` back, from the one that it replaces."""

FOLDER = "/var/lib/infra/container_runtime"
GOOD = f"{FOLDER}/daemon.json"
"""The last configuration with which Docker was seen to run, for root's eyes."""
RECORD_COMMAND = (
    f"if [ ! -e {GOOD} ]; then echo none; elif cmp -s {GOOD} {PATH}; then echo same; "
    "else echo other; fi"
)
"""Shell text that prints how the recorded configuration stands to the one in place."""
DOCKER = "timeout -k 5 60 docker"
"""docker asked for what it knows; one that hangs is not waited for for ever."""
ALIVE = "timeout -k 5 30 docker version --format '{{.Server.Version}}' >/dev/null"
"""Shell text that succeeds when Docker answers."""
RESTART = (
    "systemctl reset-failed docker.service docker.socket 2>/dev/null; "
    "systemctl daemon-reload && systemctl restart docker.service || "
    "{ journalctl -q -u docker.service -t dockerd -o cat -n 2 >&2; exit 1; }"
)
"""Shell text that starts Docker anew; when that fails it says why."""
_LEFT = f"{FOLDER}/left"
LEAVE = (
    f"{{ ! {{ cmp -s {GOOD} {PATH} && [ -e {_PID} ] && ! [ {PATH} -nt {_PID} ]; }} || "
    f"touch {_LEFT}; }}"
)
"""Shell text that notes when another file takes the place of the one with which Docker runs."""
RUNS_COMMAND = f"if [ -e {_PID} ] && [ {_LEFT} -nt {_PID} ]; then echo runs; fi"
"""Shell text that prints a word when Docker was not started anew since it was left."""
KEEP = (
    f"umask 077 && mkdir -p {FOLDER} && chmod 755 /var/lib/infra {FOLDER} && "
    f"cp {PATH} {GOOD}.new && chmod 600 {GOOD}.new && sync {GOOD}.new && mv -f {GOOD}.new {GOOD}"
)
"""Shell text that records the configuration in place."""
PUT_BACK = (
    f"umask 077 && cp {GOOD} {PATH}.new && chmod --reference={PATH} {PATH}.new && "
    f"sync {PATH}.new && mv -f {PATH}.new {PATH}"
)
"""Shell text that puts the recorded configuration in place."""
PUT_BACK_AS_READ = f"{PUT_BACK} && touch -r {_PID} {PATH}"
"""The same for a Docker that runs with it: no restart is due afterwards."""


def mode(text: str) -> str:
    """Octal mode of a file with this text: what is hidden is for root's eyes."""
    return "600" if "://hidden-" in text else "644"


class NotJson(ValueError):
    """A daemon.json that cannot be read and so cannot be merged into."""


def promised(settings: ContainerRuntimeSettings) -> dict[str, Any]:
    """The keys that the settings ask for."""
    ours: dict[str, Any] = {
        "log-driver": "json-file",
        "log-opts": {
            "max-size": settings.log_max_size,
            "max-file": str(settings.log_max_files),
            "mode": "non-blocking",
            "max-buffer-size": settings.log_buffer,
        },
        "live-restore": settings.live_restore,
        "registry-mirrors": list(settings.registry_mirrors),
    }
    if settings.gpus:
        ours["features"] = {"cdi": True}
    if settings.data_root is not None:
        ours["data-root"] = settings.data_root
    return merged(ours, settings.daemon_options)


def parse(text: str) -> dict[str, Any]:
    """The keys of a daemon.json; none when it is empty or absent; NotJson says what is wrong."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError as problem:
        raise NotJson(f"{PATH}: {problem}; mend it or move it away") from problem
    if not isinstance(found, dict):
        raise NotJson(f"{PATH}: holds no object; mend it or move it away")
    return found


def merged(existing: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Existing keys with ours put in: objects are merged, all else (lists too) is replaced."""
    result = dict(existing)
    for key, value in ours.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = merged(old, value)
        result[key] = value
    return result


def text_after(existing: str, *, ours: Mapping[str, Any]) -> str:
    """Text of daemon.json with our keys; the existing text itself when it holds them already."""
    found = parse(existing)
    wanted = merged(_without_foreign_log_options(found), ours)
    if existing and wanted == found:
        return existing
    return json.dumps(wanted, indent=2, sort_keys=True) + "\n"


def _without_foreign_log_options(found: dict[str, Any]) -> dict[str, Any]:
    """Another driver's options would keep every container from starting."""
    if found.get("log-driver", "json-file") == "json-file":
        return found
    return {key: value for key, value in found.items() if key != "log-opts"}


def missing(existing: Mapping[str, Any], *, ours: Mapping[str, Any]) -> list[str]:
    """Sentences on promised keys that a daemon.json lacks or holds with another value."""
    result = []
    for key, value in ours.items():
        found = existing.get(key)
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            result += [f"{key}.{inner}" for inner in missing(found, ours=value)]
        elif found != value:
            result.append(f"{key} is {json.dumps(found)}, promised {json.dumps(value)}")
    return result


def not_in_force(info: Mapping[str, Any], *, settings: ContainerRuntimeSettings) -> list[str]:
    """Sentences on promises that a running engine does not keep, from `docker info` as JSON."""
    mirrors = [mirror.rstrip("/") for mirror in _mirrors(info)]
    found = {
        "log driver": (info.get("LoggingDriver"), "json-file"),
        "live restore": (info.get("LiveRestoreEnabled"), settings.live_restore),
        "registry mirrors": (mirrors, [url.rstrip("/") for url in settings.registry_mirrors]),
        "data root": (info.get("DockerRootDir"), settings.data_root or info.get("DockerRootDir")),
    }
    result = [
        f"{what} is {is_now!r}, promised {wanted!r}"
        for what, (is_now, wanted) in found.items()
        if is_now != wanted
    ]
    if settings.gpus and "/etc/cdi" not in (info.get("CDISpecDirs") or []):
        result.append("CDI is off: it reads no specification from /etc/cdi")
    return result


def _mirrors(info: Mapping[str, Any]) -> list[str]:
    registries = info.get("RegistryConfig") or {}
    return list(registries.get("Mirrors") or [])
