from dataclasses import replace

from roles.model_cache import stored
from roles.model_cache.settings import ModelCacheSettings

SHA = "0123456789abcdef" * 4
SETTINGS = ModelCacheSettings.model_validate(
    {
        "models": {"small": {"file": "a.gguf", "source": "https://host/a", "sha256": SHA}},
        "root": "/data/models",
    }
)
ANSWER = [
    "131 1763600000.123456789 98000000 444 root:root",
    f"{SHA} 131 1763600000.123456789 98000000 1763600100",
    "../store/small/0123456789abcdef",
    "0123456789abcdef",
    "older",
]
GOOD = stored.parse(ANSWER)
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
    assert (GOOD.target, GOOD.versions, GOOD.size) == (
        "../store/small/0123456789abcdef",
        ("0123456789abcdef", "older"),
        98000000,
    )


def test_an_empty_store_has_nothing() -> None:
    assert stored.parse(["", "", ""]) == stored.Stored() == stored.parse([])
    assert stored.Stored().size == 0


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
    assert not stored.is_proven(stored.Stored(), sha256=SHA)


def test_immutable_means_read_only_and_roots() -> None:
    assert stored.is_immutable(GOOD)
    assert not stored.is_immutable(replace(GOOD, mode="644"))
    assert not stored.is_immutable(replace(GOOD, owner="ubuntu:ubuntu"))


def test_the_age_of_a_proof_is_in_seconds() -> None:
    assert stored.proof_age(GOOD, now=NOW + 5) == 5
    assert stored.proof_age(stored.Stored(), now=NOW) == float("inf")


def test_a_small_file_is_hashed_at_every_check() -> None:
    assert stored.needs_hashing(GOOD, sha256=SHA, now=NOW)


def test_a_large_file_is_hashed_once_a_week() -> None:
    assert not stored.needs_hashing(LARGE, sha256=SHA, now=NOW)
    assert stored.needs_hashing(LARGE, sha256=SHA, now=NOW + stored.TRUSTED_SECONDS)


def test_a_large_file_that_was_touched_is_hashed() -> None:
    touched = replace(LARGE, identity=f"131 2 {9 * stored.GIB}")
    assert stored.needs_hashing(touched, sha256=SHA, now=NOW)


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
