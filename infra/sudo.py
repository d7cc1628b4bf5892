"""Text for the login's shell that becomes another user by sudo.

A password travels on standard input, never in an argument list, and a wrong one is tried once.
"""

import secrets
import shlex

_AFTER_PASSWORD = 'while IFS= read -r line; do [ "$line" = "$0" ] && break; done; exec "$@"'
"""Skips to the mark ($0): sudo reads the password before it only when it asks for one."""
_WITHOUT_INPUT = 'exec "$@" </dev/null'
"""Standard input has the password alone: what sudo does not read must not reach the command."""


def wrapped(inner: str, *, user: str, password: str | None, stdin: str = "") -> tuple[str, str]:
    """Shell text that runs `inner` as a user, and what to give it on standard input.

    A command without input has the password alone there, so that sudo's second try finds nothing;
    with input sudo would read on in it, so let the first command of a login have none.
    """
    become = f"-u {shlex.quote(user)}"
    if not password:
        return f"sudo -H -n {become} {inner}", stdin
    if not stdin:
        alone = f"sh -c {shlex.quote(_WITHOUT_INPUT)} infra {inner}"
        return f"sudo -H -S -k -p '' {become} {alone}", f"{password}\n"
    mark = secrets.token_hex(8)
    skipping = f"sh -c {shlex.quote(_AFTER_PASSWORD)} {mark} {inner}"
    return f"sudo -H -S -k -p '' {become} {skipping}", f"{password}\n{mark}\n{stdin}"
