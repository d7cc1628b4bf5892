import hashlib
from pathlib import Path

from pyinfra.context import host

from infra import facts, observed
from infra.role import Settings
from infra.testing import Rehearsal, rehearse
from roles.gpu_interconnect import choice, evidence, ladder, program, proof, record, state
from roles.gpu_interconnect.facts import Granted, HostState, Measured, Paths
from roles.gpu_interconnect.grants import Grants
from roles.gpu_interconnect.links import Links
from roles.gpu_interconnect.operations import apply, revert
from roles.gpu_interconnect.settings import GpuInterconnectSettings
from roles.gpu_interconnect.state import State
from roles.inference_engine.facts import EngineImage
from roles.inference_engine.running import PulledImage

IMAGE = "ghcr.io/x/probe:1@sha256:" + "a" * 64
SETTINGS = GpuInterconnectSettings(probe_image=IMAGE)
TEXT = Path(__file__).with_name("measured.txt").read_text()


def read(text: str) -> evidence.Evidence:
    found = evidence.parse(text.splitlines())
    assert found is not None
    return found


RECORD = TEXT.replace("probe abc", f"probe {program.digest(IMAGE)}")
PROVEN = read(RECORD)
HOST = PROVEN.state
PROOF = proof.of(PROVEN, given={})
FILES = {
    **{f"{record.PROGRAM}/{name}": text for name, text in program.files().items()},
    record.PROOF: PROOF.text,
    record.ENGINE: choice.of(PROVEN, judged=ladder.judge(PROVEN, given={})).text,
}


def stat(path: str) -> observed.FileStat | None:
    text = FILES.get(path)
    if text is None:
        return None
    digest = hashlib.sha256(text.encode()).hexdigest()
    return observed.FileStat(mode="644", user="root", group="root", sha256=digest)


BARE = {HostState: HOST}
GOOD = {
    HostState: HOST,
    Measured: PROVEN,
    facts.FileStat: stat,
    EngineImage: PulledImage(id="sha256:1", tags=("ghcr.io/x/probe:1",)),
}


def text(found: Rehearsal) -> str:
    return "\n".join(command.text for command in found.commands)


def test_a_host_that_was_never_measured_is_measured() -> None:
    found = rehearse(apply, SETTINGS, facts=BARE)
    assert found.error is None
    assert set(found.changed) == {"Write probe", "Pull probe image", "Measure interconnect"}
    (run,) = (one for one in found.commands if "--json" in one.stdin)
    assert f"ghcr.io/x/probe@sha256:{'a' * 64} 1800 '' {program.digest(IMAGE)}" in run.text


def test_a_second_run_changes_nothing() -> None:
    found = rehearse(apply, SETTINGS, facts=GOOD)
    assert (found.error, found.changed, found.commands) == (None, (), ())


def test_another_boot_is_measured_anew() -> None:
    booted = read(RECORD.replace("boot 9f2c", "boot 8e1b"))
    found = rehearse(apply, SETTINGS, facts={**GOOD, HostState: booted.state})
    assert found.changed == ("Measure interconnect",)


def test_a_driver_that_grants_otherwise_on_the_same_boot_is_measured_anew() -> None:
    same = rehearse(apply, SETTINGS, facts={**GOOD, Granted: PROVEN.grants})
    assert same.changed == ()
    found = rehearse(apply, SETTINGS, facts={**GOOD, Granted: Grants(statuses={(0, 1): "DR"})})
    assert found.changed == ("Measure interconnect",)
    cut = Grants(statuses={(0, 1): "DR"}, damage=("GPU1: no row",))
    assert rehearse(apply, SETTINGS, facts={**GOOD, Granted: cut}).changed == ()


def test_a_measurement_stops_what_serves() -> None:
    marked: list[str] = []

    def acts(settings: GpuInterconnectSettings) -> None:
        apply(settings)
        marked.extend(host.connector_data.get("disrupts", {}).values())

    rehearse(acts, SETTINGS, facts=BARE)
    assert marked == ["the interconnect is proven anew, without an engine beside"]


def test_what_was_measured_is_judged_and_kept() -> None:
    found = rehearse(apply, SETTINGS, facts={**GOOD, facts.FileStat: None})
    assert found.changed[-1] == "Keep proof of interconnect"
    assert record.PROOF in text(found) and record.ENGINE in text(found)


