#!/usr/bin/python3
"""Stands before runc on a machine that lacks capabilities or limits that containers ask for.

Takes out of a container's bundle what this machine could not grant: nothing is proved by it.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

REAL = "/usr/sbin/runc"
CONTROLLERS = Path("/sys/fs/cgroup/cgroup.controllers")


def main() -> None:
    """Adapt the bundle of a container that is to be made, then become runc."""
    arguments = sys.argv[1:]
    if "create" in arguments or "run" in arguments:
        config = _bundle(arguments) / "config.json"
        bundle = json.loads(config.read_text())
        _adapt(bundle)
        config.write_text(json.dumps(bundle))
    os.execv(REAL, ["runc", *arguments])


def _bundle(arguments: list[str]) -> Path:
    for index, argument in enumerate(arguments):
        if argument in ("--bundle", "-b"):
            return Path(arguments[index + 1])
    return Path.cwd()


def _adapt(bundle: dict[str, Any]) -> None:
    process = bundle["process"]
    for kind, wanted in (process.get("capabilities") or {}).items():
        process["capabilities"][kind] = [name for name in wanted if name != "CAP_SYS_RESOURCE"]
    for limit in process.get("rlimits") or ():
        hard = resource.getrlimit(getattr(resource, limit["type"]))[1]
        if hard != resource.RLIM_INFINITY:
            limit["hard"] = min(limit["hard"], hard)
            limit["soft"] = min(limit["soft"], hard)
    granted = CONTROLLERS.read_text().split() if CONTROLLERS.exists() else []
    for controller in ("cpu", "memory"):
        if controller not in granted:
            bundle.get("linux", {}).get("resources", {}).pop(controller, None)


main()
