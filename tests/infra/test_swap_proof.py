"""A spare is asked for tokens on every balancer."""

from infra.session import NoAnswerError
from infra.site import Node
from infra.swap_proof import Proof, prove
from infra.wire import Answer
from roles.inference_engine.settings import InferenceEngineSettings

ENGINE = InferenceEngineSettings(
    engine="llama_cpp",
    image="x/y:z@sha256:" + "a" * 64,
    model="small",
    context_tokens=2048,
    address="10.0.0.9",
)
SPARE = Node("spare-1", "spare_nodes", "10.0.0.9", {"inference_engine": ENGINE})
GOOD = """100.00
100.25 data: {"choices": [{"delta": {"content": "Hello"}}]}
100.30 data: [DONE]
"""


class Balancer:
    """A session that answers every command with the same text, or not at all."""

    problem: str | None = None

    def __init__(self, text: str | None) -> None:
        self.text, self.commands = text, list[str]()

    def open(self) -> None: ...

    def close(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        self.commands.append(command)
        if self.text is None:
            raise NoAnswerError("connection lost")
        return Answer(0, self.text.encode(), b"")


def test_the_slowest_first_token_counts() -> None:
    late = Balancer(GOOD.replace("100.25", "100.75"))
    found = prove(SPARE, model="small", sessions=[("a", Balancer(GOOD)), ("b", late)])
    assert (found.problem, round(found.seconds, 2)) == ("", 0.75)
    assert "http://10.0.0.9:8000/v1/chat/completions" in late.commands[0]
    assert '"model": "small"' in late.commands[0]
    assert late.commands[0].endswith(" 60"), "a spare at its limits lets a question wait"


def test_a_model_that_thinks_before_it_answers_completes_tokens() -> None:
    thinks = Balancer(GOOD.replace('"content"', '"content": null, "reasoning_content"'))
    found = prove(SPARE, model="small", sessions=[("a", thinks)])
    assert (found.problem, round(found.seconds, 2)) == ("", 0.25)
    silent = Balancer("100.00\n100.30 data: [DONE]\n")
    found = prove(SPARE, model="small", sessions=[("a", silent)])
    assert found.problem == "asked on a: answered without a word"


def test_an_engine_that_answers_nothing_is_no_proof() -> None:
    said = "100.00\n105.00 curl: (7) Failed to connect\n"
    found = prove(SPARE, model="small", sessions=[("a", Balancer(said))])
    assert found.problem == "asked on a: no whole answer: curl: (7) Failed to connect"


def test_a_balancer_that_is_lost_is_no_proof() -> None:
    found = prove(SPARE, model="small", sessions=[("a", Balancer(None))])
    assert found == Proof("a: connection lost")


def test_a_node_without_an_engine_cannot_be_asked() -> None:
    bare = Node("spare-1", "spare_nodes", "10.0.0.9", {})
    assert "none of its roles" in prove(bare, model="small", sessions=[]).problem
