"""An engine that computes nothing: K slots, a fixed speed, OpenAI's shape. A process of its own.

`python stub_engine.py --slots 4 --speed 20 --prefill 0.1` prints its port when it listens.
What comes when every slot is taken waits; none is refused.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Engine:
    """Tokens go out at `speed` a second to each of at most `slots` requests at once."""

    slots: int
    speed: float
    prefill: float
    running: int = 0
    waiting: int = 0
    total: int = 0
    free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.free = asyncio.Semaphore(self.slots)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *fields = head.split("\r\n")
            lengths = [one for one in fields if one.lower().startswith("content-length:")]
            body = await reader.readexactly(int(lengths[0].partition(":")[2])) if lengths else b""
            await self.answer(line.split(" ")[1], body, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client hung up
        finally:
            writer.close()

    async def answer(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path == "/health":
            await whole(writer, {"status": "ok"})
        elif path == "/metrics":
            await whole(writer, self.metrics(), kind="text/plain")
        else:
            asked = json.loads(body or b"{}")
            self.waiting += 1
            try:
                await self.free.acquire()
            finally:
                self.waiting -= 1
            self.running += 1
            try:
                await self.complete(asked, writer)
            finally:
                self.running -= 1
                self.free.release()

    async def complete(self, asked: dict[str, object], writer: asyncio.StreamWriter) -> None:
        tokens = int(str(asked.get("max_tokens", 16)))
        await asyncio.sleep(self.prefill)
        if not asked.get("stream"):
            await asyncio.sleep(tokens / self.speed)
            message = {"role": "assistant", "content": " a" * tokens}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            await whole(writer, {**shape(asked, "chat.completion"), "choices": [choice]})
            return
        writer.write(head("text/event-stream") + b"Transfer-Encoding: chunked\r\n\r\n")
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(tokens):
            self.total += 1
            delta = {"content": f" {number}"}
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            await chunk(writer, {**shape(asked), "choices": [choice]})
            await asyncio.sleep(max(0.0, began + (number + 1) / self.speed - loop.time()))
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        await chunk(writer, {**shape(asked), "choices": [end]})
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()

    def metrics(self) -> str:
        said = {
            "requests_processing": self.running,
            "requests_deferred": self.waiting,
            "n_decode_total": self.total,
            "tokens_predicted_total": self.total,
        }
        return "".join(f"llamacpp:{name} {value}\n" for name, value in said.items())


NUMBERS = itertools.count()


def shape(asked: dict[str, object], kind: str = "chat.completion.chunk") -> dict[str, object]:
    return {
        "id": f"chat-{next(NUMBERS)}",
        "object": kind,
        "created": 0,
        "model": asked.get("model"),
    }


def head(kind: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n".encode()


async def whole(
    writer: asyncio.StreamWriter, said: object, *, kind: str = "application/json"
) -> None:
    data = (said if isinstance(said, str) else json.dumps(said)).encode()
    writer.write(head(kind) + f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
    await writer.drain()


async def chunk(writer: asyncio.StreamWriter, said: object) -> None:
    data = f"data: {json.dumps(said)}\n\n".encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


class Stub:
    """A stub engine as a process, from `with` to its end."""

    def __init__(
        self,
        *,
        slots: int = 4,
        speed: float = 20,
        prefill: float = 0.1,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        given = {"slots": slots, "speed": speed, "prefill": prefill, "port": port}
        words = [word for key, value in given.items() for word in (f"--{key}", str(value))]
        self._process = subprocess.Popen(
            [sys.executable, "-S", str(Path(__file__)), "--address", address, *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address, self.port = address, int(self._process.stdout.readline())

    def __enter__(self) -> "Stub":
        return self

    def __exit__(self, *ended: object) -> None:
        self.signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def signal(self, number: int) -> None:
        """SIGSTOP hangs it, SIGCONT wakes it, SIGKILL ends it."""
        self._process.send_signal(number)


async def main(given: argparse.Namespace) -> None:
    engine = Engine(slots=given.slots, speed=given.speed, prefill=given.prefill)
    server = await asyncio.start_server(
        engine.serve, given.address, given.port, backlog=1024, limit=2**24
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def end_with_parent() -> None:
    """Nobody reads what a stub says when its test was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("--prefill", type=float, default=0.1)
    end_with_parent()
    asyncio.run(main(parser.parse_args()))
