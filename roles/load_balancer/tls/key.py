"""A certificate's private key: whether nginx can read it, and whether it is that certificate's."""

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from roles.load_balancer.tls import certificate

# openssl writes a curve's parameters before the key
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.S)


def problem(text: str, *, of: str) -> str | None:
    """Why a text is not the key `of` the first certificate in another; None when it is.

    The sentence never holds the key. ValueError when there is no certificate.
    """
    found = _BLOCK.search(text)
    if found is None:
        return "is no private key in PEM"
    try:
        public = load_pem_private_key(found[0].encode(), password=None).public_key()
    except TypeError:
        return "is under a passphrase, which nobody tells nginx; give the key without one"
    except UnsupportedAlgorithm:  # of a kind that nginx may know: it judges it
        return None
    except ValueError:
        return "is no private key in PEM"
    own = certificate.first_of(of).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    same = public.public_bytes(*form) == own.public_bytes(*form)
    return None if same else "is the key of another certificate"
