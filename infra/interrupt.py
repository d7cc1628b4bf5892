"""Ctrl-C ends greenlets where they are, without an exception in the wrong one."""

import signal
from collections.abc import Sequence

import gevent
from gevent.event import Event


def joined(greenlets: Sequence[gevent.Greenlet]) -> bool:
    """Wait for greenlets; False when SIGINT ended those that were still at work."""
    stop, before = Event(), signal.getsignal(signal.SIGINT)
    handler = gevent.signal_handler(signal.SIGINT, stop.set)
    try:
        waiting = gevent.spawn(gevent.joinall, greenlets)
        gevent.wait([stop, waiting], count=1)
        if stop.is_set():
            gevent.killall(greenlets)
        return not stop.is_set()
    finally:
        handler.cancel()
        signal.signal(signal.SIGINT, before)
