"""Where a model's files lie: the store, the current links, what is being fetched."""

from roles.model_cache.settings import ModelCacheSettings, ModelFile


def version_of(model: ModelFile) -> str:
    """Name of a version's folder: the revision, else the checksum's first 16 digits."""
    return model.revision or model.digest[:16]


def folder_of(settings: ModelCacheSettings, name: str) -> str:
    """Immutable folder of a model's promised version; KeyError if none."""
    return f"{versions_of(settings, name)}/{version_of(settings.models[name])}"


def path_of(settings: ModelCacheSettings, name: str) -> str:
    """Path that an engine mounts: a model's only file, or the folder of several; KeyError if none.

    It is another one for another version.
    """
    only = settings.models[name].file
    return folder_of(settings, name) if only is None else file_of(settings, name, only)


def file_of(settings: ModelCacheSettings, name: str, file: str) -> str:
    """Path of one file of a model's promised version in the store."""
    return f"{folder_of(settings, name)}/{file}"


def versions_of(settings: ModelCacheSettings, name: str) -> str:
    """Folder of all versions of a model."""
    return f"{settings.root}/store/{name}"


def current_of(settings: ModelCacheSettings, name: str) -> str:
    """Link to the folder of the version in use."""
    return f"{settings.root}/current/{name}"


def target_of(settings: ModelCacheSettings, name: str) -> str:
    """What that link says: relative, so that the root may be mounted elsewhere."""
    return f"../store/{name}/{version_of(settings.models[name])}"


def proof_of(settings: ModelCacheSettings, name: str, file: str) -> str:
    """Record of the last time a file's checksum was computed."""
    model = settings.models[name]
    record = f"{settings.root}/verified/{name}/{version_of(model)}"
    return record if model.files is None else f"{record}.files/{file}"


def partials(settings: ModelCacheSettings) -> str:
    """Folder of files that are being fetched, named for their checksum."""
    return f"{settings.root}/partial"
