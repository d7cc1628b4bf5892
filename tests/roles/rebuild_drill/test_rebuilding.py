"""What the settings mean for a drill."""

from infra.drill.plan import Hook
from roles.rebuild_drill.rebuilding import plan
from roles.rebuild_drill.settings import Hooks, RebuildDrillSettings


def test_hooks_become_programs_with_their_time() -> None:
    hooks = Hooks(wipe=("maas", "release"), host_key=("maas", "key"), install=("maas", "deploy"))
    command = plan(RebuildDrillSettings(hooks=hooks)).command
    assert command is not None
    assert command.wipe == Hook(("maas", "release"), 900)
    assert command.install == Hook(("maas", "deploy"), 3600)
    assert command.host_key == Hook(("maas", "key"), 120)


def test_sizes_and_speeds_reach_the_estimate() -> None:
    sizes = plan(RebuildDrillSettings(link_gbit_per_s=10, boot_firmware_seconds=240)).sizes
    assert (sizes.link_gbit_per_s, sizes.post_seconds) == (10, 240)
    assert sizes.download_gb["inference_engine"] == 10.0
