"""The questions, asked of a small engine on loopback."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from roles.health_watch.program.promised import Limits, Member, Place
from roles.health_watch.program.seen import NEVER
from roles.health_watch.program.watching import (
    Watched,
    ask_health,
    ask_metrics,
    ask_standing,
    ask_token,
)

LIMITS = Limits(3, 180, 10, 20, 10, 60, 1)
GATE = '{"boot_id": "b", "lock": "l", "open": true, "why": ""}'
ANSWERS = {
    "/health": (200, "{}"),
    "/metrics": (200, "running 2\nsteps 7\nother 1\n"),
    "/v1/completions": (200, '{"choices": []}'),
    "/": (200, f'{{"boot_id": "b", "promised": "l", "gate": {GATE}}}'),
}
Answers = dict[str, tuple[int, str]]
Part = Callable[[Watched], Coroutine[Any, Any, None]]


def watched(
    parts: tuple[Part, ...], holds: Callable[[Watched], bool], answers: Answers = ANSWERS
) -> Watched:
    """What was seen when something holds of it, at the latest after 10 s."""
    return asyncio.run(_watched(parts, holds, answers))


async def _watched(
    parts: tuple[Part, ...], holds: Callable[[Watched], bool], answers: Answers
) -> Watched:
    server = await asyncio.start_server(_engine(answers), "127.0.0.1", 0)
    place = Place("127.0.0.1", server.sockets[0].getsockname()[1])
    member = Member(
        "n", place, "m", "/health", "/v1/completions", "/metrics", ("running",), ("steps",), place
    )
    one = Watched(member, LIMITS)
    tasks = [asyncio.ensure_future(part(one)) for part in parts]
    try:
        for _ in range(200):
            if holds(one):
                return one
            await asyncio.sleep(0.05)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
    raise AssertionError(one)


def _engine(answers: Answers) -> Callable[..., Awaitable[None]]:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        status, body = answers[path]
        writer.write(f"HTTP/1.1 {status} X\r\n\r\n{body}".encode())
        writer.close()

    return handler


def test_health_metrics_and_standing_are_seen() -> None:
    one = watched(
        (ask_health, ask_metrics, ask_standing),
        lambda one: bool(one.seen.counters) and one.standing is not None,
    )
    assert one.seen.healthy_since is not None and one.seen.asked_at is None
    assert (one.seen.counters, one.seen.requests) == ({"steps": 7}, 2)
    assert one.standing is not None and one.standing.gate_open


def test_one_that_was_out_is_asked_for_a_token_as_soon_as_it_answers() -> None:
    def returning(one: Watched) -> bool:
        one.out_at = 0.0
        return one.seen.token_at > NEVER

    assert watched((ask_health, ask_token), returning).seen.token_asked_at is None


def test_one_without_metrics_is_blind() -> None:
    without = {**ANSWERS, "/metrics": (501, "")}
    assert watched((ask_metrics,), lambda one: one.seen.blind, without).seen.requests is None


def test_one_that_loads_is_not_ready() -> None:
    loading = {**ANSWERS, "/health": (503, "Loading model")}
    found = watched((ask_health,), lambda one: one.seen.unready >= 2, loading).seen
    assert (found.status, found.healthy_since) == (503, None)
