"""Checks of load_balancer."""

import hashlib
import json
import uuid
from datetime import datetime, timezone

import pytest
from testinfra.host import Host

from roles.load_balancer import (
    configuration,
    held,
    keys,
    program,
    requests,
    service,
    upstream,
)
from roles.load_balancer.program import members, state
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate


def check_nginx_runs_and_starts_with_the_host(host: Host, settings: LoadBalancerSettings) -> None:
    """nginx is running, is started at every boot and again after a crash."""
    said = host.run("systemctl show -p ActiveState,UnitFileState,Restart nginx.service").stdout
    found = dict(line.split("=", 1) for line in said.splitlines())
    wanted = {"ActiveState": "active", "UnitFileState": "enabled", "Restart": "on-failure"}
    assert found == wanted, f"nginx.service has {found}, promised {wanted}"


def check_configuration_is_valid(host: Host, settings: LoadBalancerSettings) -> None:
    """The configuration on disk is one that nginx accepts."""
    said = host.run(configuration.VALID_COMMAND)
    assert said.rc == 0, f"nginx -t: {said.stderr.strip()}"


def check_upstreams_are_the_nodes_of_the_site(host: Host, settings: LoadBalancerSettings) -> None:
    """The pools are made of the nodes of this inventory that serve, and of no other."""
    said = host.run(f"cat {members.MEMBERS} 2>/dev/null; echo; {upstream.COMMAND}").stdout
    found, promised = upstream.parse(said), upstream.promised(settings)
    assert found == promised, f"upstreams are {found}, promised {promised}"
    wanted = upstream.members_text(settings)
    assert said.startswith(wanted), f"{members.MEMBERS} is not the promised one; deploy again"


def check_rotation_program_is_the_promised_one(host: Host, settings: LoadBalancerSettings) -> None:
    """The program that takes nodes out and back is the promised one, and only root can write it."""
    found = host.run(held.PROGRAM_COMMAND).stdout.split()
    assert found[:2] == [program.MODE, "root"], f"{program.PATH} is {' '.join(found[:2])}"
    wanted = hashlib.sha256(program.text().encode()).hexdigest()
    assert found[2] == wanted, f"{program.PATH} is another program; deploy again"


def check_rotation_state_can_be_read(host: Host, settings: LoadBalancerSettings) -> None:
    """The file that says which nodes are held is root's alone to write, and whole."""
    said = host.run(held.STATE_COMMAND)
    rights, _, text = said.stdout.partition("\n")
    assert said.rc == 0, f"{members.STATE} is not there"
    assert rights == "644 root", f"{members.STATE} is {rights}, not 644 root"
    try:
        state.parse_state(text)
    except ValueError as problem:
        raise AssertionError(f"{members.STATE} cannot be read: {problem}") from problem


def check_nginx_sends_requests_where_rotation_says(
    host: Host, settings: LoadBalancerSettings
) -> None:
    """nginx runs with the nodes that rotation asks for: those that are held get nothing."""
    found = held.parse_on_host(host.run(held.on_host_command(settings.status_port)).stdout)
    assert not found.problems(), "; ".join(found.problems())


def check_nginx_has_few_rights(host: Host, settings: LoadBalancerSettings) -> None:
    """The running nginx has the rights that it needs to serve, and no others."""
    found = service.too_many_rights(host.run(service.RIGHTS_COMMAND).stdout)
    assert not found, f"nginx: {'; '.join(found)}; systemctl restart nginx when it is quiet"


def check_nginx_runs_what_is_on_disk(host: Host, settings: LoadBalancerSettings) -> None:
    """nginx has taken up the configuration on its disk, and that is the promised one."""
    question = configuration.digest_command(settings)
    on_disk = configuration.DIGEST_ON_DISK_COMMAND
    said = host.run(f"{question}; echo /; {on_disk}").stdout
    running, _, disk = (part.strip() for part in said.partition("/"))
    key_file = keys.text(keys.read(settings))
    promised = configuration.digest_of(settings, key_file=key_file)
    assert running == disk, f"runs with {running or 'something else'}, on disk is {disk}; reload it"
    assert disk == promised, f"configuration is {disk}, promised is {promised}"


