"""A canary on real hosts: who gets its answers, and what its promotion asks of it.

Runs on inventories/lab_full.py, or on what INFRA_STORM_INVENTORY names.
"""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from scene import Scene, scene
from storm import INVENTORY

pytestmark = pytest.mark.slow

SESSIONS = 12
GOOD = """\
- name: the same story
  prompt: "Once upon a time"
  max_tokens: 8
  expect: {same_as_main: 0.9}
"""
BAD = """\
- name: a number
  prompt: "Once upon a time"
  max_tokens: 8
  expect: {regex: "^[0-9]+$"}
"""


@pytest.fixture(scope="module")
def site() -> Scene:
    made = scene(INVENTORY)
    return made


@pytest.fixture
def node(site: Scene) -> Iterator[str]:
    """The node that is a canary for a while."""
    name = site.full[-1]
    yield name
    if site.rotation()["canary"]:
        site.did("canary", "promote", str(site.inventory), name, "--force")


@pytest.fixture
def client(site: Scene) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=site.url, api_key=site.key, max_retries=0, timeout=60) as made:
        yield made


def asked(client: openai.OpenAI, *, session: str, model: str, chat: bool = True) -> str:
    """The node that answered."""
    headers = {"X-Session-Id": session}
    if chat:
        raw = client.chat.completions.with_raw_response.create(
            model=model,
            messages=[{"role": "user", "content": "Hello"}],
            max_tokens=1,
            extra_headers=headers,
        )
    else:
        raw = client.completions.with_raw_response.create(
            model=model, prompt="Hello", max_tokens=1, extra_headers=headers
        )
    return raw.headers["X-Upstream"]


def test_a_session_stays_with_whom_it_met_first(
    site: Scene, node: str, client: openai.OpenAI
) -> None:
    site.did("canary", "set", str(site.inventory), node, "--share", "50")
    met = {f"s{n}": asked(client, session=f"s{n}", model=site.model) for n in range(SESSIONS)}
    again = {name: asked(client, session=name, model=site.model) for name in met}
    with_canary = [name for name, who in met.items() if who == node]
    print(f"\n{len(with_canary)} of {SESSIONS} sessions met the canary")
    assert 0 < len(with_canary) < SESSIONS
    assert [name for name, who in again.items() if who == node] == with_canary


def test_only_the_endpoints_that_were_named_reach_the_canary(
    site: Scene, node: str, client: openai.OpenAI
) -> None:
    words = ("--share", "100", "--endpoint", "/v1/completions")
    site.did("canary", "set", str(site.inventory), node, *words)
    chats = {asked(client, session=f"s{n}", model=site.model) for n in range(4)}
    texts = {asked(client, session=f"s{n}", model=site.model, chat=False) for n in range(4)}
    assert node not in chats
    assert texts == {node}


def test_a_canary_is_promoted_only_on_good_answers(site: Scene, node: str, tmp_path: Path) -> None:
    inventory = str(site.inventory)
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(BAD)
    site.did("canary", "set", inventory, node, "--share", "5")
    refused = site.infra("canary", "promote", inventory, node, "--golden", str(bad))
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "falls short in 1 of 1 golden prompt" in refused.stdout
    assert site.rotation()["canary"][site.model]["node"] == node
    print(site.did("canary", "promote", inventory, node, "--golden", str(good)))
    assert site.rotation()["canary"] == {}
