"""kill -9 of a first deploy at random moments: the next one converges, the one after is idle."""

import pytest
from killing import length_of_a_first_deploy, run
from labhosts import Ended


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 50])
def test_a_killed_first_deploy_is_taken_up_by_the_next(deployed: Ended, count: int) -> None:
    kills = list(run(count, seed=7, length=length_of_a_first_deploy()))
    assert [kill for kill in kills if not kill.converged] == []
    assert len(kills) == count
