"""What goes wrong at arXiv, on demand: each fault by name, as seen in the wild (empty pages, 429, stale feeds, ...)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.replicas.arxiv_corpus import Deposit
from tests.replicas.arxiv_feeds import atom_error


@dataclass(frozen=True)
class Page:
    """One page of a query: ``matched`` are all its papers in order, of which ``papers`` are shown from ``start`` on."""

    matched: Sequence[Deposit]
    start: int
    size: int
    papers: Sequence[Deposit]
    total: int


@dataclass(frozen=True)
class Reply:
    """``pace``: seconds between two bytes (0: at once), ``headless``: of a header without end; ``silent`` sends
    nothing; ``cut`` drops the connection.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/atom+xml; charset=utf-8"
    pace: float = 0.0
    headless: bool = False
    silent: bool = False
    cut: bool = False


def _moving(page: Page) -> Page:
    """While one pages, the paper that would come next moves to the front: it is on no page, and another on two."""
    if not 0 < page.start < len(page.matched):
        return page
    order = list(page.matched)
    order.insert(0, order.pop(page.start))
    return replace(page, papers=order[page.start : page.start + page.size])


def _duplicate(page: Page) -> Page:
    return replace(page, papers=[*page.papers[:1], *page.papers])


def _two_versions(page: Page) -> Page:
    newer = [replace(paper, version=paper.version + 1, words={}) for paper in page.papers[:1]]
    return replace(page, papers=[*page.papers, *newer])


def _short_page(page: Page) -> Page:
    return replace(page, papers=page.papers[:-1])


def _empty_page(page: Page) -> Page:
    return replace(page, papers=[])


def _no_results(page: Page) -> Page:
    return replace(page, papers=[], total=0)


PAGE_FAULTS: dict[str, Callable[[Page], Page]] = {
    "moving": _moving,
    "duplicate": _duplicate,
    "two versions": _two_versions,
    "short page": _short_page,
    "empty page": _empty_page,
    "empty later page": lambda page: _empty_page(page) if page.start else page,
    "no results": _no_results,
    "higher total": lambda page: replace(page, total=page.total + 1),
    "lower total later": lambda page: replace(page, total=page.total - 1) if page.start else page,
}

REPLY_FAULTS: dict[str, Callable[[Reply], Reply]] = {
    "429": lambda reply: replace(reply, status=429, body=b"Rate exceeded."),
    "429 retry-after": lambda reply: replace(reply, status=429, body=b"", headers={"Retry-After": "2"}),
    "503": lambda reply: replace(reply, status=503, body=b"Service Unavailable"),
    "503 retry-after date": lambda reply: replace(
        reply, status=503, body=b"", headers={"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}
    ),
    "html": lambda reply: replace(reply, kind="text/html", body=b"<html><body>Down for maintenance</body></html>"),
    "rate exceeded": lambda reply: replace(reply, kind="text/plain", body=b"Rate exceeded."),
    "nothing": lambda reply: replace(reply, body=b""),
    "truncated": lambda reply: replace(reply, body=reply.body[: len(reply.body) * 2 // 3]),
    "error entry": lambda reply: replace(reply, body=atom_error("internal error").encode()),
    "no dates": lambda reply: replace(reply, body=reply.body.replace(b"published>", b"was>")),
    "bad date": lambda reply: replace(reply, body=reply.body.replace(b"<published>20", b"<published>at 20")),
    "hang": lambda reply: replace(reply, silent=True),
    "drip": lambda reply: replace(reply, pace=0.005),
    "drip in the head": lambda reply: replace(reply, pace=0.005, headless=True),
    "cut off": lambda reply: replace(reply, cut=True),
}  # fmt: skip

FEED_FAULTS = ("stale feed", "empty feed", "category missing")
"""Applied by the server itself, to the feed only."""

API_FAULTS = (*PAGE_FAULTS, *REPLY_FAULTS)
RSS_FAULTS = (*FEED_FAULTS, *(name for name in REPLY_FAULTS if name not in ("error entry", "no dates", "bad date")))


def mixed(seed: int, share: float) -> Callable[[str, int], str]:
    """Return a plan that breaks ``share`` of the requests, each in a way chosen at random but fixed by the seed."""

    def plan(kind: str, number: int) -> str:
        chance = random.Random(f"{seed} {kind} {number}")
        return chance.choice(API_FAULTS if kind == "api" else RSS_FAULTS) if chance.random() < share else ""

    return plan
