import itertools
import socket
import threading

import pytest

from roles.load_balancer.program import nginx
from roles.load_balancer.program.files import Failed
from roles.load_balancer.program.members import Members


def test_a_test_that_does_not_end_is_a_sentence() -> None:
    who = Members(pools=(), status_port=1, test=("sleep", "30"))
    with pytest.raises(Failed, match=r"sleep 30 did not end within 0\.1 s"):
        nginx.judge(who, seconds=0.1)


def test_an_answer_that_never_ends_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line:
                for _ in itertools.repeat(None):
                    try:
                        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip)
        dripping.start()
        port = server.getsockname()[1]
        assert nginx.asked("127.0.0.1", port, path="/health", seconds=0.2) == (0, "")
        dripping.join()
