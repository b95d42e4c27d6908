"""Serves the review page to one person on this machine, and to no other page open in that person's browser.

Another site can make the browser send requests here. It does not know the token in our address, its requests carry its
own ``Origin``, and with a name of its own pointed at 127.0.0.1 (DNS rebinding) also its own ``Host``. See
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import hmac
import secrets
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from agent.errors import ConfigError

ADDRESS: Final = "127.0.0.1"
MAX_FORM_BYTES: Final = 65_536
FORM_TYPE: Final = "application/x-www-form-urlencoded"


class Site(Protocol):
    """What is served: pages to show, and forms to act on."""

    def show(self, path: str, *, token: str, form_token: str, nonce: str) -> str | None:
        """Return the HTML of a page, or None when there is no such page. Raises ValueError, OSError.

        ``token`` belongs in the query of every link, ``form_token`` in every form, ``nonce`` on the style.
        """

    def act(self, path: str, form: Mapping[str, list[str]]) -> str:
        """Do what a form asks; return the path (and fragment) to show next. Raises ValueError, OSError."""


class ReviewServer(ThreadingMixIn, TCPServer):
    """Listens on the loopback from the moment it is made. ``url`` is the only address that opens it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, site: Site, port: int) -> None:
        """Port 0 takes any free one. Raises ConfigError when the port cannot be had."""
        self.site = site
        self.token = secrets.token_urlsafe(32)
        self.form_token = secrets.token_urlsafe(32)
        if port and not 1024 <= port <= 65535:
            raise ConfigError(f"--port {port}: give a port from 1024 to 65535, or 0 for any free one")
        try:
            super().__init__((ADDRESS, port), _Request)
        except OSError as error:
            raise ConfigError(f"--port {port}: {error.strerror}; give another, or 0 for any free one") from None
        self.hosts = tuple(f"{name}:{self.server_address[1]}" for name in (ADDRESS, "localhost"))

    @property
    def url(self) -> str:
        return f"http://{self.hosts[0]}/?{urlencode({'token': self.token})}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that hung up; anything else is a bug and shows its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Request(BaseHTTPRequestHandler):
    """One request; HTTP/1.0, so that there is one per connection."""

    server: ReviewServer
    timeout = 30  # seconds: a browser may open a connection ahead and leave it
    server_version, sys_version = "triage", ""

    def setup(self) -> None:
        super().setup()
        self._nonce = secrets.token_urlsafe(16)

    def do_GET(self) -> None:
        if not self._may_come_in():
            return
        try:
            page = self.server.site.show(
                urlsplit(self.path).path,
                token=self.server.token,
                form_token=self.server.form_token,
                nonce=self._nonce,
            )
        except (ValueError, OSError) as error:
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        if page is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")
        self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page)

    def do_POST(self) -> None:
        if not self._may_come_in():
            return
        if self.headers.get_all("Origin") != [f"http://{self.headers['Host']}"]:
            return self._refuse(HTTPStatus.FORBIDDEN, "a form has to come from the review page itself")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length[:9]) <= MAX_FORM_BYTES):
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a form has at most {MAX_FORM_BYTES} bytes")
        if self.headers.get_content_type() != FORM_TYPE:
            return self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a form is sent as {FORM_TYPE}")
        try:
            sent = self.rfile.read(int(length)).decode("ascii")
            form = parse_qs(sent, keep_blank_values=True, errors="strict", max_num_fields=50)
        except ValueError:
            return self._refuse(HTTPStatus.BAD_REQUEST, "the form cannot be read")
        if not _same(form.pop("form_token", []), self.server.form_token):
            return self._refuse(HTTPStatus.FORBIDDEN, "the form is not of this page: load the page again")
        try:
            place = self.server.site.act(urlsplit(self.path).path, form)
        except ValueError as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        path, _, fragment = place.partition("#")
        self.send_response(HTTPStatus.SEE_OTHER)
        query = urlencode({"token": self.server.token})
        self.send_header("Location", urlunsplit(("", "", path, query, fragment)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _may_come_in(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0] not in self.server.hosts:
            self._refuse(HTTPStatus.FORBIDDEN, "this page answers only to its own address on this machine")
            return False
        if not _same(parse_qs(urlsplit(self.path).query).get("token", []), self.server.token):
            self._refuse(
                HTTPStatus.FORBIDDEN, "the token is missing or wrong: open the address that triage review gave"
            )
            return False
        return True

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._answer(status, "text/plain; charset=utf-8", f"triage review: {why}\n")

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode("utf-8", errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Add to every answer, errors included, what a browser must not do with it."""
        policy = f"default-src 'none'; style-src 'nonce-{self._nonce}'; form-action 'self'"
        self.send_header("Content-Security-Policy", f"{policy}; base-uri 'none'; frame-ancestors 'none'")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("X-Content-Type-Options", "nosniff")
        # Not no-referrer: with that a browser sends "Origin: null" with our own forms.
        self.send_header("Referrer-Policy", "same-origin")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: each address holds the token."""


def _same(given: list[str], secret: str) -> bool:
    return len(given) == 1 and hmac.compare_digest(given[0].encode(), secret.encode())
