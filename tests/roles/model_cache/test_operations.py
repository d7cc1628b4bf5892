from dataclasses import replace

import pytest

from infra import facts, observed
from infra.testing import Rehearsal, rehearse
from roles.model_cache import layout, stored
from roles.model_cache.facts import Leftovers, StoredModel
from roles.model_cache.operations import apply
from roles.model_cache.settings import ModelCacheSettings

SHA = "0123456789abcdef" * 4
SETTINGS = ModelCacheSettings.model_validate(
    {
        "models": {
            "small": {"file": "a.gguf", "source": "https://host/a", "sha256": SHA},
            "local": {"file": "b.gguf", "source": "/nas/b;c", "sha256": SHA, "revision": "v2"},
        }
    }
)


FILE = stored.StoredFile(identity="1 2 3", mode="444", owner="root:root", proof=f"{SHA} 1 2 3 4")


def good(settings: ModelCacheSettings, model: str) -> stored.Stored:
    return stored.Stored(
        files=dict.fromkeys(settings.models[model].parts, FILE),
        target=layout.target_of(settings, model),
        versions=(layout.version_of(settings.models[model]),),
    )


TOOLS = {name: observed.Package(version="1", held=False) for name in ("curl", "ca-certificates")}
GOOD = {StoredModel: good, facts.Packages: TOOLS}


def texts(rehearsal: Rehearsal) -> list[str]:
    return [command.text for command in rehearsal.commands]


def test_every_model_is_fetched_and_switched_to_on_a_bare_host() -> None:
    done = rehearse(apply, SETTINGS)
    assert done.error is None
    assert done.changed.count("Fetch model file") == 2
    fetch = [command for command in done.commands if command.text.startswith("sh -s --")]
    assert f"{SHA} /srv/models/store/small/0123456789abcdef/a.gguf" in fetch[0].text
    assert "'/nas/b;c'" in fetch[1].text and "1073741824" in fetch[1].text
    assert "flock" in fetch[0].stdin
    switch = [text for text in texts(done) if "mv -T" in text]
    assert "ln -sfn ../store/local/v2 /srv/models/current/.local.new" in switch[1]


def test_a_second_run_changes_nothing() -> None:
    done = rehearse(apply, SETTINGS, facts=GOOD)
    assert (done.error, done.commands) == (None, ())


@pytest.mark.parametrize(
    "fault", [{"proof": ""}, {"mode": "644"}, {"owner": "a:a"}, {"identity": "9 9 9"}]
)
def test_a_file_that_is_not_proven_or_not_immutable_is_looked_at_again(
    fault: dict[str, str],
) -> None:
    def faulty(settings: ModelCacheSettings, model: str) -> stored.Stored:
        files = dict.fromkeys(settings.models[model].parts, replace(FILE, **fault))
        return replace(good(settings, model), files=files)

    found = {**GOOD, StoredModel: faulty}
    assert rehearse(apply, SETTINGS, facts=found).changed == ("Fetch model file",) * 2


def test_old_versions_and_leftovers_go() -> None:
    def crowded(settings: ModelCacheSettings, model: str) -> stored.Stored:
        found = good(settings, model)
        return replace(found, versions=(*found.versions, "b", "a"))

    left = ("/srv/models/partial/x",)
    done = rehearse(apply, SETTINGS, facts={**GOOD, StoredModel: crowded, Leftovers: left})
    assert texts(done) == [
        "rm -rf -- /srv/models/store/small/a",
        "rm -rf -- /srv/models/store/local/a",
        "rm -f -- /srv/models/partial/x",
    ]


def test_files_of_the_host_need_no_download_tool() -> None:
    local = ModelCacheSettings(models={"local": SETTINGS.models["local"]})
    assert "Install download tool" not in rehearse(apply, local).operations


PART = {"source": "https://host/a", "sha256": SHA}
SEVERAL = ModelCacheSettings.model_validate(
    {"models": {"many": {"files": {"config.json": PART, "a/w.bin": PART}, "revision": "r1"}}}
)


def test_every_file_of_a_model_is_fetched_before_the_switch() -> None:
    done = rehearse(apply, SEVERAL)
    at = [text for text in texts(done) if text.startswith("sh -s --") or "mv -T" in text]
    assert "/srv/models/store/many/r1/config.json " in at[0]
    assert " /srv/models/verified/many/r1.files/config.json " in at[0]
    assert "/srv/models/store/many/r1/a/w.bin " in at[1]
    assert "../store/many/r1" in at[2]
    assert rehearse(apply, SEVERAL, facts=GOOD).commands == ()


def test_only_the_file_that_is_lacking_is_fetched() -> None:
    def lacking(settings: ModelCacheSettings, model: str) -> stored.Stored:
        return replace(good(settings, model), files={"config.json": FILE})

    done = rehearse(apply, SEVERAL, facts={**GOOD, StoredModel: lacking})
    [command] = done.commands
    assert "/a/w.bin" in command.text
