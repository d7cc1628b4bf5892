"""How a drill's record is read."""

from infra.page_ledger import Loss, Pause, read


def test_an_empty_record_is_a_failed_drill_of_which_nothing_is_known() -> None:
    found = read({})
    assert (found.result, found.seconds, found.entries) == ("failed", 0.0, ())
    assert found.losses == "not known how many requests were lost"


def test_hardware_that_is_not_said_to_be_real_is_not_taken_for_it() -> None:
    assert read({}).simulated
    assert not read({"hardware": "real"}).simulated


def test_the_stage_that_failed_is_marked() -> None:
    stages = [{"stage": name, "started": 0, "seconds": 1} for name in ("drain", "gpu_driver")]
    found = read({"stages": stages, "failed_stage": "gpu_driver", "result": "failed"})
    assert [one.failed for one in found.entries] == [False, True]


def test_parts_of_stages_have_no_place_in_time() -> None:
    stages = [
        {"stage": "gpu_driver", "started": 0, "seconds": 9},
        {"stage": "reboots", "started": None, "seconds": 4},
    ]
    found = read({"stages": stages})
    assert [one.name for one in found.entries] == ["gpu_driver"]
    assert [one.name for one in found.parts] == ["reboots"]


def test_a_drill_that_was_taken_up_stood_still_before() -> None:
    found = read({"taken_up": [{"at": 95.0, "stage": "gpu_driver", "after": 12.0}]})
    assert found.pauses == (Pause(83.0, 95.0, "gpu_driver"),)


def test_the_headline_says_by_how_much_the_budget_was_missed() -> None:
    record = {"node": "gpu-2", "result": "over_budget", "seconds": 161, "budget_seconds": 60}
    assert read(record).headline == (
        "gpu-2 was rebuilt from clean in 2 min 41 s, 1 min 41 s over its budget"
    )


def test_a_drill_that_failed_has_no_estimate_of_the_whole() -> None:
    record = {"result": "failed", "failed_stage": "wipe", "estimate_seconds": 12.0}
    assert read(record).estimate is None


def test_the_role_that_stopped_says_more_than_its_stage() -> None:
    stages = [
        {"stage": "model_cache", "started": 0, "seconds": 1, "note": "failed"},
        {"stage": "gate", "started": 1, "seconds": 1},
    ]
    found = read({"stages": stages, "failed_stage": "deploy", "result": "failed"})
    assert found.stopped_at == "model_cache"


def test_losses_of_one_kind_are_counted() -> None:
    lost = [{"when": when, "what": "status 503"} for when in ("14:06", "14:05", "14:07")]
    assert read({"lost": lost}).lost == (Loss("status 503", 3, "14:05", "14:07"),)


def test_requests_that_were_only_counted_count() -> None:
    lost = [
        {"when": "14:05", "what": "status 503 to lea", "count": 1},
        {"when": "", "what": "status 503, more of them", "count": 70},
    ]
    assert read({"lost": lost}).lost == (
        Loss("status 503 to lea", 1, "14:05", "14:05"),
        Loss("status 503, more of them", 70, "", ""),
    )
