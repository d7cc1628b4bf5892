"""What a drill of this node is to be like: `infra drill` finds it by its name."""

from infra.drill.plan import Driver, Hook, Plan, Sizes
from roles.rebuild_drill.settings import Hooks, RebuildDrillSettings

_USUAL_MINUTES = 60


def plan(settings: RebuildDrillSettings) -> Plan:
    """Budget, programs and sizes."""
    return Plan(
        budget_seconds=60.0 * (settings.budget_minutes or _USUAL_MINUTES),
        command=None if settings.hooks is None else _driver(settings.hooks),
        reachable_seconds=settings.reachable_seconds,
        sizes=Sizes(
            link_gbit_per_s=settings.link_gbit_per_s,
            post_seconds=settings.boot_firmware_seconds,
            install_seconds=settings.system_install_seconds,
            download_gb=settings.download_gb,
        ),
    )


def _driver(hooks: Hooks) -> Driver:
    install = None
    if hooks.install is not None:
        install = Hook(hooks.install, hooks.install_seconds)
    return Driver(
        "command",
        wipe=Hook(hooks.wipe, hooks.wipe_seconds),
        install=install,
        host_key=Hook(hooks.host_key, hooks.host_key_seconds),
    )
