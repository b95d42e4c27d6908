"""Precedents: all entries where there is room, else the most typical of each leaf, in turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging import precedents
from agent.core.judging.prompt import Precedents
from agent.core.survey.known_papers import Known
from tests.support.nights import TREE

WATER, SENSE = "water", "sense"
HEADINGS = 200
"""More characters than all headings take."""


def known(title: str, *leaves: str, operation: str | None = None, odd: bool = False) -> Known:
    return Known(key=title, titles=(title,), leaves=leaves, operation=operation, odd=odd)


def in_order(papers: Sequence[Known]) -> Mapping[str, Sequence[Known]]:
    return {leaf: [each for each in papers if leaf in each.exemplary_leaves] for leaf in TREE.leaf_ids}


def never(papers: Sequence[Known]) -> Mapping[str, Sequence[Known]]:
    pytest.fail("there is room for all, so nothing needs a rank")


def titles(shown: Sequence[Precedents]) -> dict[str, list[str]]:
    return {group.leaf: [entry.title for entry in group.entries] for group in shown}


def test_all_entries_are_shown_in_the_order_of_the_list_where_there_is_room() -> None:
    papers = [known("Hose", WATER), known("Eye", SENSE, operation="It looks\nat leaves."), known("Can", WATER, SENSE)]
    shown = precedents.select(papers, TREE, 1000, never)
    water, sense = (TREE.leaf(leaf).label for leaf in (WATER, SENSE))
    assert titles(shown) == {water: ["Hose", "Can"], sense: ["Eye", "Can"]}
    assert {entry.title: entry.operation for group in shown for entry in group.entries}["Eye"] == "It looks at leaves."


def test_entries_that_teach_nothing_are_not_shown() -> None:
    odd_here = Known(key="Pot", titles=("Pot",), leaves=(WATER, SENSE), odd_leaves=(WATER,))
    shown = precedents.select([known("Hose", WATER, odd=True), odd_here], TREE, 1000, never)
    assert titles(shown) == {TREE.leaf(SENSE).label: ["Pot"]}


def test_the_most_typical_are_shown_where_there_is_no_room_and_every_leaf_gets_its_turn() -> None:
    papers = [known(f"Water {number}", WATER) for number in range(50)] + [known("Eye", SENSE)]

    def backwards(given: Sequence[Known]) -> Mapping[str, Sequence[Known]]:
        return {leaf: list(reversed(papers)) for leaf, papers in in_order(given).items()}

    shown = titles(precedents.select(papers, TREE, HEADINGS, backwards))
    water, sense = (TREE.leaf(leaf).label for leaf in (WATER, SENSE))
    assert shown[sense] == ["Eye"]
    assert shown[water][-2:] == ["Water 48", "Water 49"] and 3 < len(shown[water]) < 20
    assert shown[water] == [f"Water {number}" for number in range(50 - len(shown[water]), 50)]


@given(st.lists(st.tuples(st.text(max_size=40), st.sampled_from([WATER, SENSE])), unique_by=lambda pair: pair[0]))
def test_no_more_is_shown_than_there_is_room_for(given_papers: list[tuple[str, str]]) -> None:
    papers = [known(title, leaf) for title, leaf in given_papers]
    shown = precedents.select(papers, TREE, HEADINGS, in_order)
    lines = [f"- {entry.title}" for group in shown for entry in group.entries]
    assert len("\n".join([*lines, *(f"[{group.leaf}]" for group in shown)])) <= HEADINGS
