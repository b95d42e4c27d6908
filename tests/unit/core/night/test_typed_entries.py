"""Entries as typed by a reviewer: put in the place of the drafted ones, and refused unless they read as one entry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.catalog.edits import Addition
from agent.core.night.typed_entries import insert_typed, place
from agent.core.survey.survey import headings_of
from agent.errors import ConfigError
from tests.support.desk import survey
from tests.support.fakes import paper

GARDEN = survey()
TEXT = GARDEN.catalog.text
HEADINGS = headings_of(GARDEN.taxonomy)
PAPER = paper("2511.00001", title="A Drip Line that Weighs")
TYPED = "* **[A Drip Line](https://arxiv.org/abs/2511.00001)** (ICRA 2026, oral)"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_typed_text_stands_where_the_drafted_one_would_and_all_else_stays(end: str) -> None:
    text = TEXT.replace("\n", end)
    drafted = place(text, HEADINGS, Addition(leaf="water", paper=PAPER))
    typed = place(text, HEADINGS, Addition(leaf="water", paper=PAPER), TYPED)
    assert drafted is not None and typed is not None
    assert (typed.line, typed.entry) == (drafted.line, TYPED)
    assert typed.text.replace(TYPED + end, "") == text
    assert insert_typed(text, HEADINGS, [Addition(leaf="water", paper=PAPER)], {PAPER.id: TYPED}).text == typed.text


def test_several_typed_texts_go_to_their_places_at_once() -> None:
    other = paper("2511.00002", title="Snips")
    additions = [Addition(leaf="water", paper=PAPER), Addition(leaf="prune", paper=other)]
    snips = "* **[Snips, Typed](https://arxiv.org/abs/2511.00002)** (2025)"
    text = insert_typed(TEXT, HEADINGS, additions, {PAPER.id: TYPED, other.id: snips}).text
    assert text.replace(TYPED + "\n", "").replace(snips + "\n", "") == TEXT
    assert text.index("## Watering") < text.index(TYPED) < text.index("## Pruning") < text.index(snips)


def test_a_paper_that_the_list_has_has_no_place() -> None:
    listed = paper("2401.00011", title="Drip by Drip: Learned Irrigation for Roof Gardens")
    assert place(TEXT, HEADINGS, Addition(leaf="water", paper=listed), TYPED) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_is_one_entry_or_refused(typed: str) -> None:
    typed = typed.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    try:
        placed = place(TEXT, HEADINGS, Addition(leaf="water", paper=PAPER), typed or None)
    except ConfigError:
        return
    assert placed is not None
    lines = placed.text.split("\n")
    height = placed.entry.count("\n") + 1
    assert "\n".join(lines[: placed.line - 1] + lines[placed.line - 1 + height :]) == TEXT


def test_a_typed_text_that_no_longer_fits_is_left_to_people_and_the_others_are_inserted() -> None:
    other = paper("2511.00002", title="Snips")
    additions = [Addition(leaf="water", paper=PAPER), Addition(leaf="prune", paper=other)]
    edit = insert_typed(TEXT, HEADINGS, additions, {PAPER.id: "## No entry"})
    assert edit.text == insert_typed(TEXT, HEADINGS, additions[1:], {}).text
    [left] = edit.by_hand
    assert (left.paper_id, left.leaf, left.entry) == (PAPER.id, "water", "## No entry")
    assert left.reason.startswith("as it was typed it cannot be inserted: the text")
