"""Unified diffs of what files would become, with secrets masked."""

import difflib

from infra.outcome import FileDifference
from infra.wire import Difference


def shown(difference: Difference) -> FileDifference:
    """A difference as text; of a secret file only that it changes."""
    if difference.secret:
        return FileDifference(path=difference.path, text="(secret: not shown)")
    lines = difflib.unified_diff(
        difference.old.splitlines(),
        difference.new.splitlines(),
        fromfile=f"{difference.path} (now)",
        tofile=f"{difference.path} (promised)",
        lineterm="",
    )
    return FileDifference(path=difference.path, text="\n".join(lines))
