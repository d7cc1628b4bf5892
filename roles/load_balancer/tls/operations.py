"""Operations about the balancer's certificate."""

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from infra import facts, operations, secrets
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate, renewal, trust
from roles.load_balancer.tls import key as keys


def certificates(settings: LoadBalancerSettings) -> None:
    """The certificate that nginx is told of lies there, and is taken up when it is renewed."""
    if settings.certificate is not None and settings.certificate_key is not None:
        _given(settings, key=secrets.read(settings.certificate_key))
    if settings.self_signed:
        _own(settings)
    _watch(settings)


def tidy(settings: LoadBalancerSettings) -> None:
    """Of the certificates that deploys brought, only the one that is served lies there."""
    at = certificate.places(settings)
    if settings.certificate is None or at is None:
        return
    brought = rf"{certificate.FOLDER}/infra-[0-9a-f]{{12}}\.(pem|key)"
    old = (
        f"find {certificate.FOLDER} -maxdepth 1 -regextype posix-extended -regex '{brought}' "
        f"! -path {at.certificate} ! -path {at.key}"
    )
    operations.shell(
        command=f"{old} -delete",
        name="Remove certificates that are served no more",
        _if=lambda: host.get_fact(operations.Succeeds, command=f"{old} | grep -q ."),
    )


def _given(settings: LoadBalancerSettings, *, key: str) -> None:
    at = certificate.places(settings)
    if at is not None:
        text = certificate.text_of(settings)
        wrong = keys.problem(key, of=text)
        if wrong is not None:  # nginx reads it at its next start alone, and would not come up
            raise PyinfraError(f"load_balancer.certificate_key {wrong} ({settings.certificate})")
        operations.write_file(path=at.certificate, text=text, name="Write certificate")
        operations.write_file(
            path=at.key, text=f"{key}\n", mode="600", secret=True, name="Write certificate's key"
        )


def _own(settings: LoadBalancerSettings) -> None:
    name = settings.reached_at or ""
    lasts = certificate.lasts_command(name)
    operations.shell(
        command=certificate.make_command(name),
        name="Make a certificate",
        _if=lambda: not host.get_fact(operations.Succeeds, command=lasts),
    )
    operations.shell(
        command=f"echo {certificate.OWN} holds no certificate >&2; false",
        name="Read the certificate",
        # evaluated when the certificate is there: the last words are asked by it
        _if=lambda: not trust.learn(settings, host.get_fact(facts.FileText, path=certificate.OWN)),
    )


def _watch(settings: LoadBalancerSettings) -> None:
    if not renewal.watched(settings):
        if settings.tls:
            _watch_no_more()
        return
    operations.write_file(
        path=renewal.SERVICE_FILE, text=renewal.service_text(), name="Write certificate's reload"
    )
    written = operations.write_file(
        path=renewal.PATH_FILE, text=renewal.path_text(settings), name="Write certificate's watch"
    )
    unit = f"{renewal.UNIT}.path"
    operations.unit(unit_name=unit, name="Enable certificate's watch")
    operations.restart_unit(
        unit_name=unit, name="Watch the certificate", _if=operations.changed(written)
    )


def _watch_no_more() -> None:
    """Nothing renews a certificate on the host any more."""
    there = f"[ -e {renewal.PATH_FILE} ]"
    operations.shell(
        command=f"systemctl disable --now {renewal.UNIT}.path && "
        f"rm -f {renewal.PATH_FILE} {renewal.SERVICE_FILE} && systemctl daemon-reload",
        name="Watch no certificate",
        _if=lambda: host.get_fact(operations.Succeeds, command=there),
    )
