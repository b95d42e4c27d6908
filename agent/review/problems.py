"""The answers to requests that fail: one line where the page is open already, a small page where it is not.

The script of the page shows the line where the reviewer looks. A browser that was sent to an address asks for a page.
"""

from __future__ import annotations

from jinja2 import Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response


def say(status: int, words: str) -> Response:
    """Return an answer of one line."""
    return PlainTextResponse(f"{words}\n", status_code=status)


def show_problem(request: Request, template: Template, status: int, words: str) -> Response:
    """Return what was wrong and what to do, as ``words`` say it: as a page to whom asks for one, else as a line."""
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if not wants_page or "hx-request" in request.headers:
        return say(status, words)
    address = "/" + request.url.path.lstrip("/") + (f"?{request.url.query}" if request.url.query else "")
    return HTMLResponse(template.render(words=words, address=address), status_code=status)
