"""The shell text runs for real, against an engine that is a stand-in."""

import subprocess

import pytest
from stub_engine import Stub

from infra import golden_asking
from infra.golden import Expect, Message, Prompt

EXPECT = Expect(contains=("x",))
HARD = 'it\'s "quoted" $HOME `id` \\ ü\nsecond line %s'


def ran(prompt: Prompt, *, base_url: str) -> str:
    command = golden_asking.command(prompt, base_url=base_url, model="m", seconds=20)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_streamed_answer_is_read_and_timed() -> None:
    prompt = Prompt(name="a", messages=(Message(role="user", content=HARD),), max_tokens=6,
                    expect=EXPECT)  # fmt: skip
    with Stub(speed=20, prefill=0.3) as stub:
        reply = golden_asking.parse(ran(prompt, base_url=f"http://127.0.0.1:{stub.port}/v1"))
    assert (reply.text, reply.problem, reply.tokens) == (" 0 1 2 3 4 5", "", 6)
    assert reply.first_token_seconds is not None and reply.first_token_seconds > 0.29
    assert reply.tokens_per_second is not None and reply.tokens_per_second < 21


def test_the_question_arrives_as_it_was_written(tmp_path: object) -> None:
    command = golden_asking.command(
        Prompt(name="a", prompt=HARD, expect=EXPECT), base_url="http://x/v1", model="m", seconds=5
    )
    body, _, _ = command.partition(" | ")
    said = subprocess.run(["sh", "-c", body], capture_output=True, text=True, check=True).stdout
    assert f'"prompt": {golden_asking.json.dumps(HARD)}' in said


def test_an_engine_that_is_not_there_is_a_problem() -> None:
    said = ran(Prompt(name="a", prompt="b", expect=EXPECT), base_url="http://127.0.0.1:9/v1")
    assert "curl: (7)" in golden_asking.parse(said).problem


ERROR = '1.0\n1.5 {"error":{"message":"no such model"}}\n'
BROKEN = '1.0\n1.5 data: {"choices":[{"delta":{"content":"half"}}]}\n2.0 curl: (18) cut\n'
IN_STREAM = '1.0\n1.5 data: {"error":{"message":"out of memory"}}\n'
EMPTY = "1.0\n1.5 data: [DONE]\n"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (ERROR, "no such model"),
        (BROKEN, "curl: (18) cut"),
        (IN_STREAM, "out of memory"),
        (EMPTY, "without a word"),
        ("", "it broke off"),
        ("1.0\n", "it broke off"),
    ],
)
def test_what_is_no_whole_answer_is_a_problem(said: str, problem: str) -> None:
    assert problem in golden_asking.parse(said).problem


def test_tokens_are_the_engines_own_count() -> None:
    lines = [
        '1.5 data: {"choices":[{"text":"ab"}]}',
        '2.5 data: {"choices":[{"text":"cd"}],"usage":null}',
        '2.6 data: {"choices":[],"usage":{"completion_tokens":5}}',
        "2.7 data: [DONE]",
    ]
    reply = golden_asking.parse("\n".join(["1.0", *lines]))
    assert (reply.text, reply.tokens) == ("abcd", 5)
    assert (reply.first_token_seconds, reply.tokens_per_second) == (0.5, 4.0)


def test_words_that_python_takes_for_ends_of_lines_break_nothing() -> None:
    said = '1.0\n1.5 data: {"choices":[{"text":"a\u2028b\x85c"}]}\n2.0 data: [DONE]\n'
    assert golden_asking.parse(said).text == "a\u2028b\x85c"


def test_a_stream_whose_lines_end_as_https_do_and_that_leaves_things_out() -> None:
    lines = [
        '1.5 data: {"choices":[{"delta":null}],"usage":{"total_tokens":9}}\r',
        '2.0 data: {"choices":[{"delta":{"content":"a"}}]}\r',
        "2.0 \r",
        "2.5 data: [DONE]\r",
    ]
    reply = golden_asking.parse("\n".join(["1.0", *lines, ""]))
    assert (reply.text, reply.problem, reply.tokens) == ("a", "", 1)


def test_what_a_model_thinks_is_no_answer() -> None:
    thought = '1.5 data: {"choices":[{"delta":{"content":null,"reasoning":"hm"}}]}'
    reply = golden_asking.parse("\n".join(["1.0", thought, "2.0 data: [DONE]"]))
    assert (reply.text, reply.tokens, reply.first_token_seconds) == ("", 1, 0.5)
    assert "went into thinking" in reply.problem
    answer = thought.replace("null", '"a"')
    assert golden_asking.parse("\n".join(["1.0", answer, "2.0 data: [DONE]"])).text == "a"
