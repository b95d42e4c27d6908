"""Decisions over this list's own catalog: a draft in every leaf, left alone, removed, moved, as the reviewer would."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from agent.core.catalog.edits import Addition, draft_entry, insert, move_entry, remove_entry
from agent.core.catalog.parse import parse
from agent.core.night.decisions import compare, find_entries
from agent.core.survey import taxonomy
from agent.core.survey.survey import headings_of
from agent.records import DecisionKind, Draft, Entry, JudgeIdentity, Paper

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "data" / "catalog.md").read_bytes().decode("utf-8")
TAXONOMY = taxonomy.parse({path.name: path.read_text("utf-8") for path in (ROOT / "taxonomy").glob("*.yaml")})
HEADINGS = headings_of(TAXONOMY)
CATALOG = parse(TEXT, HEADINGS)
PAPER = Paper(
    id="2511.99999",
    title="A Paper Made Up for This Test, with a Colon: and [Brackets]",
    abstract="None.",
    authors=("Ann Author", "Bob Writer"),
    announced=date(2025, 11, 13),
    published=date(2025, 11, 12),
)
PAPERS = {
    leaf: PAPER.model_copy(update={"id": f"2511.{90000 + number}", "title": f"{PAPER.title} {number}"})
    for number, leaf in enumerate(HEADINGS)
}
OTHERS = {
    leaf: PAPER.model_copy(update={"id": f"2511.{80000 + number}", "title": f"Something Else Entirely {number}"})
    for number, leaf in enumerate(HEADINGS)
}


def drafted(leaf: str) -> Draft:
    """Return the draft of the leaf's paper, made from the catalog as it is."""
    return Draft(
        paper_id=PAPERS[leaf].id,
        title=PAPERS[leaf].title,
        section=leaf,
        score=0.9,
        entry=draft_entry(CATALOG, Addition(leaf=leaf, paper=PAPERS[leaf])),
        announced=PAPER.announced,
        judge=JudgeIdentity(name="local", model="m", prompt="-", taxonomy="t"),
    )


@cache
def later() -> str:
    """Return the catalog into which all of them were put later, each below another."""
    additions = [Addition(leaf=leaf, paper=papers[leaf]) for papers in (OTHERS, PAPERS) for leaf in HEADINGS]
    return insert(TEXT, HEADINGS, additions).text


@cache
def entries_of(text: str) -> tuple[Entry, ...]:
    return parse(text, HEADINGS).entries


@pytest.mark.parametrize("leaf", HEADINGS)
def test_a_line_as_it_was_put_there_is_neither_edited_nor_moved(leaf: str) -> None:
    draft = drafted(leaf)
    assert compare(draft, entries_of(later()), merged=False).kind is DecisionKind.UNDECIDED
    assert compare(draft, CATALOG.entries, merged=True).kind is DecisionKind.REJECTED


@pytest.mark.parametrize("leaf", HEADINGS)
def test_a_line_moved_by_command_is_found_in_its_new_section_and_all_else_stays(leaf: str) -> None:
    paper, leaves = PAPERS[leaf], list(HEADINGS)
    target = leaves[leaves.index(leaf) - 1]
    [entry], [last] = (find_entries(PAPERS[at].id, "", entries_of(later())) for at in (leaf, target))
    without = remove_entry(later(), entry)
    new = draft_entry(CATALOG, Addition(leaf=target, paper=paper))
    moved = without.replace(f"{last.raw}\n", f"{last.raw}\n{new}\n")
    [placed] = find_entries(paper.id, "", entries_of(moved))
    moved = move_entry(moved, entry, placed)
    decision = compare(drafted(leaf), entries_of(moved), merged=False)
    assert decision is not None
    assert (decision.kind, decision.section) == (DecisionKind.MOVED, target)
    [entry] = find_entries(paper.id, "", entries_of(moved))
    assert remove_entry(moved, entry) == without
