"""A replica of arXiv over real HTTP: the query API and the RSS feed, from files, with faults on demand.

In tests a context manager; by hand ``python -m tests.replicas.arxiv_server --listing NIGHT.jsonl ...`` with
``TRIAGE_ARXIV_API_URL`` and ``TRIAGE_ARXIV_RSS_URL`` set to the two addresses it prints.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.replicas import arxiv_feeds
from tests.replicas.arxiv_corpus import Deposit, read_catalog_papers, read_listing
from tests.replicas.arxiv_faults import BOMBS, HARMLESS, PAGE_FAULTS, REPLY_FAULTS, Page, Reply
from tests.replicas.arxiv_query import BadQuery, parse

Plan = Callable[[str, int], str]
"""(``api`` or ``rss``, how many requests of this kind came before) -> the name of a fault, or nothing."""


@dataclass(frozen=True)
class Call:
    """One request as the server saw it; ``at`` is monotonic seconds, ``together`` how many were open at once."""

    kind: str
    query: str
    fault: str
    at: float
    together: int


class ArxivServer:
    """Use as a context manager. ``api_url`` and ``rss_url`` are its endpoints, ``calls`` what was asked.

    ``today`` is the newest announcement made; later papers are not there yet. It may be set while running.
    ``largest`` is the most papers on a page, whatever is asked for; ``spoil`` damages the body of every answer;
    a request for an id in ``refuses`` is called wrong.
    """

    def __init__(
        self,
        papers: Iterable[Deposit],
        *,
        today: date | None = None,
        plan: Plan = lambda kind, number: "",
        largest: int = 2000,
        spoil: Callable[[bytes], bytes] = bytes,
        refuses: Sequence[str] = (),
    ) -> None:
        self.papers = sorted(papers, key=lambda paper: (paper.published, paper.id))
        self.today = today or max((paper.announced for paper in self.papers), default=date(2025, 11, 14))
        self.plan = plan
        self.largest = largest
        self.spoil = spoil
        self.refuses = set(refuses)
        self.calls: list[Call] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._open = 0

    def __enter__(self) -> ArxivServer:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/api/query"

    @property
    def rss_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/rss"

    def answer(self, path: str) -> Reply:
        """Return the reply to one request, its fault included."""
        address = urlsplit(path)
        kind = "rss" if address.path.startswith("/rss/") else "api"
        with self._lock:
            fault = self.plan(kind, sum(call.kind == kind for call in self.calls))
            self._open += 1
            self.calls.append(Call(kind, address.query or address.path, fault, time.monotonic(), self._open))
        if kind == "rss":
            reply = self._feed(address.path.removeprefix("/rss/"), fault)
        else:
            reply = self._query(address.query, fault)
        if fault in BOMBS:
            return BOMBS[fault]()
        if fault.startswith("moved "):
            return Reply(301, b"", {"Location": f"{fault.removeprefix('moved ')}?{address.query}"})
        if fault.startswith("wait "):
            return Reply(503, b"", {"Retry-After": fault.removeprefix("wait ")})
        reply = replace(reply, body=self.spoil(reply.body))
        change = {**REPLY_FAULTS, **HARMLESS}.get(fault)
        return change(reply) if change else reply

    def done(self) -> None:
        with self._lock:
            self._open -= 1

    def announced(self) -> list[Deposit]:
        return [paper for paper in self.papers if paper.announced <= self.today]

    def _query(self, query: str, fault: str) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        try:
            start, size = int(asked.get("start", "0")), int(asked.get("max_results", "10"))
            if start < 0 or not 0 <= size <= 2000:
                raise BadQuery("max_results must be at most 2000")
            size = min(size, self.largest)
            found = self._search(asked)
        except (BadQuery, ValueError) as error:
            return Reply(400, arxiv_feeds.atom_error(str(error)).encode())
        page = Page(found, start, size, found[start : start + size], len(found))
        if fault in PAGE_FAULTS:
            page = PAGE_FAULTS[fault](page)
        return Reply(200, arxiv_feeds.atom(page.papers, query, page.total, start, size).encode())

    def _search(self, asked: dict[str, str]) -> Sequence[Deposit]:
        found = self.announced()
        if "id_list" in asked:
            if wrong := self.refuses.intersection(asked["id_list"].split(",")):
                raise BadQuery(f"incorrect id format for {min(wrong)}")
            wanted = dict(name.partition("v")[::2] for name in asked["id_list"].split(","))  # id -> version, or ""
            found = [paper for paper in found if wanted.get(paper.id) in ("", str(paper.version))]
        if "search_query" in asked:
            match = parse(asked["search_query"])
            found = [paper for paper in found if match(paper)]
        elif "id_list" not in asked:
            raise BadQuery("search_query or id_list is needed")
        return found[::-1] if asked.get("sortOrder") == "descending" else found

    def _feed(self, categories: str, fault: str) -> Reply:
        wanted = set(categories.split("+"))
        gone = {min(wanted)} if fault == "category missing" else set()
        earlier = [paper.announced for paper in self.papers if paper.announced < self.today]
        day = max(earlier, default=self.today) if fault == "stale feed" else self.today
        papers = [
            replace(paper, kind="cross" if paper.kind == "new" and paper.categories[0] not in wanted else paper.kind)
            for paper in self.papers
            if paper.announced == day
            if wanted & set(paper.categories)
            if fault != "empty feed" and not gone & set(paper.categories)
        ]
        return Reply(200, arxiv_feeds.rss(papers, categories, day).encode(), kind="application/rss+xml; charset=utf-8")


def _handler(server: ArxivServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                self._send(server.answer(self.path))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client lost patience, which is what some faults are for
            finally:
                server.done()

        def _send(self, reply: Reply) -> None:
            if reply.silent:
                server.closing.wait()
                return
            if reply.headless:
                self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Wait: ")
                while not server.closing.wait(reply.pace):
                    self.wfile.write(b".")
                return
            self.send_response(reply.status)
            for name, value in {
                "Content-Type": reply.kind,
                "Content-Length": str(len(reply.body)),
                **reply.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.cut:
                self.wfile.write(reply.body[:100])
            elif reply.pace:
                for at in range(len(reply.body)):
                    if server.closing.wait(reply.pace):
                        return
                    self.wfile.write(reply.body[at : at + 1])
            else:
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: ``calls`` is the log."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a replica of arXiv on the loopback until stopped.")
    parser.add_argument("--listing", type=Path, action="append", default=[], help="listing file (.jsonl or .jsonl.gz)")
    parser.add_argument("--catalog-papers", type=Path, help="catalog_papers.jsonl")
    parser.add_argument("--today", type=date.fromisoformat, help="newest announcement; default: the newest there is")
    parser.add_argument(
        "--fault", default="", help=f"break every request: {', '.join((*PAGE_FAULTS, *REPLY_FAULTS, *BOMBS))}"
    )
    options = parser.parse_args()
    papers = [paper for path in options.listing for paper in read_listing(path)]
    if options.catalog_papers:
        papers += read_catalog_papers(options.catalog_papers)
    with ArxivServer(papers, today=options.today, plan=lambda kind, number: options.fault) as server:
        sys.stdout.write(f"TRIAGE_ARXIV_API_URL={server.api_url}\nTRIAGE_ARXIV_RSS_URL={server.rss_url}\n")
        sys.stdout.flush()
        try:
            server.closing.wait()
        except KeyboardInterrupt:
            sys.stderr.write(f"{len(server.calls)} requests\n")


if __name__ == "__main__":
    main()
