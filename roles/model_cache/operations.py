"""Fetches model files into the store, switches to them, and tidies up."""

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra import templates
from infra.apt import operations as apt
from infra.operations import Commands
from roles.model_cache import layout, stored
from roles.model_cache.facts import Leftovers, StoredModel
from roles.model_cache.settings import ModelCacheSettings


def apply(settings: ModelCacheSettings) -> None:
    """Hold every promised model file, verified, and nothing unfinished or long replaced."""
    parts = [part for model in settings.models.values() for part in model.parts.values()]
    if any(not part.source.startswith("/") for part in parts):
        apt.packages(wanted={"curl": None, "ca-certificates": None}, name="Install download tool")
    for model in settings.models:
        model_files(settings=settings, model=model, name="Fetch model file")
    for model in settings.models:
        current_link(settings=settings, model=model, name="Switch to promised model")
    for model in settings.models:
        bounded_versions(settings=settings, model=model, name="Remove replaced models")
    no_leftovers(settings=settings, name="Remove unfinished downloads")


@operation()
def model_files(settings: ModelCacheSettings, model: str) -> Commands:
    """The promised files in the store, checksums proven; a broken-off download goes on."""
    found = host.get_fact(StoredModel, settings=settings, model=model)
    for name, part in settings.models[model].parts.items():
        file = found.file(name)
        if stored.is_proven(file, sha256=part.sha256) and stored.is_immutable(file):
            continue
        given = (
            part.source,
            part.sha256,
            layout.file_of(settings, model, name),
            layout.proof_of(settings, model, name),
            layout.partials(settings),
            str(int(settings.keep_free_gib * stored.GIB)),
            str(settings.stall_seconds),
        )
        yield StringCommand("sh -s --", *map(QuoteString, given), _stdin=_script())


def _script() -> str:
    return templates.render("model_cache/fetch.sh.j2")


@operation()
def current_link(settings: ModelCacheSettings, model: str) -> Commands:
    """The current link on the promised version, replaced by rename."""
    target = layout.target_of(settings, model)
    if host.get_fact(StoredModel, settings=settings, model=model).target == target:
        return
    link = layout.current_of(settings, model)
    folder, _, link_name = link.rpartition("/")
    new = f"{folder}/.{link_name}.new"
    yield StringCommand(
        "mkdir -p", QuoteString(folder),
        "&& ln -sfn", QuoteString(target), QuoteString(new),
        "&& mv -T", QuoteString(new), QuoteString(link),
    )  # fmt: skip


@operation()
def bounded_versions(settings: ModelCacheSettings, model: str) -> Commands:
    """No more earlier versions of a model than are to be kept."""
    gone = stored.superfluous(
        host.get_fact(StoredModel, settings=settings, model=model),
        promised=layout.version_of(settings.models[model]),
        keep_previous=settings.keep_previous,
    )
    if gone:
        folders = [f"{layout.versions_of(settings, model)}/{version}" for version in gone]
        yield StringCommand("rm -rf --", *map(QuoteString, folders))


@operation()
def no_leftovers(settings: ModelCacheSettings) -> Commands:
    """No unfinished file that nobody has written to for a day."""
    found = host.get_fact(Leftovers, settings=settings)
    if found:
        yield StringCommand("rm -f --", *map(QuoteString, found))
