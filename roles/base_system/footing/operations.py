"""Sets the clock right, and lets the host know its own name; before anything that may need them."""

import time

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra import facts
from infra.operations import Commands
from roles.base_system.footing import own_name, skew
from roles.base_system.footing.facts import UnknownName
from roles.base_system.settings import BaseSystemSettings


def apply(settings: BaseSystemSettings) -> None:
    """Make the host one whose dates and whose own name can be relied on."""
    found = host.get_fact(facts.Os)
    ahead = found.ahead if found is not None else 0.0
    wrong = skew.refusal(ahead, ours=time.time(), ntp=settings.ntp)
    if wrong is not None:
        raise PyinfraError(wrong)
    right_clock(ahead=ahead, name="Set clock")
    known_name(name="Name host in hosts file")


@operation()
def right_clock(ahead: float) -> Commands:
    """The host's clock at the control machine's time, where it was far from it."""
    if skew.is_wrong(ahead):
        yield StringCommand(skew.set_command(ahead, ours=time.time()))


@operation()
def known_name() -> Commands:
    """The host's own name in its hosts file."""
    missing = host.get_fact(UnknownName)
    if missing:
        yield StringCommand(own_name.add_command(missing))
