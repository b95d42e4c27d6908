"""Typical of a leaf is what is nearer to its other papers than to the list."""

from __future__ import annotations

from agent.core.survey.known_papers import Known
from agent.judges.local.typical import rank_by_typicality


def known(title: str, leaf: str, odd: bool = False) -> Known:
    return Known(key=title, titles=(title,), leaves=(leaf,), odd=odd)


HOSES = [
    known("A Drip Hose that Waters by Weight", "water"),
    known("Hose and Drip Watering of Roses", "water"),
    known("A Poem on Patience", "water"),
    known("Watering Roses by Drip Hose", "water"),
]
EYES = [known("A Camera that Watches Leaves", "sense"), known("Leaves under a Camera", "sense")]


def test_the_outsider_of_a_leaf_comes_last() -> None:
    ranked = rank_by_typicality([*HOSES, *EYES])
    assert ranked["water"][-1].title == "A Poem on Patience"
    assert set(ranked["water"]) == set(HOSES) and set(ranked["sense"]) == set(EYES)


def test_equals_keep_the_order_of_the_list_and_odd_entries_have_no_rank() -> None:
    same = [Known(key=str(number), titles=("Roses",), leaves=("water",)) for number in range(5)]
    assert rank_by_typicality(same)["water"] == tuple(same)
    assert rank_by_typicality([known("Roses", "water", odd=True)]) == {}
    assert rank_by_typicality([]) == {}


def test_the_order_of_a_leaf_does_not_depend_on_the_words_of_a_paper_that_is_left_out() -> None:
    first = rank_by_typicality(HOSES)["water"]
    longer = [*HOSES, known("Zinnia Zinnia Zinnia", "sense")]
    assert rank_by_typicality([each for each in longer if each.leaves == ("water",)])["water"] == first
