"""A browser as far as the tests of HTTP need one: it reads pages, and sends forms with the headers a browser adds."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from agent.review.server import ReviewServer
from agent.review.session import Tools


class Reader(HTMLParser):
    """Collects the links, tags and attributes of a page, and the words a person sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append(name)
            self.values.setdefault(name, []).append(value or "")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_data(self, data: str) -> None:
        self.words += data


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def page(self) -> Reader:
        return Reader(self.text)


class Browser:
    """Comes in with the address that was printed, and stays: it keeps the cookie and the token of the forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin = "http://" + urlsplit(url).netloc
        self.cookie = ""
        self.csrf = ""

    def send(self, method: str, address: str, body: str | None = None, **headers: str) -> Answer:
        """Send exactly this, only ``Host`` added unless given; ``headers`` are named with ``_`` for ``-``."""
        given = {"Host": urlsplit(self.url).netloc} | {name.replace("_", "-"): v for name, v in headers.items()}
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, address, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()

    def enter(self) -> Answer:
        """Open the printed address, and then the page that it leads to."""
        parts = urlsplit(self.url)
        answer = self.send("GET", f"{parts.path}?{parts.query}")
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        page = self.get("/drafts")
        if found := re.search(r'"X-CSRF-Token": "([^"]+)"', page.text):
            self.csrf = found[1]
        return answer

    def get(self, address: str, **headers: str) -> Answer:
        return self.send("GET", address, **({"Cookie": self.cookie} | headers))

    def post(self, address: str, *fields: tuple[str, str], **headers: str) -> Answer:
        """Send a form as the page's own script does."""
        sent = {
            "Cookie": self.cookie,
            "Origin": self.origin,
            "X_CSRF_Token": self.csrf,
            "Content_Type": "application/x-www-form-urlencoded",
        }
        return self.send("POST", address, urlencode(fields), **(sent | headers))

    def decide(self, verdict: str, paper_id: str, section: str = "", tab: str = "drafts", **more: str) -> Answer:
        """Press accept or reject on a paper; ``entry`` is what was typed."""
        fields = {"verdict": verdict, "paper": paper_id, "section": section, "tab": tab} | more
        return self.post("/decide", *fields.items())


@contextmanager
def serve_page(tools: Tools) -> Iterator[Browser]:
    """Serve the review page with these tools, and open it."""
    server = ReviewServer(tools, 0)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        browser = Browser(server.url)
        browser.enter()
        yield browser
    finally:
        server.stop()
        thread.join()
