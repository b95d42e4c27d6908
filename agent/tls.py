"""The certificates that every connection of the program trusts: those of the system, or of SSL_CERT_FILE."""

from __future__ import annotations

import ssl
from functools import cache

import httpx2


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one context of all connections, made once: it reads hundreds of certificates."""
    return httpx2.create_ssl_context()
