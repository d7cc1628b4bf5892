from roles.health_watch.program.seen import (
    OK,
    REFUSED,
    SILENT,
    STATUS,
    Answer,
    Seen,
    as_blind,
    as_silent,
    unlooked,
    with_health,
    with_metrics,
    with_question,
    with_received,
    with_token,
    with_token_question,
)


def test_silence_counts_from_the_first_question_without_an_answer() -> None:
    seen = with_question(Seen(), now=1.0)
    seen = with_question(with_health(seen, Answer(SILENT), now=4.0), now=5.0)
    assert seen.asked_at == 1.0
    assert with_health(seen, Answer(OK, 200), now=6.0).asked_at is None


def test_health_counts_from_the_first_answer_of_an_unbroken_row() -> None:
    seen = with_health(with_health(Seen(), Answer(OK, 200), now=1.0), Answer(OK, 200), now=2.0)
    assert seen.healthy_since == 1.0
    gone = with_health(seen, Answer(REFUSED), now=3.0)
    assert (gone.healthy_since, gone.refused) == (None, 1)
    assert with_health(gone, Answer(OK, 200), now=4.0).healthy_since == 4.0
    assert with_health(as_silent(seen), Answer(OK, 200), now=5.0).healthy_since == 5.0


def test_refusals_and_503_count_only_in_a_row() -> None:
    seen = with_health(with_health(Seen(), Answer(REFUSED), now=1.0), Answer(REFUSED), now=2.0)
    assert seen.refused == 2
    seen = with_health(seen, Answer(STATUS, 503), now=3.0)
    assert (seen.refused, seen.unready, seen.status) == (0, 1, 503)
    assert with_health(seen, Answer(SILENT), now=4.0).unready == 0


def test_progress_is_a_counter_that_grew_since_it_was_told_last() -> None:
    first = with_metrics(Seen(), {"n": 5.0}, requests=2, now=1.0)
    assert first.moved_at < 0, "the first reading compares with nothing"
    assert with_metrics(first, {"n": 5.0}, requests=2, now=2.0).moved_at < 0
    assert with_metrics(first, {"n": 6.0}, requests=2, now=2.0).moved_at == 2.0
    assert with_metrics(first, {"n": 1.0}, requests=2, now=2.0).moved_at < 0, "it started anew"


def test_idle_is_what_says_that_it_has_no_request() -> None:
    assert with_metrics(Seen(), {}, requests=0, now=1.0).idle_at == 1.0
    assert with_metrics(Seen(), {}, requests=None, now=1.0).idle_at < 0
    assert as_blind(Seen()).blind


def test_bytes_count_from_the_second_look() -> None:
    seen = with_received(Seen(), {"a": 10}, now=1.0)
    assert seen.bytes_at < 0
    assert with_received(seen, {"a": 10, "b": 0}, now=2.0).bytes_at < 0
    assert with_received(seen, {"a": 11}, now=2.0).bytes_at == 2.0
    assert with_received(unlooked(seen), {"a": 11}, now=2.0).bytes_at < 0


def test_others_than_the_watch_are_a_crowd() -> None:
    ours = {"health": 0, "metrics": 0, "token": 0}
    seen = with_received(Seen(), ours, now=1.0)
    assert seen.crowd_at < 0
    assert with_received(seen, {**ours, "a client's": 0}, now=2.0).crowd_at == 2.0


def test_a_token_is_proof_and_its_failures_count_in_a_row() -> None:
    asked = with_token_question(Seen(), now=1.0)
    assert asked.token_asked_at == 1.0
    bad = with_token(asked, Answer(STATUS, 500), now=2.0)
    assert (bad.token_asked_at, bad.token_failures, bad.token_status) == (None, 1, 500)
    good = with_token(bad, Answer(OK, 200), now=3.0)
    assert (good.token_failures, good.token_at, good.moved_at) == (0, 3.0, 3.0)


def test_an_engine_that_is_full_or_gone_says_nothing_by_a_token() -> None:
    for answer in (Answer(STATUS, 503), Answer(STATUS, 429), Answer(REFUSED), Answer(SILENT)):
        assert with_token(Seen(token_failures=1), answer, now=2.0).token_failures == 1
