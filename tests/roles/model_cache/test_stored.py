import subprocess
from dataclasses import replace
from pathlib import Path

from roles.model_cache import layout, stored
from roles.model_cache.settings import ModelCacheSettings

SHA = "0123456789abcdef" * 4
SETTINGS = ModelCacheSettings.model_validate(
    {
        "models": {"small": {"file": "a.gguf", "source": "https://host/a", "sha256": SHA}},
        "root": "/data/models",
    }
)
ANSWER = [
    "file a.gguf 131 1763600000.123456789 98000000 444 root:root "
    f"{SHA} 131 1763600000.123456789 98000000 1763600100",
    "current ../store/small/0123456789abcdef",
    "version 0123456789abcdef",
    "version older",
]
WHOLE = stored.parse(ANSWER)
GOOD = WHOLE.file("a.gguf")
LARGE = replace(
    GOOD, identity=f"131 1 {9 * stored.GIB}", proof=f"{SHA} 131 1 {9 * stored.GIB} 1763600100"
)
NOW = 1763600100.0


def test_a_stored_model_is_read() -> None:
    assert (GOOD.identity, GOOD.mode, GOOD.owner) == (
        "131 1763600000.123456789 98000000",
        "444",
        "root:root",
    )
    assert (WHOLE.target, WHOLE.versions, WHOLE.size) == (
        "../store/small/0123456789abcdef",
        ("0123456789abcdef", "older"),
        98000000,
    )


def test_an_empty_store_has_nothing() -> None:
    assert stored.parse(["file a.gguf none", "current"]) == stored.Stored() == stored.parse([])
    assert (stored.Stored().size, stored.StoredFile().size) == (0, 0)
    assert stored.Stored().file("a.gguf") == stored.StoredFile()


def test_a_file_that_was_never_proven_has_no_proof() -> None:
    found = stored.parse(["file a.gguf 131 1.5 98 644 me:me", "current ../store/small/x"])
    assert found.file("a.gguf") == stored.StoredFile("131 1.5 98", mode="644", owner="me:me")


def test_the_question_is_answered_by_a_real_store(tmp_path: Path) -> None:
    parts = {name: {"source": "/x", "sha256": SHA} for name in ("config.json", "a/w.bin")}
    settings = ModelCacheSettings.model_validate(
        {"models": {"many": {"files": parts, "revision": "r1"}}, "root": str(tmp_path)}
    )
    for path in (layout.file_of(settings, "many", "a/w.bin"), layout.current_of(settings, "many")):
        Path(path).parent.mkdir(parents=True)
    Path(layout.file_of(settings, "many", "a/w.bin")).write_bytes(b"12345")
    Path(layout.current_of(settings, "many")).symlink_to(layout.target_of(settings, "many"))
    command = stored.command(settings, "many")
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    found = stored.parse(said.stdout.splitlines())
    assert (list(found.files), found.size) == (["a/w.bin"], 5)
    assert (found.target, found.versions) == ("../store/many/r1", ("r1",))


def test_a_version_that_a_record_names_is_in_use(tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"root": str(tmp_path)})
    for version in ("one", "two", "three"):
        Path(layout.versions_of(settings, "small"), version).mkdir(parents=True)
    record = tmp_path / "infra" / "role" / "unit"
    record.parent.mkdir(parents=True)
    mount = f"type=bind,source={layout.versions_of(settings, 'small')}/two/a.gguf,target=/x"
    record.write_text(f'    --mount "{mount}"\n')
    command = stored.command(settings, "small").replace("/var/lib/infra", f"{tmp_path}/infra")
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert stored.parse(said.stdout.splitlines()).used == {"two"}


def test_a_version_in_use_stays_however_old() -> None:
    found = replace(WHOLE, versions=("0123456789abcdef", "c", "b", "a"), used=frozenset({"a"}))
    gone = stored.superfluous(found, promised="0123456789abcdef", keep_previous=1)
    assert gone == ("b",)


def test_the_questions_name_the_models_paths() -> None:
    text = stored.command(SETTINGS, "small")
    for path in ("store/small/0123456789abcdef/a.gguf", "verified/small/", "current/small"):
        assert f"/data/models/{path}" in text
    assert "/data/models/partial" in stored.leftovers_command(SETTINGS)
    assert "df" in stored.free_command(SETTINGS)


def test_a_proof_holds_for_this_very_file() -> None:
    assert stored.is_proven(GOOD, sha256=SHA)


def test_a_proof_holds_for_no_other_file_and_no_other_checksum() -> None:
    assert not stored.is_proven(
        replace(GOOD, identity="132 1763600000.123456789 98000000"), sha256=SHA
    )
    assert not stored.is_proven(GOOD, sha256="f" * 64)
    assert not stored.is_proven(replace(GOOD, proof=""), sha256=SHA)
    assert not stored.is_proven(stored.StoredFile(), sha256=SHA)


def test_immutable_means_read_only_and_roots() -> None:
    assert stored.is_immutable(GOOD)
    assert not stored.is_immutable(replace(GOOD, mode="644"))
    assert not stored.is_immutable(replace(GOOD, owner="ubuntu:ubuntu"))


def test_the_age_of_a_proof_is_in_seconds() -> None:
    assert stored.proof_age(GOOD, now=NOW + 5) == 5
    assert stored.proof_age(stored.StoredFile(), now=NOW) == float("inf")


def test_a_small_file_is_hashed_at_every_check() -> None:
    assert stored.needs_hashing(GOOD, sha256=SHA, total=GOOD.size, now=NOW)


def test_a_small_file_of_a_large_model_is_not() -> None:
    assert not stored.needs_hashing(GOOD, sha256=SHA, total=LARGE.size, now=NOW)


def test_a_large_file_is_hashed_once_a_week() -> None:
    assert not stored.needs_hashing(LARGE, sha256=SHA, total=LARGE.size, now=NOW)
    assert stored.needs_hashing(
        LARGE, sha256=SHA, total=LARGE.size, now=NOW + stored.TRUSTED_SECONDS
    )


def test_a_large_file_that_was_touched_is_hashed() -> None:
    touched = replace(LARGE, identity=f"131 2 {9 * stored.GIB}")
    assert stored.needs_hashing(touched, sha256=SHA, total=LARGE.size, now=NOW)


def superfluous(
    *versions: str, target: str = "../store/small/new", keep: int = 1
) -> tuple[str, ...]:
    found = stored.Stored(target=target, versions=versions)
    return stored.superfluous(found, promised="new", keep_previous=keep)


def test_the_newest_earlier_version_stays() -> None:
    assert superfluous("new", "b", "a") == ("a",)
    assert superfluous("new", "b", "a", keep=2) == ()


def test_the_version_in_use_stays_and_counts_as_an_earlier_one() -> None:
    assert superfluous("c", "new", "b", "a", target="../store/small/a") == ("c", "b")


def test_without_a_link_the_newest_earlier_version_stays() -> None:
    assert superfluous("b", "a", target="") == ("a",)
