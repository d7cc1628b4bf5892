import json

import pytest

from roles.load_balancer import errors


@pytest.mark.parametrize("name", errors.BODIES)
def test_every_refusal_is_shaped_as_openais_and_fits_between_quotes(name: str) -> None:
    error = json.loads(errors.BODIES[name])["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert not set("'$\n") & set(errors.BODIES[name])
