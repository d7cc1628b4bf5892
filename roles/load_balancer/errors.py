"""Errors: what the balancer itself answers, shaped as OpenAI's."""

import json


def _error(message: str, kind: str, code: str) -> str:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": error})


def _wrong(message: str, code: str) -> str:
    return _error(message, "invalid_request_error", code)


BODIES = {
    "key": _wrong("Present your API key: Authorization: Bearer KEY", "invalid_api_key"),
    "model": _wrong(
        "No such model here; name one of /v1/models in the header X-Model or use /m/MODEL/v1",
        "model_not_found",
    ),
    "path": _wrong("Nothing here; the API is at /v1", "not_found"),
    "size": _wrong("The request is too large", "request_too_large"),
    "plain": _wrong("This port speaks HTTPS alone; ask https://", "https_required"),
    "version": _wrong(
        "Say which version of the prompt this is: header X-Prompt-Version",
        "prompt_version_required",
    ),
    "limit": _error(
        "Too many requests; wait as long as Retry-After says, then try again",
        "rate_limit_error",
        "rate_limit_exceeded",
    ),
    "busy": _error("No node can answer now; try again", "server_error", "unavailable"),
    "slow": _error("The node did not answer in time", "server_error", "timeout"),
}
"""Bodies in JSON by what went wrong; none has a quote that nginx would end its text at."""
