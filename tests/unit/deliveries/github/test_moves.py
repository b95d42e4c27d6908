"""Moves between sections of different forms: the words of an entry move where they read as one, a draft's elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.core.catalog.edits import Addition, Edit, insert
from agent.core.catalog.parse import Heading, parse
from agent.core.night.decisions import find_entries
from agent.deliveries.github.moves import Move, NotMoved, change_words, move_to_leaf
from agent.records import Entry
from tests.support.fakes import paper

HEADINGS = {"rows": Heading(title="Rows"), "bullets": Heading(title="Bullets"), "more": Heading(title="More")}
TEXT = """\
# A list

## Rows

| Title | Venue | Year |
| --- | --- | --- |
| [Old Row](https://arxiv.org/abs/2401.00001) | arXiv | 2024 |

## Bullets

- [Old Bullet](https://arxiv.org/abs/2401.00002), arXiv 2024.

## More

* [Old Star](https://arxiv.org/abs/2401.00003), arXiv 2024.
"""
PAPER = paper("2511.00001", title="A Drip Line that Weighs")


def insert_papers(text: str, wanted: Sequence[tuple[str, str]]) -> Edit:
    return insert(text, HEADINGS, [Addition(leaf=leaf, paper=PAPER) for _, leaf in wanted])


def read_entries(text: str) -> tuple[Entry, ...]:
    return parse(text, HEADINGS).entries


def move(text: str, leaf: str) -> str:
    found = find_entries(PAPER.id, PAPER.title, read_entries(text))
    wanted = Move(paper_id=PAPER.id, title=PAPER.title, leaf=leaf, words=found[0].raw)
    return move_to_leaf(text, wanted, found, insert_papers, read_entries)


@pytest.mark.parametrize(("source", "target"), [("bullets", "rows"), ("rows", "bullets")])
def test_an_entry_takes_the_form_of_a_section_that_has_another(source: str, target: str) -> None:
    before = insert_papers(TEXT, [(PAPER.id, source)]).text
    assert move(before, target) == insert_papers(TEXT, [(PAPER.id, target)]).text


def test_words_that_people_changed_move_into_a_section_of_the_same_form() -> None:
    before = insert_papers(TEXT, [(PAPER.id, "bullets")]).text
    [entry] = find_entries(PAPER.id, PAPER.title, read_entries(before))
    edited = before.replace(entry.raw, f"{entry.raw} Read this first!")
    [moved] = find_entries(PAPER.id, PAPER.title, read_entries(move(edited, "more")))
    assert (moved.section_id, moved.raw) == ("more", f"* {entry.raw[2:]} Read this first!")


@pytest.mark.parametrize("typed", ["- one\n- two", "## A heading", "- [Another](https://arxiv.org/abs/2401.00009)."])
def test_typed_words_that_are_no_entry_of_the_paper_leave_the_list_as_it_is(typed: str) -> None:
    before = insert_papers(TEXT, [(PAPER.id, "bullets")]).text
    [entry] = find_entries(PAPER.id, PAPER.title, read_entries(before))
    wanted = Move(paper_id=PAPER.id, title=PAPER.title, leaf="bullets", words=typed)
    with pytest.raises(NotMoved, match="keeps its words"):
        change_words(before, entry, wanted, read_entries)
