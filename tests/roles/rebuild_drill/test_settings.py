"""What an inventory may say of drills."""

import pytest
from pydantic import ValidationError

from infra import role
from roles.rebuild_drill.settings import Hooks, RebuildDrillSettings


def test_there_is_a_policy_only_where_one_is_given() -> None:
    assert not RebuildDrillSettings().has_policy
    assert RebuildDrillSettings(max_age_days=90).has_policy


def test_a_program_has_a_name() -> None:
    with pytest.raises(ValidationError):
        Hooks(wipe=(), host_key=("key",))


def test_downloads_are_of_roles_that_exist() -> None:
    assert set(RebuildDrillSettings().download_gb) <= set(role.names())


def test_records_keep_no_node_out_of_rotation() -> None:
    assert not role.load("rebuild_drill").gates
