"""A browser as far as the review page needs one: it reads forms, and sends them with the headers a browser adds."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass
class Form:
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)

    def has(self, name: str, value: str) -> bool:
        return (name, value) in self.fields


class Reader(HTMLParser):
    """Collects the forms, links and tags of a page, and the words a person sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes.extend(given)
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "input" and "name" in given:
            self.forms[-1].fields.append((given["name"], given.get("value", "")))
        elif tag == "button":
            self.forms[-1].buttons.append(given)
        elif tag == "a":
            self.links.append(given["href"])

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
    """Stays at one address; each method opens a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin = "http://" + urlsplit(url).netloc

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

    def get(self, address: str = "", **headers: str) -> Answer:
        parts = urlsplit(urljoin(self.url, address) if address else self.url)
        return self.send("GET", f"{parts.path}?{parts.query}", **headers)

    def post(self, form: Form, *changes: tuple[str, str], **headers: str) -> Answer:
        """Send a form as a browser does; ``changes`` replace its fields of the same name, and add others."""
        names = {name for name, _ in changes}
        fields = [pair for pair in form.fields if pair[0] not in names] + list(changes)
        sent = {"Origin": self.origin, "Content_Type": "application/x-www-form-urlencoded"} | headers
        return self.send("POST", form.action, urlencode(fields), **sent)

    def form(self, page: Reader, action: str, paper_id: str) -> Form:
        """Return the form with this action for this paper."""
        found = [f for f in page.forms if urlsplit(f.action).path == action and f.has("paper", paper_id)]
        assert len(found) == 1, f"{len(found)} forms {action} for {paper_id}"
        return found[0]

    def submit(self, action: str, paper_id: str, *changes: tuple[str, str], at: str = "") -> Answer:
        """Load the page, send the form, and return the page that the answer leads to."""
        answer = self.post(self.form(self.get(at).page, action, paper_id), *changes)
        assert answer.status == 303, answer.text
        return self.get(answer.headers["Location"])
