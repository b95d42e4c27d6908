"""The papers of the arXiv replica: each with a submission time, made from listing files or catalog records."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

# announced weekday -> (first day of submissions, last one), in days before the announced day; each from 14:00 to 14:00
WINDOWS = {0: (4, 3), 1: (4, 1), 2: (2, 1), 3: (2, 1), 4: (2, 1)}


@dataclass(frozen=True)
class Deposit:
    """A paper as arXiv stores it. ``published`` is when version 1 was submitted, UTC; ``kind`` as the feed types it."""

    id: str
    title: str
    abstract: str
    categories: tuple[str, ...]
    announced: date
    published: datetime
    authors: tuple[str, ...] = ()
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    version: int = 1
    kind: str = "new"
    words: dict[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        texts = {"ti": self.title, "abs": self.abstract, "au": " ".join(self.authors), "co": self.comment or ""}
        self.words.update({name: words_of(text) for name, text in texts.items()})


def words_of(text: str) -> str:
    """Return the lower-case words, a blank before and after each: a phrase is in a text if its words are in those."""
    return " ".join(["", *re.findall(r"\w+", text.lower()), ""])


def submitted(paper_id: str, announced: date, late_days: int = 0) -> datetime:
    """A moment inside the submission window of the announced day, always the same one for an id."""
    first, last = WINDOWS[announced.weekday()]
    opens, closes = (
        datetime.combine(announced - timedelta(days=back), time(14), EASTERN).astimezone(UTC) for back in (first, last)
    )
    share = int(hashlib.sha256(paper_id.encode()).hexdigest()[:8], 16) / 0x100000000
    moment = opens + (closes - opens) * share - timedelta(days=late_days)
    return moment.replace(microsecond=0)


def read_listing(path: Path) -> list[Deposit]:
    """Read a listing file (``.gz`` too); each paper is submitted when the schedule says, and none is late."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [_from_listing(json.loads(line)) for line in data.splitlines() if line.strip()]


def _from_listing(row: dict[str, Any]) -> Deposit:
    announced = date.fromisoformat(row["announced"])
    return Deposit(
        id=row["id"],
        title=row["title"],
        abstract=row["abstract"],
        categories=tuple(row["categories"]),
        announced=announced,
        published=submitted(row["id"], announced),
        authors=tuple(row.get("authors") or ()),
        comment=row.get("comment"),
        doi=row.get("doi"),
        journal_ref=row.get("journal_ref"),
    )


def read_catalog_papers(path: Path) -> list[Deposit]:
    """Read catalog records; those without an arXiv id are not on arXiv. The month of the id dates an undated paper."""
    deposits = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if not row["arxiv_id"] or not row["title"]:
            continue
        month = date(2000 + int(row["arxiv_id"][:2]), int(row["arxiv_id"][2:4]), 15)
        day = date.fromisoformat(row["published"]) if row["published"] else month
        deposits.append(
            Deposit(
                id=row["arxiv_id"],
                title=row["title"],
                abstract=row["abstract"] or "",
                categories=tuple(row["categories"]) or ("cs.CL",),
                announced=day + timedelta(days=1),
                published=datetime.combine(day, time(12), UTC),
                authors=tuple(row["authors"]),
            )
        )
    return deposits


def late(deposits: Iterable[Deposit], ids: Iterable[str], days: int) -> list[Deposit]:
    """Hold some papers back: announced when they are, submitted ``days`` earlier than the schedule says."""
    held = set(ids)
    return [
        replace(paper, published=submitted(paper.id, paper.announced, days), words={}) if paper.id in held else paper
        for paper in deposits
    ]
