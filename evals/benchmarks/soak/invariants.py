"""The invariants of every simulated night, whatever went wrong: pure checks of what was announced, done and kept."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PAPER_ID: Final = re.compile(r"(?<!\d)\d{4}\.\d{5}(?!\d)")
JUDGED: Final = frozenset({"drafted", "queued", "rejected"})

NIGHTS_TO_COMPARE: Final = 20
"""Fewer nights say nothing about growth."""

MOST_STATE_GROWTH: Final = 1.5
MOST_MEMORY_GROWTH: Final = 1.25
"""Of the second half over the first: of the bytes that a night adds to the state, and of the peak memory of a run."""


def ids_in(text: str) -> list[str]:
    """Return the arXiv ids in the links of a list, once for each line that has one, in order."""
    found = (PAPER_ID.search(line) for line in text.splitlines())
    return [match[0] for match in found if match]


@dataclass
class Kept:
    """The content of a list's database, read behind the program's back.

    ``outcomes`` are (run, paper, bucket), oldest run first; ``coverage`` are (day, category, complete).
    """

    outcomes: list[tuple[str, str, str]] = field(default_factory=list)
    coverage: list[tuple[str, str, bool]] = field(default_factory=list)
    drafts: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Kept:
        """Return nothing for a database that no run has made yet."""
        if not file.exists():
            return cls()
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            tables = {name for (name,) in database.execute("select name from sqlite_master")}
            if "outcomes" not in tables:
                return cls()
            rows = "select run_id, paper_id, bucket from outcomes order by run_id, paper_id"
            complete = "select day, category, max(json_extract(row, '$.complete')) from coverage group by 1, 2"
            drafted = """select runs.id, json_extract(value, '$.paper_id')
                         from runs, json_each(json_extract(report, '$.drafts'))"""
            return cls(
                outcomes=database.execute(rows).fetchall(),
                coverage=[(day, name, bool(full)) for day, name, full in database.execute(complete)],
                drafts=database.execute(drafted).fetchall(),
            )


@dataclass
class RunLedger:
    """What happened in the world: the truth that the program's memory is compared with."""

    base: str
    announced: dict[str, tuple[str, Collection[str]]] = field(default_factory=dict)
    """Paper -> (announcement day, its categories that are asked for)."""
    answers: Counter[str] = field(default_factory=Counter)
    """Paper -> whole, unbroken answers that the model server sent about it."""
    in_flight: Counter[str] = field(default_factory=Counter)
    """Paper -> killed runs during which it was answered."""
    kills: list[frozenset[str]] = field(default_factory=list)
    """For each killed run the papers that were answered in it."""
    asked_again: list[set[str]] = field(default_factory=list)
    """For each killed run those of its papers that a later run paid for again."""
    refused: set[str] = field(default_factory=set)
    merged: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    """Papers that the reviewer asked to be drafted: they may be drafted once more."""

    def note_answers(self, calls: Sequence[Sequence[str]], *, killed: bool) -> None:
        """Write down the calls (paper, outcome) of one run."""
        answered = Counter(paper for paper, outcome in calls if outcome == "answer")
        for papers, again in zip(self.kills, self.asked_again, strict=True):
            again |= papers & answered.keys()
        self.answers += answered
        if killed:
            self.kills.append(frozenset(answered))
            self.asked_again.append(set())
            self.in_flight.update(answered.keys())


def violations(
    ledger: RunLedger, kept: Kept, world: Mapping[str, Any], *, delivered: bool, concurrency: int
) -> Iterator[str]:
    """Yield a sentence for every invariant that does not hold. ``delivered``: the last run of the night ended well."""
    yield from _buckets(ledger, kept)
    yield from _payments(ledger, concurrency)
    yield from _drafts(ledger, kept)
    yield from _coverage(ledger, kept)
    yield from _lists(ledger, world, delivered=delivered)


def _buckets(ledger: RunLedger, kept: Kept) -> Iterator[str]:
    judged = Counter(paper for _, paper, bucket in kept.outcomes if bucket in JUDGED)
    for paper, times in judged.items():
        if times > 1:
            yield f"{paper} was put into a bucket of the judged {times} times"
    for paper in {paper for _, paper, _ in kept.outcomes} - ledger.announced.keys():
        yield f"{paper} has an outcome and was never announced"
    settled: set[str] = set()
    for _, paper, bucket in kept.outcomes:
        if bucket == "repeat" and paper not in settled | ledger.refused:
            yield f"{paper} is called a repeat and was never judged"
        if bucket in JUDGED:
            settled.add(paper)


def _payments(ledger: RunLedger, concurrency: int) -> Iterator[str]:
    for paper, times in ledger.answers.items():
        if times > 1 + ledger.in_flight[paper]:
            yield f"{paper} was paid {times} times, and was in flight at {ledger.in_flight[paper]} kills"
    for again in ledger.asked_again:
        if len(again) > concurrency:
            yield f"after one kill {len(again)} papers were paid again; at most {concurrency} were in flight"


def _drafts(ledger: RunLedger, kept: Kept) -> Iterator[str]:
    for paper, times in Counter(paper for _, paper in kept.drafts).items():
        if times > 1 + (paper in ledger.wanted):
            yield f"{paper} was drafted {times} times"


def _coverage(ledger: RunLedger, kept: Kept) -> Iterator[str]:
    with_outcome = {paper for _, paper, _ in kept.outcomes}
    for day, category, complete in kept.coverage:
        there = {p for p, (announced, names) in ledger.announced.items() if announced == day and category in names}
        if complete and (missing := there - with_outcome):
            yield f"{day} {category} is called complete, and {sorted(missing)} were never listed"


def _lists(ledger: RunLedger, world: Mapping[str, Any], *, delivered: bool) -> Iterator[str]:
    main = world["main"]
    new = [paper for paper in ids_in(main) if paper in ledger.announced]
    if without(main, ledger.announced) != ledger.base:
        yield "the list without its new lines is not the list as it was"
    if sorted(new) != sorted(ledger.merged):
        yield f"the list has {sorted(set(new) ^ ledger.merged)} against what was merged, or a paper twice"
    if len(world["pulls"]) > 1:
        yield f"{len(world['pulls'])} pull requests are open at once"
    for branch, text in world["branches"].items():
        papers = ids_in(text)
        if len(papers) != len(set(papers)):
            yield f"{branch} has a paper twice"
        if without(text, ledger.announced) != ledger.base:
            yield f"{branch} changes a line that no draft is"
        if delivered and (again := set(papers) & ledger.refused - ledger.merged):
            yield f"{branch} proposes {sorted(again)} after a refusal"


def growth_violations(nights: int, state_bytes: Sequence[float], peak_mb: Sequence[float]) -> Iterator[str]:
    """Yield a sentence where the second half of many nights needs much more than the first; pairs (first, second)."""
    if nights < NIGHTS_TO_COMPARE:
        return
    if state_bytes[1] > MOST_STATE_GROWTH * state_bytes[0]:
        yield f"a night added {state_bytes[0]} bytes to the state in the first half and {state_bytes[1]} in the second"
    if peak_mb[1] > MOST_MEMORY_GROWTH * peak_mb[0]:
        yield f"a run took up to {peak_mb[0]:.0f} MB in the first half and {peak_mb[1]:.0f} in the second"


def without(text: str, papers: Collection[str]) -> str:
    """Return a list without the lines of some papers."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not ((found := PAPER_ID.search(line)) and found[0] in papers))
