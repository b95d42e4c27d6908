"""The certificates that every HTTP client of the program trusts: those of the system, or of SSL_CERT_FILE.

Git and PostgreSQL have settings of their own (``GIT_SSL_CAINFO``, ``PGSSLROOTCERT``).
"""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpx2

from agent.errors import ConfigError


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one context of all connections, made once: it reads hundreds of certificates.

    Raises ConfigError for a SSL_CERT_FILE that cannot be read.
    """
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        given = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
        raise ConfigError(
            f"certificates cannot be read from {given or 'the system'}: {error.strerror}; "
            "let SSL_CERT_FILE name a readable PEM file"
        ) from None