def check_clients_reach_it_as_promised(host: Host, settings: LoadBalancerSettings) -> None:
    """Clients reach it by the promised address: where that is HTTPS, by a certificate that lasts.

    It is the promised one, is for that address, and is valid for two weeks more.
    """
    if settings.tls:
        shown = host.run(requests.served_certificate(settings)).stdout
        now = datetime.now(timezone.utc)
        found = certificate.problems(shown, name=settings.reached_at or "", now=now)
        there = host.run(requests.promised_certificate(settings)).stdout
        promised = certificate.text_of(settings) or there
        if not found and certificate.fingerprint(shown) != certificate.fingerprint(promised):
            found = ["is not the promised one, which nginx has not taken up"]
        assert not found, f"the certificate that clients are shown {'; '.join(found)}"
    status = host.run(requests.health(settings)).stdout.strip()
    assert status == "200", f"{settings.base_url.removesuffix('/v1')}/health answered {status}"


def check_requests_without_a_key_are_refused(host: Host, settings: LoadBalancerSettings) -> None:
    """A request without an API key is refused."""
    found = host.run(requests.status_without_key(settings)).stdout.strip()
    assert found == "401", f"answered with status {found}, not 401"


def check_wrong_keys_are_refused(host: Host, settings: LoadBalancerSettings) -> None:
    """A request with a wrong API key is refused."""
    found = host.run(requests.status_with_wrong_key(settings)).stdout.strip()
    assert found == "401", f"answered with status {found}, not 401"


def check_keys_are_for_root_alone(host: Host, settings: LoadBalancerSettings) -> None:
    """The keys on the host are the promised ones, and only root can read them."""
    found = host.run(f"stat -c '%a %U' {keys.PATH} && sha256sum <{keys.PATH}").stdout.split()
    assert found[:2] == ["600", "root"], f"{keys.PATH} is {' '.join(found[:2])}, not 600 root"
    wanted = hashlib.sha256(keys.text(keys.read(settings)).encode()).hexdigest()
    assert found[2] == wanted, f"{keys.PATH} holds other keys than those promised; deploy again"


def check_completion_passes(host: Host, settings: LoadBalancerSettings) -> None:
    """A chat completion comes back through the balancer."""
    said = host.run(requests.completion(settings))
    assert said.rc == 0, f"no completion: {(said.stdout or said.stderr).strip()[:300]}"
    assert json.loads(said.stdout).get("choices"), f"no choice in {said.stdout[:300]}"


def check_every_node_answers_the_balancer(host: Host, settings: LoadBalancerSettings) -> None:
    """Every node that is in rotation is healthy as seen from the balancer."""
    on_host = held.on_host_command(settings.status_port)
    said = host.run(f"{requests.health_of_targets(settings)}; echo /; {on_host}").stdout
    answers, _, rest = said.partition("\n/\n")
    found = dict(line.split() for line in answers.splitlines())
    assert len(found) == len(settings.targets), f"asked {settings.targets}, heard {found}"
    out = held.parse_on_host(rest).held()
    ill = {node: status for node, status in found.items() if status != "200" and node not in out}
    assert not ill, f"status of /health by node: {ill}; 000 is no connection"
    if set(found) <= out:
        pytest.skip("every node is held out of rotation")


def check_access_log_tells_of_every_request(host: Host, settings: LoadBalancerSettings) -> None:
    """Every request leaves a line of JSON: who, what, where to, how long, how it ended."""
    request_id = f"infra-check-{uuid.uuid4().hex[:12]}"
    said = host.run(requests.logged(settings, request_id=request_id)).stdout
    assert said, f"{configuration.LOG} has no line of the request {request_id}"
    line = json.loads(said.splitlines()[-1])
    missing = [name for name, _ in configuration.FIELDS if name not in line]
    assert not missing, f"{configuration.LOG} lacks {', '.join(missing)}"
    found = (line["client"], line["prompt_version"])
    wanted = (next(iter(settings.api_keys)), "infra-check")
    assert found == wanted, f"client and prompt version are {found} in the log, sent were {wanted}"
