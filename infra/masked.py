"""What others said, without the secrets that were read in this process.

No text of ours holds one; an engine's last words or a program's complaint may.
"""

import json
from collections.abc import Mapping
from typing import Any

from infra import secrets

_SHORTEST = 8
"""Characters of a secret that is looked for: a shorter one is a word of everyday logs."""
_INSTEAD = "(secret)"


def masked(value: Any) -> Any:  # noqa: ANN401
    """A text, or every text in what JSON holds, with `(secret)` where a secret stood."""
    if isinstance(value, Mapping):
        return {key: masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return _without(value) if isinstance(value, str) else value


def _without(text: str) -> str:
    whole = [secret for secret in secrets.seen if len(secret) >= _SHORTEST]
    written = {form for secret in whole for form in (secret, json.dumps(secret)[1:-1])}
    for form in sorted(written, key=len, reverse=True):
        text = text.replace(form, _INSTEAD)
    return text
