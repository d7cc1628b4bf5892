import pytest

from roles.load_balancer.program import nginx
from roles.load_balancer.program.files import Failed
from roles.load_balancer.program.members import Members


def test_a_test_that_does_not_end_is_a_sentence() -> None:
    who = Members(pools=(), status_port=1, test=("sleep", "30"))
    with pytest.raises(Failed, match=r"sleep 30 did not end within 0\.1 s"):
        nginx.judge(who, seconds=0.1)
