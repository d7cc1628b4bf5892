from pathlib import Path

from infra.lab.mounts import mounted

TABLE = """\
/dev/vda / ext4 rw 0 0
infra-lab /lab/hosts tmpfs rw 0 0
infra-lab /lab/hosts/a/root overlay rw 0 0
infra-lab /lab/hosts/a\\040b/root overlay rw 0 0
tmpfs /lab/hosts-of-others tmpfs rw 0 0
"""


def test_mounts_come_last_first_so_that_they_can_be_taken_off_in_order() -> None:
    found = mounted(TABLE, under=Path("/lab/hosts"))
    assert found == (
        Path("/lab/hosts/a b/root"),
        Path("/lab/hosts/a/root"),
        Path("/lab/hosts"),
    )


def test_a_folder_whose_name_only_begins_alike_is_not_below() -> None:
    assert Path("/lab/hosts-of-others") not in mounted(TABLE, under=Path("/lab/hosts"))
