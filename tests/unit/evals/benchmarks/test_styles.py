"""The measure of styles drawn by chance: it can be passed, and a wrong printer fails it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Addition, Edit, Inserted, insert
from agent.core.catalog.parse import Heading
from evals.benchmarks.styles.comparison import compare
from evals.benchmarks.styles.document import Draw, draw
from evals.benchmarks.styles.entries import Written, print_entry
from evals.benchmarks.styles.lists import with_paper
from evals.benchmarks.styles.report import show, summarise, tables

DRAWS = [draw(3, number) for number in range(12)]
LINES = {"by hand", "line", "place", "around"}


def the_right_edit(made: Draw, text: str, additions: Sequence[Addition]) -> Edit:
    """Insert one paper as the style prints it; of several only the first."""
    one = next(each for each in made.left_out if each.paper.id == additions[0].paper.id)
    place, right = next(with_paper(made.drawn, one.part, one.paper))
    old, new = split_lines(text), split_lines(right.text())
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    entry = print_entry(made.drawn.style, Written(one.paper), place + 1)
    added = (same + 1, same + len(new) - len(old))
    inserted = Inserted(paper_id=one.paper.id, leaf=additions[0].leaf, line=same + 1, entry=entry, added=added)
    return Edit(text=right.text(), inserted=(inserted,), already=())


@pytest.mark.parametrize("made", DRAWS, ids=lambda made: made.drawn.style.container)
def test_what_the_style_prints_is_right(made: Draw) -> None:
    def right(text: str, headings: Mapping[str, Heading], additions: Sequence[Addition]) -> Edit:
        return the_right_edit(made, text, additions)

    outcome = compare(made, right)
    assert outcome.right == len(made.left_out)
    assert not LINES & {failure.kind for failure in outcome.failures}


def test_a_wrong_printer_fails() -> None:
    def shouting(text: str, headings: Mapping[str, Heading], additions: Sequence[Addition]) -> Edit:
        loud = [
            one.model_copy(update={"paper": one.paper.model_copy(update={"title": one.paper.title.upper()})})
            for one in additions
        ]
        return insert(text, headings, loud)

    def overwriting(text: str, headings: Mapping[str, Heading], additions: Sequence[Addition]) -> Edit:
        edit = insert(text, headings, additions)
        return edit.model_copy(update={"text": edit.text.replace("# Awesome", "# Best")})

    for made in DRAWS:
        outcome = compare(made, shouting)
        assert outcome.right == 0
        assert {failure.kind for failure in outcome.failures} & LINES
        assert "other lines" in {failure.kind for failure in compare(made, overwriting).failures}


def test_a_small_seed_runs_and_is_drawn_alike_again() -> None:
    assert [made.drawn.text() for made in DRAWS] == [draw(3, number).drawn.text() for number in range(len(DRAWS))]
    outcomes = [compare(made) for made in DRAWS]
    found = summarise(outcomes)
    assert found["lists"] == len(DRAWS)
    assert found["left_out_papers"] == 2 * len(DRAWS)
    assert found["listed_papers"] == sum(len(made.drawn.entries) for made in DRAWS)
    assert json.loads(json.dumps(found)) == found
    assert "left-out papers right, by container" in tables(outcomes)
    failures = sum(len(outcome.failures) for outcome in outcomes)
    assert show(outcomes, 1).count("=== list") == min(1, failures)
