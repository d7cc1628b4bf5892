"""Model files on local disk: verified, immutable, switched by rename."""

from infra.role import Role
from roles.model_cache.settings import ModelCacheSettings

ROLE = Role("model_cache", settings=ModelCacheSettings)
