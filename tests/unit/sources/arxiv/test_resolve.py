"""The list under care against a replica of arXiv, with decoys standing under its wrong ids."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

from agent.core.arxiv.ids import base_id
from agent.core.papers.resolve import resolve
from agent.records import Entry
from agent.sources.arxiv.query_api import ArxivQuery
from tests.replicas.arxiv_corpus import Deposit, read_catalog_papers, read_listing, submitted
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import SkippingClock, http

JANUARY = date(2024, 1, 3)


def entries_and_truth(shared_data: Path) -> tuple[list[Entry], dict[int, str | None]]:
    """The entries as the list prints them, and the true id of each line (None: not on arXiv)."""
    lines = (shared_data / "catalog.md").read_text(encoding="utf-8").split("\n")
    entries, truth = [], {}
    for text in (shared_data / "catalog_papers.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(text)
        for place in record["entries"]:
            line = place["line"]
            raw = lines[line - 1]
            link = re.search(r"\]\((\S+?)\)", raw)
            year = re.search(r"(20\d\d)\D*$", raw)
            entries.append(
                Entry(
                    line=line,
                    end_line=line,
                    section_id=place["section_id"],
                    title=place["entry_title"] or raw.strip("- "),
                    url=link[1] if link else None,
                    year=int(year[1]) if year else None,
                    raw=raw,
                )
            )
            truth[line] = record["arxiv_id"]
    return sorted(entries, key=lambda entry: entry.line), truth


def decoy(paper_id: str, title: str, abstract: str) -> Deposit:
    return Deposit(paper_id, title, abstract, ("cs.CL",), JANUARY, submitted(paper_id, JANUARY))


def decoys(entries: list[Entry], right: set[str]) -> list[Deposit]:
    """Under each wrong id another paper; and four more that talk about each entry without being it."""
    wrong = sorted({i for entry in entries if (i := base_id(entry.url or "")) and i not in right})
    found = [decoy(i, f"Spin waves in layered magnets, part {n}", "We measure waves.") for n, i in enumerate(wrong)]
    for n, entry in enumerate(entries):
        name, _, rest = entry.title.partition(":")
        texts = (
            (f"Revisiting {entry.title}", f"We revisit {entry.title} and find limits."),
            (
                f"{name} Considered Harmful",
                f"We evaluate {name}. {rest} is popular; we compare our method with {name}.",
            ),
            (f"A Survey of {rest or name} Methods", f"We survey {rest}. We build on {name}."),
            (f"{name}++: Improved {rest}", f"We present {name}++, improving {name} for {rest}."),
        )
        found += [decoy(f"2401.9{n:03}{k}"[:10], title, abstract) for k, (title, abstract) in enumerate(texts)]
    return found


def test_nearly_every_entry_finds_its_paper_and_none_finds_a_wrong_one(shared_data: Path) -> None:
    entries, truth = entries_and_truth(shared_data)
    papers = read_catalog_papers(shared_data / "catalog_papers.jsonl")
    right = {paper.id for paper in papers}
    noise = read_listing(shared_data / "background-2025-09-to-11.jsonl.gz")
    corpus = {paper.id: paper for paper in [*noise, *decoys(entries, right), *papers]}
    clock = SkippingClock()
    started = clock.now()
    with ArxivServer(corpus.values(), today=date(2026, 1, 1)) as server:
        client = http(clock, delay=3.0, timeout=30.0)
        outcomes: Counter[str] = Counter()
        for found in resolve(entries, (), ArxivQuery(client, server.api_url)):
            expected = truth[found.entry.line]
            actual = found.paper.id if found.paper else None
            assert actual in (expected, None), f"line {found.entry.line}: {actual} is not {expected}"
            outcomes["right" if actual else "not on arXiv" if expected is None else "missed"] += 1
    assert len(entries) == 144
    on_arxiv = outcomes["right"] + outcomes["missed"]
    assert on_arxiv == 132
    assert outcomes["right"] >= 0.95 * on_arxiv, outcomes
    assert clock.now() - started >= 3.0 * (client.requests - 1), "three seconds between requests"
    assert client.requests < 300
