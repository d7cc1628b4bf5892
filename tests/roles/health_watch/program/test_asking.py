"""Real connections on loopback."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from roles.health_watch.program.asking import get, parse_answer, token
from roles.health_watch.program.promised import Member, Place
from roles.health_watch.program.seen import OK, REFUSED, SILENT, STATUS, Answer

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answered_by(handler: Handler, ask: Callable[[Place], Awaitable[Answer]]) -> Answer:
    async def both() -> Answer:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        try:
            return await ask(Place("127.0.0.1", server.sockets[0].getsockname()[1]))
        finally:
            server.close()

    return asyncio.run(both())


def says(text: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)
        writer.close()

    return handler


async def health(place: Place) -> Answer:
    return await get(place, "/health", seconds=5)


def test_an_answer() -> None:
    found = answered_by(says(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{}"), health)
    assert found == Answer(OK, 200, "{}")


def test_another_status() -> None:
    found = answered_by(says(b"HTTP/1.1 503 Loading\r\n\r\nwait"), health)
    assert (found.kind, found.status) == (STATUS, 503)


def test_one_that_ends_while_it_is_asked_is_gone() -> None:
    assert answered_by(says(b""), health).kind == REFUSED


def test_one_that_takes_connections_and_says_nothing_is_silent() -> None:
    done = asyncio.Event()

    async def hangs(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await done.wait()
        writer.close()

    async def ask(place: Place) -> Answer:
        found = await get(place, "/health", seconds=0.2)
        done.set()
        return found

    assert answered_by(hangs, ask).kind == SILENT


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert asyncio.run(health(Place("127.0.0.1", port))).kind == REFUSED


def asked_for_a_token(body: bytes) -> tuple[Answer, list[bytes]]:
    """What an engine that answers with `body` was asked, and what came of it."""
    heard: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
        heard.append(head.split(b"\r\n")[0] + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        writer.close()

    async def ask(place: Place) -> Answer:
        one = Member("n", place, "small", "/health", "/v1/completions", "", (), (), None)
        return await token(one, seconds=5)

    return answered_by(handler, ask), heard


def test_a_token_is_a_completion_of_one_token_for_that_model() -> None:
    found, heard = asked_for_a_token(b'{"choices": [{"text": " a"}]}')
    assert found.kind == OK
    assert heard == [
        b'POST /v1/completions HTTP/1.1{"model": "small", "prompt": "Hello", "max_tokens": 1}'
    ]


def test_an_older_engines_completion_is_a_token() -> None:
    found, _ = asked_for_a_token(b'{"content": " a", "stop": true}')
    assert found.kind == OK


def test_what_completes_nothing_is_no_token() -> None:
    for body in (b'{"error": {"message": "no memory"}}', b"<html>It works!</html>", b""):
        found, _ = asked_for_a_token(body)
        assert (found.kind, found.status) == (STATUS, 200)


def test_what_is_no_http_is_no_answer() -> None:
    for said in (b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n\r\n"):
        assert parse_answer(said).kind == REFUSED
