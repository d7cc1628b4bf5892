"""Asking: one HTTP question over a connection of its own, that never waits longer than told."""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace

from roles.health_watch.program.promised import Member, Place
from roles.health_watch.program.seen import OK, REFUSED, SILENT, STATUS, Answer

_LONGEST = 4 << 20
"""Bytes of an answer that are read; metrics of engines are some ten thousand."""
_DIGITS = 3
"""Of a status."""
_COMPLETES = ('"choices"', '"content"')
"""What a completion has: OpenAI's, or that of llama-server before 2025."""


async def get(place: Place, path: str, *, seconds: float) -> Answer:
    """The answer to GET."""
    return await _asked(place, _request("GET", path, place), seconds=seconds)


async def token(member: Member, *, seconds: float) -> Answer:
    """The answer to a completion of one token; what completes nothing is none, whatever status."""
    body = json.dumps({"model": member.model, "prompt": "Hello", "max_tokens": 1})
    question = _request("POST", member.question_path, member.place, body=body)
    answer = await _asked(member.place, question, seconds=seconds)
    if answer.kind == OK and not any(one in answer.body for one in _COMPLETES):
        return replace(answer, kind=STATUS)
    return answer


def parse_answer(text: bytes) -> Answer:
    """The answer in what came before the connection ended; REFUSED when it is none."""
    head, _, body = text.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not (words[1].isdigit() and len(words[1]) == _DIGITS):
        # it ended while it was asked
        return Answer(REFUSED)
    status = int(words[1])
    kind = OK if 200 <= status < 300 else STATUS
    return Answer(kind, status, body.decode(errors="replace"))


async def _asked(place: Place, question: bytes, *, seconds: float) -> Answer:
    try:
        return await asyncio.wait_for(_exchanged(place, question), seconds)
    except (asyncio.TimeoutError, TimeoutError, ConnectionAbortedError):
        # aborted: its connections were ended by the watch itself
        return Answer(SILENT)
    except (OSError, asyncio.LimitOverrunError):
        return Answer(REFUSED)


async def _exchanged(place: Place, question: bytes) -> Answer:
    reader, writer = await asyncio.open_connection(place.address, place.port)
    try:
        writer.write(question)
        await writer.drain()
        return parse_answer(await _all(reader))
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _all(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while len(found) < _LONGEST and (part := await reader.read(65536)):
        found += part
    return found


def _request(verb: str, path: str, place: Place, *, body: str = "") -> bytes:
    host = f"[{place.address}]" if ":" in place.address else place.address
    lines = [f"{verb} {path} HTTP/1.1", f"Host: {host}:{place.port}", "Connection: close"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join([*lines, "", body]).encode()
