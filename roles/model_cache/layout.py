"""Where a model's files lie: the store, the current links, what is being fetched."""

from roles.model_cache.settings import ModelCacheSettings, ModelFile


def version_of(model: ModelFile) -> str:
    """Name of a version's folder: the revision, else the checksum's first 16 digits."""
    return model.revision or model.sha256[:16]


def folder_of(settings: ModelCacheSettings, name: str) -> str:
    """Immutable folder of a model's promised version: what an engine mounts; KeyError if none."""
    return f"{versions_of(settings, name)}/{version_of(settings.models[name])}"


def path_of(settings: ModelCacheSettings, name: str) -> str:
    """Path of a model's promised file in the store: another one for another version."""
    return f"{folder_of(settings, name)}/{settings.models[name].file}"


def versions_of(settings: ModelCacheSettings, name: str) -> str:
    """Folder of all versions of a model."""
    return f"{settings.root}/store/{name}"


def current_of(settings: ModelCacheSettings, name: str) -> str:
    """Link to the folder of the version in use."""
    return f"{settings.root}/current/{name}"


def target_of(settings: ModelCacheSettings, name: str) -> str:
    """What that link says: relative, so that the root may be mounted elsewhere."""
    return f"../store/{name}/{version_of(settings.models[name])}"


def proof_of(settings: ModelCacheSettings, name: str) -> str:
    """Record of the last time the file's checksum was computed."""
    return f"{settings.root}/verified/{name}/{version_of(settings.models[name])}"


def partials(settings: ModelCacheSettings) -> str:
    """Folder of files that are being fetched, named for their checksum."""
    return f"{settings.root}/partial"
