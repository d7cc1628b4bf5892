"""Settings of node_standing."""

import pytest
from pydantic import ValidationError

from roles.node_standing.settings import NodeStandingSettings


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_is_one(port: int) -> None:
    with pytest.raises(ValidationError):
        NodeStandingSettings(port=port)
