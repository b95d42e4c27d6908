"""GitHub's own answers, as recorded in the npm package ``@octokit/fixtures``, served again over HTTP.

Source: https://github.com/octokit/fixtures (MIT); nothing of it is kept in this repository.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.replicas.npm_packages import unpack

PACKAGE = "@octokit/fixtures@23.1.2"
_HOST = "https://api.github.com"


@dataclass(frozen=True)
class Recorded:
    """One call and its answer."""

    method: str
    path: str
    status: int
    answer: Any
    headers: dict[str, str]


def load(scenario: str) -> list[Recorded] | None:
    """Return the calls of a scenario, in order; None when the package cannot be had."""
    folder = unpack(PACKAGE, "scenarios/api.github.com/")
    if folder is None:
        return None
    rows = json.loads((folder / "scenarios" / "api.github.com" / scenario / "normalized-fixture.json").read_text())
    return [
        Recorded(row["method"].upper(), row["path"], row["status"], row["response"], row["headers"]) for row in rows
    ]


class RecordedServer:
    """Serves a scenario. A list that was recorded page by page is served by the number of the page asked for, and a
    repository that moved has moved with everything below it.
    """

    def __init__(self, rows: list[Recorded]) -> None:
        self.rows = rows
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> RecordedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def find(self, method: str, target: str) -> tuple[Recorded, str]:
        """Return the recorded answer to a call, and what its path has beyond the recorded one."""
        asked = urlsplit(target)
        page = int(parse_qs(asked.query).get("page", ["1"])[0])
        if page > 1:
            return next(row for row in self.rows if f"page={page}" in row.path.rsplit("?", 1)[-1].split("&")), ""
        for row in self.rows:
            path = urlsplit(row.path).path
            if row.method == method and (
                asked.path == path or (row.status in (301, 307) and asked.path.startswith(path))
            ):
                return row, asked.path.removeprefix(path)
        raise LookupError(f"{method} {target} was not recorded")


def _handler(server: RecordedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            row, beyond = server.find(self.command, self.path)
            content = json.dumps(row.answer).encode()
            self.send_response(row.status)
            for name, value in row.headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "content-encoding", "connection"):
                    end = beyond if name.lower() == "location" else ""
                    self.send_header(name, str(value).replace(_HOST, server.url) + end)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
