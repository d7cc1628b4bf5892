"""Entry of the `infra` command."""

import errno
import sys

TALKS_TO_HOSTS = frozenset(
    {
        "canary",
        "check",
        "deploy",
        "drain",
        "drill",
        "gate",
        "init",
        "nightly run",
        "rotation",
        "status",
        "swap",
        "topology learn",
        "undrain",
    }
)
"""Commands that need gevent's patches before paramiko is imported; the others start faster."""


INTERRUPTED = 130
"""Exit code after Ctrl-C where no node was at work, as shells have it."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def main() -> None:
    """Run the command line."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as problem:
        if problem.errno not in _NO_ROOM:
            raise
        at = f"{problem.filename}: " if problem.filename else ""
        sys.exit(f"{at}{problem.strerror}; make room (records lie in XDG_STATE_HOME), and go on")


def _run() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if {*words[:1], " ".join(words[:2])} & TALKS_TO_HOSTS:
        from gevent import monkey

        monkey.patch_all()
    from infra.cli import cli

    cli(prog_name="infra")


if __name__ == "__main__":
    main()
