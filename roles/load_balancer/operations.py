"""Operations of load_balancer."""

import shlex

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from infra import operations, secrets, templates
from infra.apt import operations as apt
from roles.load_balancer import configuration, facts, keys
from roles.load_balancer.settings import LoadBalancerSettings


def apply(settings: LoadBalancerSettings) -> None:
    """nginx spreads requests over the site's nodes, and runs with what is promised."""
    by_client = {client: secrets.read(at) for client, at in settings.api_keys.items()}
    wrong = keys.problems(by_client)
    if wrong:
        raise PyinfraError("; ".join(wrong))
    key_file = keys.text(by_client)
    apt.packages(wanted={"nginx": None, "curl": None}, name="Install nginx")
    operations.write_file(
        path="/etc/systemd/system/nginx.service.d/infra.conf",
        text=templates.render("load_balancer/restart.conf.j2"),
        name="Let nginx restart by itself",
    )
    operations.write_file(
        path=keys.PATH, text=key_file, mode="600", secret=True, name="Write API keys"
    )
    operations.write_file(
        path=configuration.PATH,
        text=configuration.text(settings, key_file=key_file),
        validate=configuration.VALIDATE,
        name="Write nginx configuration",
    )
    _take_up(settings, digest=configuration.digest_of(settings, key_file=key_file))


def _take_up(settings: LoadBalancerSettings, *, digest: str) -> None:
    # what nginx runs with decides, not what this run wrote: an earlier one may have been killed
    question = configuration.digest_command(settings)

    def running() -> str:
        return host.get_fact(facts.RunningDigest, question=question)

    # a reload cannot move from another's listening address, e.g. the package's own, to ours
    operations.restart_unit(
        unit_name="nginx.service", name="Restart nginx", _if=lambda: running() == ""
    )
    operations.unit(unit_name="nginx.service", name="Enable nginx")
    operations.reload_unit(
        unit_name="nginx.service", name="Reload nginx", _if=lambda: running() != digest
    )
    operations.until(
        command=f'[ "$({question})" = {shlex.quote(digest)} ]',
        seconds=20,
        otherwise="nginx goes on with its old configuration (/var/log/nginx/error.log says why); "
        "if it was to listen elsewhere: systemctl restart nginx",
        name="Await nginx's new configuration",
    )
