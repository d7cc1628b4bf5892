"""What is true of a host that holds its promised models."""

import shlex
import time

from testinfra.host import Host

from roles.model_cache import layout, stored
from roles.model_cache.settings import ModelCacheSettings


def check_models_have_the_promised_checksum(host: Host, settings: ModelCacheSettings) -> None:
    """Every model file's content is the promised one (of models above 8 GiB: as of this week)."""
    for name, model in settings.models.items():
        found = _stored(host, settings, name)
        for file, part in model.parts.items():
            path, there = layout.file_of(settings, name, file), found.file(file)
            assert there.identity, f"{path}: is not there"
            if stored.needs_hashing(there, sha256=part.sha256, total=found.size, now=time.time()):
                seen = host.run(f"sha256sum <{shlex.quote(path)}").stdout.split(" ")[0]
                assert seen == part.sha256, f"{path}: has sha256 {seen}, promised {part.sha256}"


def check_current_models_are_promised(host: Host, settings: ModelCacheSettings) -> None:
    """Every model's current link points to the promised version."""
    for name in settings.models:
        target = _stored(host, settings, name).target
        promised = layout.target_of(settings, name)
        assert target == promised, (
            f"{layout.current_of(settings, name)}: points to {target or 'nothing'}, "
            f"promised {promised}"
        )


def check_model_files_are_immutable(host: Host, settings: ModelCacheSettings) -> None:
    """Every model file belongs to root and can be written by nobody."""
    for name in settings.models:
        for file, found in _stored(host, settings, name).files.items():
            assert stored.is_immutable(found), (
                f"{layout.file_of(settings, name, file)}: {found.owner} {found.mode}, "
                "not root:root 444"
            )


def check_downloads_are_finished(host: Host, settings: ModelCacheSettings) -> None:
    """No unfinished download has lain for more than a day."""
    found = host.run(stored.leftovers_command(settings)).stdout.splitlines()
    assert not found, f"{', '.join(found)}: unfinished for more than a day"


def check_model_disk_has_room(host: Host, settings: ModelCacheSettings) -> None:
    """The disk of the models has as much free space as must stay free."""
    answer = host.run(stored.free_command(settings)).stdout.strip()
    assert answer.isdigit(), f"{settings.root}: is not there"
    free = int(answer) / stored.GIB
    assert free >= settings.keep_free_gib, (
        f"{settings.root}: {free:.1f} GiB free, promised {settings.keep_free_gib:.1f}"
    )


def _stored(host: Host, settings: ModelCacheSettings, name: str) -> stored.Stored:
    return stored.parse(host.run(stored.command(settings, name)).stdout.splitlines())
