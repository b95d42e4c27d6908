"""Decisions over this list's own catalog: a draft in every leaf, left alone, removed, moved, as the reviewer would."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from agent.core import taxonomy
from agent.core.catalog import parse
from agent.core.decisions import Kind, compare, find_entries, move_entry, remove_entry
from agent.core.entry_format import format_entry
from agent.core.insertion import Addition, insert
from agent.core.survey import headings_of
from agent.records import Draft, Entry, JudgeIdentity, Paper

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


@cache
def drafted(leaf: str) -> tuple[Draft, str]:
    """Return a draft made from the catalog as it is, and the catalog into which it was put later, below another."""
    draft = Draft(
        paper_id=PAPER.id,
        title=PAPER.title,
        section=leaf,
        score=0.9,
        entry=format_entry(PAPER, CATALOG.sections[leaf].style),
        announced=PAPER.announced,
        judge=JudgeIdentity(name="local", model="m", prompt="-", taxonomy="t"),
    )
    other = PAPER.model_copy(update={"id": "2511.88888", "title": "Something Else Entirely"})
    additions = [Addition(leaf=leaf, paper=other), Addition(leaf=leaf, paper=PAPER)]
    return draft, insert(TEXT, HEADINGS, additions).text


@cache
def entries_of(text: str) -> tuple[Entry, ...]:
    return parse(text, HEADINGS).entries


@pytest.mark.parametrize("leaf", HEADINGS)
def test_a_line_as_it_was_put_there_is_neither_edited_nor_moved(leaf: str) -> None:
    draft, text = drafted(leaf)
    assert compare(draft, entries_of(text), merged=False).kind is Kind.UNDECIDED
    assert compare(draft, CATALOG.entries, merged=True).kind is Kind.REJECTED


@pytest.mark.parametrize("leaf", HEADINGS)
def test_a_line_moved_by_command_is_found_in_its_new_section_and_all_else_stays(leaf: str) -> None:
    draft, text = drafted(leaf)
    leaves = list(HEADINGS)
    target = leaves[leaves.index(leaf) - 1]
    [entry] = find_entries(PAPER.id, "", entries_of(text))
    without = remove_entry(text, entry)
    placed = find_entries(PAPER.id, "", entries_of(moved := _put(without, target)))[0]
    moved = move_entry(moved, entry, placed)
    decision = compare(draft, entries_of(moved), merged=False)
    assert decision is not None
    assert (decision.kind, decision.section) == (Kind.MOVED, target)
    [entry] = find_entries(PAPER.id, "", entries_of(moved))
    assert remove_entry(moved, entry) == without


def _put(text: str, leaf: str) -> str:
    return insert(text, HEADINGS, [Addition(leaf=leaf, paper=PAPER)]).text