def test_other_expectations_are_judged_without_a_measurement() -> None:
    stricter = SETTINGS.model_copy(update={"expected_gb_per_s": {"SYS": 90.0}})
    found = rehearse(apply, stricter, facts=GOOD)
    assert found.changed == ("Keep proof of interconnect",)


def test_groups_are_asked_for_where_there_are_several() -> None:
    third = TEXT.split("--- infra:links")[0].replace("c1:00", "d1:00").replace("c0:01", "d0:01")
    three = state.parse((*TEXT.split("--- infra:links")[0].splitlines(), *_third(third)))
    assert len(three.gpus) == 3
    near = Links(kinds={(0, 1): "PIX", (0, 2): "SYS", (1, 2): "SYS"})
    found = rehearse(apply, SETTINGS, facts={HostState: three, Paths: near})
    assert " 1800 0,1:0,1,2 " in text(found)


def _third(text: str) -> list[str]:
    return [
        line.replace("00000000:C1", "00000000:D1").replace("GPU-2", "GPU-3")
        for line in text.splitlines()
        if "d1:00" in line or "d0:01" in line or ":C1:" in line
    ]


def test_one_gpu_is_left_alone() -> None:
    one = State(driver="1", tree=HOST.tree.__class__(gpus=HOST.tree.gpus[:1]))
    found = rehearse(apply, SETTINGS, facts={HostState: one})
    assert found.operations == ("Forget what was proven",)
    assert found.changed == ()


def test_no_gpu_at_all_is_nobodys_business_here() -> None:
    assert rehearse(apply, SETTINGS).operations == ()


def test_without_a_probe_nothing_is_proven() -> None:
    found = rehearse(apply, GpuInterconnectSettings(), facts=BARE)
    assert found.operations == ("Forget what was proven",)


def test_garbage_with_a_way_out_does_not_stop_a_host() -> None:
    broken = read(RECORD.replace('"wrong_bytes": 0, "gb_per_s": 26.3', '"wrong_bytes": 9'))
    found = rehearse(apply, SETTINGS, facts={**GOOD, Measured: broken})
    assert found.changed == ("Keep proof of interconnect",)


def test_garbage_stops_a_host_that_must_have_peer_to_peer() -> None:
    broken = read(RECORD.replace('"wrong_bytes": 0, "gb_per_s": 26.3', '"wrong_bytes": 9'))
    required = SETTINGS.model_copy(update={"required": True})
    found = rehearse(apply, required, facts={**GOOD, Measured: broken})
    assert "peer to peer is not proven: copy is failed" in text(found)


def test_a_host_that_computes_wrong_is_stopped_and_measured_at_each_deploy() -> None:
    wrong = read(RECORD.replace('"wrong": 0', '"wrong": 4'))
    found = rehearse(apply, SETTINGS, facts={**GOOD, Measured: wrong})
    assert "Measure interconnect" in found.changed
    assert "take the GPU out" in text(found)


def back(
    unit: observed.Unit, *, known: evidence.Evidence | None = None
) -> tuple[str | None, Rehearsal]:
    said: list[str | None] = []

    def acts(settings: Settings) -> None:
        said.append(revert(SETTINGS))

    found = rehearse(acts, SETTINGS, facts={facts.Unit: unit, Measured: known})
    return said[0], found


def test_an_engine_that_was_stopped_in_vain_is_started_again() -> None:
    words, found = back(observed.Unit("loaded", "inactive", "enabled", False))
    assert words == "the engine that served before"
    assert "systemctl start infra-engine.service" in text(found)


def test_an_engine_that_would_compute_wrong_stays_stopped() -> None:
    wrong = read(RECORD.replace('"wrong": 0', '"wrong": 4'))
    assert back(observed.Unit("loaded", "inactive", "enabled", False), known=wrong)[0] is None


def test_an_engine_that_runs_or_was_never_there_is_left() -> None:
    assert back(observed.Unit("loaded", "active", "enabled", False))[0] is None
    assert back(observed.Unit("not-found", "inactive", "", False))[0] is None
    assert back(observed.Unit("loaded", "inactive", "disabled", False))[0] is None
