"""Operations of load_balancer."""

import shlex
from collections.abc import Callable

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from infra import operations
from infra.apt import operations as apt
from roles.load_balancer import (
    body,
    configuration,
    facts,
    keys,
    known_good,
    program,
    running,
    service,
    upstream,
)
from roles.load_balancer.program import members
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls.operations import certificates, tidy

_APPLY, _VERIFY = f"{program.PATH} apply >/dev/null", f"{program.PATH} verify"
_STUCK = (
    "nginx goes on with its old configuration (/var/log/nginx/error.log says why); "
    "if it was to listen elsewhere: systemctl restart nginx"
)


def apply(settings: LoadBalancerSettings) -> None:
    """nginx spreads requests over the site's nodes, and runs with what is promised."""
    by_client = keys.read(settings)
    wrong = keys.problems(by_client)
    if wrong:
        raise PyinfraError("; ".join(wrong))
    key_file = keys.text(by_client)
    question = configuration.digest_command(settings)
    apt.packages(wanted=dict.fromkeys(_packages(settings)), name="Install nginx")
    operations.write_file(path=service.PATH, text=service.text(), name="Limit nginx's rights")
    _nodes(settings)
    keys_written = operations.write_file(
        path=keys.PATH, text=key_file, mode="600", secret=True, name="Write API keys"
    )
    certificates(settings)
    if settings.route_by_body:
        operations.write_file(path=body.PATH, text=body.text(), name="Write how bodies are read")
    written = operations.write_file(
        path=configuration.PATH,
        text=configuration.text(settings, key_file=key_file),
        validate=configuration.VALIDATE,
        name="Write nginx configuration",
    )
    _limit_rights(settings)
    _take_up(
        settings,
        digest=configuration.digest_of(settings, key_file=key_file),
        anew=operations.changed(keys_written, written),
    )
    operations.shell(
        command=known_good.KEEP_COMMAND,
        name="Keep the proven configuration",
        _if=lambda: not _is_kept(question),
    )
    tidy(settings)


def revert(settings: LoadBalancerSettings) -> str | None:
    """nginx runs with the last proven configuration again; None when it does, or none was kept."""
    question = configuration.digest_command(settings)
    kept = host.get_fact(facts.KnownGood, running=question)
    if kept is None or kept.in_force:
        return None
    operations.shell(
        command=known_good.BRING_BACK_CONFIGURATION_COMMAND, name="Bring back nginx's configuration"
    )
    operations.shell(
        # the promised keys stay where the configuration works with them
        command=f"{configuration.VALID_COMMAND} 2>/dev/null || "
        f"{{ {known_good.BRING_BACK_KEYS_COMMAND}; }}",
        name="Bring back API keys",
    )
    operations.shell(command=_APPLY, name="Take up the nodes as they were")
    # where the good one runs already, its files are enough
    _take_up(settings, digest=kept.digest, anew=lambda: False)
    return f"nginx's configuration {kept.digest}, the last that was proven"


def _packages(settings: LoadBalancerSettings) -> tuple[str, ...]:
    more = {"openssl": settings.tls, body.PACKAGE: settings.route_by_body}
    return ("nginx", "curl", "python3", *(name for name, wanted in more.items() if wanted))


def _nodes(settings: LoadBalancerSettings) -> None:
    operations.write_file(
        path=program.PATH, text=program.text(), mode=program.MODE, name="Write rotation program"
    )
    operations.write_file(
        path=members.MEMBERS, text=upstream.members_text(settings), name="Write nodes"
    )
    operations.shell(
        command=_APPLY,
        name="Take up nodes",
        _if=lambda: not _holds(_VERIFY),
    )


def _limit_rights(settings: LoadBalancerSettings) -> None:
    def too_many() -> bool:
        ours = _holds(running.ours_command(settings))
        return ours and not _holds(service.HARDENED_COMMAND)

    operations.disrupts(
        operations.restart_unit(
            unit_name="nginx.service", name="Restart nginx with fewer rights", _if=too_many
        ),
        why="nginx is restarted with fewer rights",
    )


def _take_up(settings: LoadBalancerSettings, *, digest: str, anew: Callable[[], bool]) -> None:
    question = configuration.digest_command(settings)

    # what nginx runs with decides, not what this run wrote: an earlier one may have been killed
    def differs() -> bool:
        return host.get_fact(facts.RunningDigest, question=question) != digest

    fresh = _started(running.ours_command(settings))
    operations.unit(unit_name="nginx.service", name="Enable nginx")
    operations.reload_unit(
        unit_name="nginx.service",
        name="Reload nginx",
        _if=lambda: differs() or (anew() and not fresh()),
    )
    operations.until(
        command=f'[ "$({question})" = {shlex.quote(digest)} ] && {_VERIFY}',
        seconds=20,
        otherwise=_STUCK,
        name="Await nginx's new configuration",
    )


def _started(ours: str) -> Callable[[], bool]:
    """Whether an nginx that is not ours was restarted: no reload moves from its address to ours."""
    restarted = operations.disrupts(
        operations.restart_unit(
            unit_name="nginx.service",
            name="Restart nginx",
            _if=lambda: not _holds(ours) and _holds(running.SERVED_COMMAND),
        ),
        why="nginx is restarted",
    )
    # nobody was served: there is no turn to wait for
    started = operations.restart_unit(
        unit_name="nginx.service", name="Start nginx", _if=lambda: not _holds(ours)
    )
    return operations.changed(restarted, started)


def _holds(command: str) -> bool:
    return host.get_fact(operations.Succeeds, command=command)


def _is_kept(question: str) -> bool:
    kept = host.get_fact(facts.KnownGood, running=question)
    return kept is not None and kept.current
