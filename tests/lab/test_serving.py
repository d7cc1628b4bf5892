"""What clients see: an unchanged OpenAI SDK through the balancer."""

import collections
import concurrent.futures

import openai
import pytest
from labhosts import LAB, Ended


@pytest.fixture
def client(deployed: Ended) -> openai.OpenAI:
    key = (LAB / "api_key").read_text().strip()
    return openai.OpenAI(base_url="http://10.77.0.21/v1", api_key=key, max_retries=0, timeout=60)


def test_the_sdk_streams_a_chat(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="smollm2-135m",
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        max_tokens=16,
        stream=True,
    )
    chunks = list(stream)
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 1
    assert chunks[-1].choices == [] or chunks[-1].choices[0].finish_reason is not None


def test_requests_reach_both_nodes(client: openai.OpenAI) -> None:
    def ask(number: int) -> str:
        answer = client.chat.completions.with_raw_response.create(
            model="smollm2-135m",
            messages=[{"role": "user", "content": f"Say {number}"}],
            max_tokens=4,
        )
        return answer.headers["x-upstream"]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        served = collections.Counter(pool.map(ask, range(40)))
    assert sum(served.values()) == 40
    assert len(served) == 2
    assert min(served.values()) >= 8


def test_a_wrong_key_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()
