import hashlib

from roles.load_balancer import body


def test_the_scripts_name_tells_its_content() -> None:
    assert hashlib.sha256(body.text().encode()).hexdigest()[:8] in body.PATH
    assert "internalRedirect('@engine')" in body.text()
