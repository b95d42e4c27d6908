"""The access to the review page: for one person on this machine, and for no other page open in that browser.

Another site can make the browser send requests here. It has no cookie of ours (``SameSite=Strict``), its requests carry
its own ``Origin``, and with a name of its own pointed at 127.0.0.1 (DNS rebinding) also its own ``Host``. See
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.review.problems import say

ADDRESS: Final = "127.0.0.1"
MAX_FORM_BYTES: Final = 65_536
FORM_TYPE: Final = "application/x-www-form-urlencoded"
CSRF_HEADER: Final = "X-CSRF-Token"

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class AccessMiddleware:
    """Wraps an application (ASGI middleware): checks every request, and puts the headers on every answer.

    ``token`` stands in the address that is printed; it is taken once, for a cookie, and leads to the page ``start``.
    ``csrf`` belongs in the header ``X-CSRF-Token`` of every request that changes something.
    """

    def __init__(self, app: ASGIApp, port: int, start: str = "/") -> None:
        self._app = app
        self._start = start
        self._hosts = (f"{ADDRESS}:{port}", f"localhost:{port}")
        self._cookie = f"triage_review_{port}"  # cookies are shared by all ports of an address
        self._session = secrets.token_urlsafe(32)
        self._used = False
        self.token = secrets.token_urlsafe(32)
        self.csrf = secrets.token_urlsafe(32)

    @property
    def url(self) -> str:
        """The address that opens the page once."""
        return f"http://{self._hosts[0]}/?{urlencode({'token': self.token})}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        scope["csrf"] = self.csrf
        answer = self._refusal(scope, headers)
        await (answer or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a request that does not reach the page, or None for one that does."""
        client = scope.get("client")
        if client and not ipaddress.ip_address(client[0]).is_loopback:
            return say(403, "the page is for this machine only")
        if headers.getlist("host") not in [[host] for host in self._hosts]:
            return say(403, "this is not the address of the page; use the one that was printed")
        if (given := _token(scope)) is not None:
            return self._take_token(given, headers)
        if not self._known(headers):
            return say(403, "open the page with the address that was printed; it works once, in one browser")
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return say(405, "the page knows GET and POST only")
        return self._refuse_form(headers)

    def _refuse_form(self, headers: Headers) -> Response | None:
        if headers.getlist("origin") != [f"http://{headers['host']}"]:
            return say(403, "a form has to come from the review page itself")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return say(403, "a form has to come from the review page itself")
        if not _same(headers.get(CSRF_HEADER, ""), self.csrf):
            return say(403, "the form is not of this page: load the page again")
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and int(length[:9]) <= MAX_FORM_BYTES):
            return say(413, f"a form has at most {MAX_FORM_BYTES} bytes")
        if headers.get("content-type", "").partition(";")[0].strip() != FORM_TYPE:
            return say(415, f"a form is sent as {FORM_TYPE}")
        return None

    def _take_token(self, given: str, headers: Headers) -> Response:
        """Give the first browser with the right token its cookie; the address in its bar loses the token."""
        if not _same(given, self.token):
            return say(403, "the token is wrong; use the address that was printed")
        answer = RedirectResponse(self._start, status_code=303)
        if self._known(headers):
            return answer
        if self._used:
            return say(403, "this address was used already; start `triage review` again for another browser")
        self._used = True
        answer.set_cookie(self._cookie, self._session, path="/", httponly=True, samesite="strict")
        return answer

    def _known(self, headers: Headers) -> bool:
        return _same(cookie_parser(headers.get("cookie", "")).get(self._cookie, ""), self._session)


def _token(scope: Scope) -> str | None:
    """Return the token of the address, None without one; one given twice is no token."""
    if scope["path"] != "/":
        return None
    given = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("token")
    return None if given is None else given[0] if len(given) == 1 else ""


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
