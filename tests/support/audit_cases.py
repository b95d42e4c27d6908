"""Lists and papers for the audit's tests: a small list, the one under care with its true papers, and a clean one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import ftfy

from agent.core.arxiv.ids import abs_url, base_id
from agent.core.audit.check import Finding, Papers, audit, read_cases
from agent.core.catalog.parse import Catalog, Heading, parse
from agent.records import EntryRef, Paper, PaperRecord
from agent.sources.files.records import read_summaries
from tests.support.catalogs import SEED, SEED_HEADINGS

ROOT = Path(__file__).resolve().parents[2]
SUMMARIES = ROOT / "data" / "summaries.jsonl"


def paper(paper_id: str, title: str, **fields: object) -> Paper:
    given: dict[str, object] = {"abstract": "We study it.", "announced": date(2024, 5, 1), **fields}
    return Paper.model_validate({"id": paper_id, "title": title, **given})


def record(paper_id: str | None, title: str, listed: str, authors: tuple[str, ...] = ()) -> PaperRecord:
    ref = EntryRef(line=1, section_id="one", entry_title=listed)
    return PaperRecord(
        key=paper_id or title, title=title, abstract=None, authors=authors, arxiv_id=paper_id, entries=(ref,)
    )


def audit_of(catalog: Catalog, records: Sequence[PaperRecord], papers: Papers) -> tuple[Finding, ...]:
    """Return what is wrong in a list of which these records tell the papers."""
    return audit(catalog, read_cases(catalog.entries, records), papers)


def small(*lines: str, second: Iterable[str] = ()) -> Catalog:
    """A list with a section ``one`` that starts in line 3, and a section ``two``."""
    text = "\n".join(["# A list", "## One", *lines, "## Two", *second, ""])
    return parse(text, {"one": Heading(title="One"), "two": Heading(title="Two")})


def entry(title: str, url: str | None = None, end: str = " ICLR 2024.") -> str:
    url = abs_url(url) if url and "/" not in url else url
    return f"- [{title}]({url}).{end}" if url else f"- {title}"


def by_id(papers: Iterable[Paper]) -> dict[str, Paper | None]:
    return {one.id: one for one in papers}


def listed_under_care() -> Catalog:
    return parse(SEED, SEED_HEADINGS)


def known_papers() -> tuple[PaperRecord, ...]:
    """What is committed of the papers in the list under care: true titles and ids, no abstracts."""
    return tuple(summary.record for summary in read_summaries(SUMMARIES))


def truth(records: Iterable[PaperRecord]) -> dict[int, str | None]:
    """Line -> the true arXiv id."""
    return {ref.line: one.arxiv_id for one in records for ref in one.entries}


def as_papers(records: Iterable[PaperRecord]) -> list[Paper]:
    """The records as arXiv has them."""
    return [
        paper(one.arxiv_id, one.title, authors=one.authors, published=one.published, categories=("cs.CL",))
        for one in records
        if one.arxiv_id and one.title
    ]


def invented(ids: Iterable[str]) -> list[Paper]:
    """A paper of the same field under each id, and none of them in the list."""
    what = ("Token Budgets", "Curriculum Graphs", "Prompt Ledgers", "Reward Atlases", "Corpus Weather", "Label Drift")
    where = ("Small Language Models", "Dialogue Agents", "Code Assistants", "Retrieval Systems", "Tutoring Software")
    return [
        paper(
            i, f"{what[n % len(what)]} for {where[n % len(where)]}: An Invented Study of Part {n}", authors=("I. N.",)
        )
        for n, i in enumerate(sorted(set(ids)))
    ]


def clean_list() -> tuple[Catalog, tuple[PaperRecord, ...]]:
    """The list under care without its faults, entry for entry and section for section, and its records."""
    catalog, records = listed_under_care(), known_papers()
    right, names = truth(records), _section_names(catalog)
    lines = ["# A list", "", "## Contents", "", *(f"- [{name}](#{_anchor(name)})" for _, name in names), ""]
    twins = 0
    for leaf, name in names:
        lines += [f"{'##' + '#' * name.partition(' ')[0].count('.')} {name}", ""]
        for one in catalog.sections[leaf].entries if leaf in catalog.sections else ():
            title, paper_id = ftfy.fix_text(one.title), right.get(one.line)
            if f"({abs_url(paper_id or '')})" in "\n".join(lines) and leaf[0] in "45":
                twins, title, paper_id = twins + 1, f"Twin {twins}: An Invented Neighbour of Another", None
            page = one.url if one.url and not base_id(one.url) else f"https://example.org/{one.line}"
            url = abs_url(paper_id) if paper_id else page
            title = "A Page of Notes" if title.startswith("http") else title
            end = f". {one.venue} {one.year}." if one.venue and one.year else "."
            lines.append(f"- [{title}]({url}){end}")
        lines.append("")
    headings = {leaf: Heading(title=name) for leaf, name in names if leaf in catalog.sections}
    return parse("\n".join(lines), headings), records


def _section_names(catalog: Catalog) -> list[tuple[str, str]]:
    """(leaf or number, name) in the order of their numbers, no number left out."""
    leaves = {leaf: section.title for leaf, section in catalog.sections.items()}
    names = [("1", "1 Surveys"), *((leaf, f"1.{n} {leaves[leaf]}") for n, leaf in enumerate(_surveys(leaves), 1))]
    names.append(("2", "2 Taxonomy"))
    seen: set[str] = set()
    for leaf in sorted(leaf for leaf in leaves if leaf[2].isdigit()):
        for parent in (leaf[0], leaf[:3]):
            if parent not in seen:
                seen.add(parent)
                names.append((parent, f"{parent} Part"))
        names.append((leaf, leaves[leaf]))
    return names


def _surveys(leaves: Iterable[str]) -> list[str]:
    return [leaf for leaf in leaves if not leaf[2].isdigit()]


def _anchor(name: str) -> str:
    return "".join(c for c in name.lower().replace(" ", "-") if c.isalnum() or c in "-_")
