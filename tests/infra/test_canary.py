from infra import canary
from infra.golden import Expect, Prompt
from infra.golden_asking import Reply
from infra.rotation import Hold, Rotated

HOLD = Hold("operator", "r", "b", "s")
MEMBERS = ("one", "two", "three")


def seen(**states: Rotated) -> dict[str, dict[str, Rotated]]:
    return {"balancer": states}


def serving(node: str, **more: object) -> Rotated:
    return Rotated(node, "in", **{"answers": True, **more})  # type: ignore[arg-type]


def test_the_main_node_serves_and_is_not_the_canary() -> None:
    said = seen(one=serving("one"), two=Rotated("two", "out", (HOLD,)), three=serving("three"))
    assert canary.main_node(said, members=MEMBERS, canary="one") == "three"


def test_a_spare_is_asked_only_where_no_other_node_serves() -> None:
    said = seen(one=serving("one"), two=serving("two"), three=serving("three"))
    assert canary.main_node(said, members=MEMBERS, canary="two", spares={"one"}) == "three"
    said = seen(one=serving("one"), three=serving("three", answers=False))
    assert canary.main_node(said, members=MEMBERS, canary="two", spares={"one"}) == "one"


def test_a_node_that_one_balancer_holds_is_not_asked() -> None:
    held = {"a": {"one": serving("one")}, "b": {"one": Rotated("one", "draining", (HOLD,))}}
    assert canary.main_node(held, members=MEMBERS, canary="two") is None


def test_answers_are_compared_prompt_by_prompt() -> None:
    prompts = [
        Prompt(name="good", prompt="a", expect=Expect(contains=("Paris",))),
        Prompt(name="bad", prompt="b", expect=Expect(equals="Paris", same_as_main=1)),
    ]
    said = {("main", "good"): "Paris", ("new", "good"): "In Paris", ("main", "bad"): "Rome"}

    def ask(node: str, prompt: Prompt) -> Reply:
        return Reply(said.get((node, prompt.name), "Oslo"))

    good, bad = canary.compare(prompts, canary="new", main="main", ask=ask)
    assert (good.falls_short, good.differences[-1]) == ((), "+In Paris")
    assert len(bad.falls_short) == 2
    assert bad.main_falls_short == ('it is not "Paris"',)
    assert canary.record(bad)["canary"]["text"] == "Oslo"


def test_a_prompt_for_another_model_is_not_put() -> None:
    expect = Expect(contains=("a",))
    every = Prompt(name="every", prompt="a", expect=expect)
    big = Prompt(name="big", prompt="a", model="big", expect=expect)
    assert canary.asked_of((every, big), model="small") == (every,)
    assert canary.asked_of((every, big), model="big") == (every, big)
