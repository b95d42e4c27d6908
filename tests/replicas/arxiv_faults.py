"""Faults of arXiv, on demand: each fault by name, as seen in the wild (empty pages, 429, stale feeds, ...)."""

from __future__ import annotations

import gzip
import random
import zlib
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
    "cut gzip": lambda reply: replace(reply, body=gzip.compress(reply.body)[:-9], headers={"Content-Encoding": "gzip"}),
    "endless length": lambda reply: replace(reply, headers={"Content-Length": "9" * 5000}),
    "cut off": lambda reply: replace(reply, cut=True),
}  # fmt: skip

_ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))


def _packed(kind: str, megabytes: int) -> Reply:
    compressor = zlib.compressobj(wbits=31 if kind == "gzip" else 15)
    pieces = [compressor.compress(bytes(2**20)) for _ in range(megabytes)]
    return Reply(200, b"".join([*pieces, compressor.flush()]), {"Content-Encoding": kind})


BOMBS: dict[str, Callable[[], Reply]] = {
    "gzip bomb": lambda: _packed("gzip", 100),
    "deflate bomb": lambda: _packed("deflate", 100),
    "brotli": lambda: Reply(200, b"\xcf\xff\xff\x7f" * 1000, {"Content-Encoding": "br"}),
    "gzip in gzip": lambda: Reply(200, b"", {"Content-Encoding": "gzip, gzip"}),
    "deep XML": lambda: Reply(200, b"<a>" * 2_000_000),
    "entity bomb": lambda: Reply(200, b"<!DOCTYPE a [<!ENTITY a 'ha'>" + _ENTITIES + b"]><rss>&j;</rss>"),
    "few entities": lambda: Reply(200, b"<!DOCTYPE a [<!ENTITY a 'ha'>]><rss><channel>&a;</channel></rss>"),
    "long text": lambda: Reply(200, b"<rss>" + b"x" * 30_000_000 + b"</rss>"),
    "newlines": lambda: Reply(200, b"\n" * 30_000_000),
    "many elements": lambda: Reply(200, b"<rss>" + b"<a/>" * 7_000_000 + b"</rss>"),
}
"""Answers made to exhaust whoever reads them."""

HARMLESS: dict[str, Callable[[Reply], Reply]] = {
    "gzip": lambda reply: replace(reply, body=gzip.compress(reply.body), headers={"Content-Encoding": "gzip"}),
    "padded length": lambda reply: replace(reply, headers={"Content-Length": f"{len(reply.body):020}"}),
}
"""Unusual, and whole."""

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
