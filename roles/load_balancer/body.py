"""Bodies: the model that a request's body names, read by njs before its node is chosen."""

import hashlib

from infra import templates

PACKAGE = "libnginx-mod-http-js"
"""njs as the distribution packages it; it enables itself in /etc/nginx/modules-enabled."""


def text() -> str:
    """Text of the script."""
    return templates.render("load_balancer/body.js.j2")


PATH = f"/etc/nginx/infra-body-{hashlib.sha256(text().encode()).hexdigest()[:8]}.js"
"""Named for its content: a configuration goes on with the script that it was proven with."""
