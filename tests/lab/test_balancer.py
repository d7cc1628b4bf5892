"""HTTPS, renewal and limits of a balancer, as an unchanged OpenAI SDK sees them."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from labhosts import ADDRESS, INVENTORY, LAB, Ended, Infra, Shell

pytestmark = pytest.mark.slow

BALANCER = "balancer-1"
KEPT = "/etc/letsencrypt"
RENEW = """
set -e
a={kept}/archive/llm; l={kept}/live/llm; mkdir -p $a $l
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=llm \
  -addext subjectAltName=IP:{address} -keyout $a/privkey{n}.pem -out $a/fullchain{n}.pem 2>/dev/null
for f in fullchain privkey; do
  rm -f $l/$f.pem; ln -s ../../archive/llm/${{f}}{n}.pem $l/$f.pem
done
cat $l/fullchain.pem
"""
"""Writes a certificate and moves the links to it, certificate first, as certbot does."""
SERVED = """
want=$(openssl x509 -in {kept}/live/llm/fullchain.pem -noout -fingerprint)
end=$(( $(date +%s) + 30 ))
until [ "$want" = "$(timeout 5 openssl s_client -connect {address}:443 </dev/null 2>/dev/null |
  openssl x509 -noout -fingerprint)" ]; do [ $(date +%s) -lt $end ]; sleep 0.2; done
"""
"""Succeeds when nginx shows the certificate that lies there, within half a minute."""


@pytest.fixture
def changed(deployed: Ended, infra: Infra, tmp_path: Path) -> Iterator[Path]:
    """A place for an inventory whose balancer is unlike the lab's; in the end it is as before."""
    yield tmp_path / "lab.py"
    back = infra("deploy", str(INVENTORY), "--limit", BALANCER)
    assert back.code == 0, back.out + back.err


def written(path: Path, more: str) -> Path:
    text = INVENTORY.read_text()
    assert '"load_balancer": {' in text
    path.write_text(text.replace('"load_balancer": {', f'"load_balancer": {{{more}, '))
    lock = INVENTORY.with_suffix(".lock.yaml")
    path.with_suffix(".lock.yaml").write_text(lock.read_text())
    return path


def client(certificate: str) -> openai.OpenAI:
    """The SDK, which takes this certificate and those of the machine's roots."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(cadata=certificate)
    # the library has moved to another client of its own between its versions
    over = getattr(openai, "DefaultHttpx2Client", None) or openai.DefaultHttpxClient
    return openai.OpenAI(
        base_url=f"https://{ADDRESS[BALANCER]}/v1",
        api_key=(LAB / "api_key").read_text().strip(),
        http_client=over(verify=trust),
        max_retries=0,
        timeout=60,
    )


QUESTION: dict[str, Any] = {
    "model": "smollm2-135m",
    "messages": [{"role": "user", "content": "Count to a hundred."}],
}


def ask(asked: openai.OpenAI) -> str:
    said = asked.chat.completions.create(**QUESTION, max_tokens=4)
    return str(said.choices[0].message.content)


def test_it_speaks_https_alone_and_bounds_its_clients(
    infra: Infra, shell: Shell, changed: Path
) -> None:
    own = written(changed, '"self_signed": True, "client_requests": 1')
    done = infra("deploy", str(own), "--limit", BALANCER)
    assert done.code == 0, done.out + done.err
    assert f"through https://{ADDRESS[BALANCER]}/v1" in done.out
    with client(shell(BALANCER, "cat /etc/nginx/infra-own.pem")) as asked:
        assert ask(asked)
        with asked.chat.completions.create(**QUESTION, max_tokens=400, stream=True) as stream:
            next(iter(stream))
            with pytest.raises(openai.RateLimitError) as refused:
                ask(asked)
    assert refused.value.code == "rate_limit_exceeded"
    assert int(refused.value.response.headers["retry-after"]) in (1, 2, 3)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as plain:
        direct.open(f"http://{ADDRESS[BALANCER]}:443/health", timeout=10)
    with plain.value as said:
        assert (said.code, b"https_required" in said.read()) == (400, True)
    checked = infra("check", str(own), "--limit", BALANCER)
    assert checked.json["failed"] == 0, checked.out


def test_a_renewed_certificate_is_taken_up_without_a_deploy(
    infra: Infra, shell: Shell, changed: Path
) -> None:
    names = {"kept": KEPT, "address": ADDRESS[BALANCER]}
    first = shell(BALANCER, RENEW.format(n=1, **names))
    (changed.parent / "first.pem").write_text(first)
    live = f"{KEPT}/live/llm"
    more = f'"certificate_path": "{live}/fullchain.pem", '
    more += f'"certificate_key_path": "{live}/privkey.pem"'
    trusting = {"SSL_CERT_FILE": str(changed.parent / "first.pem")}
    kept = written(changed, more)
    done = infra("deploy", str(kept), "--limit", BALANCER, env=trusting)
    assert done.code == 0, done.out + done.err
    for number in (2, 3):
        renewed = shell(BALANCER, RENEW.format(n=number, **names))
        shell(BALANCER, SERVED.format(**names))
        with client(renewed) as asked:
            assert ask(asked)
    again = infra("deploy", str(kept), "--limit", BALANCER, "--role", "load_balancer", env=trusting)
    assert {node["changed"] for node in again.json["nodes"]} == {0}, again.out
