"""A list's titles against those of announcements."""

from __future__ import annotations

import pytest

from agent.judges.local.space import build_space, text_of
from agent.judges.local.titles import Title, TitleModel, odds_of, read_reference
from agent.records import Paper
from tests.support.invented_list import BACKGROUND, CLEANING, TELESCOPE

LISTED = ("Filtering Crawled Pages", "Deduplicating Web Text for Pretraining", "Cleaning Instruction Data")
SPACE = build_space(
    tuple(text_of(each.title, each.abstract) for each in (*BACKGROUND, CLEANING)), ("Cleaning of text.",)
)
OTHERS = [Title(each.id, text_of(each.title, "")) for each in BACKGROUND]


def estimate(paper: Paper, *titles: str, others: list[Title] = OTHERS, own: tuple[str, ...] = ()) -> float:
    model = TitleModel(SPACE, [text_of(title, "") for title in titles], others)
    return float(model.estimate(SPACE.places([text_of(paper.title, paper.abstract)]), [own])[0])


def test_a_paper_like_the_titles_of_a_list_is_told_from_other_announcements() -> None:
    assert estimate(CLEANING, *LISTED) > 3 > estimate(TELESCOPE, *LISTED)


def test_its_own_title_among_the_announcements_has_no_say() -> None:
    with_it = [*OTHERS, Title("own", text_of(CLEANING.title, ""))]
    without = estimate(CLEANING, *LISTED)
    assert estimate(CLEANING, *LISTED, others=with_it) < without
    assert estimate(CLEANING, *LISTED, others=with_it, own=("own",)) == pytest.approx(without, rel=0.05)


def test_without_any_announcement_there_is_still_an_estimate() -> None:
    assert 0 < estimate(CLEANING, *LISTED, others=[]) < 2


def test_what_is_like_the_list_but_has_none_of_its_words_is_not_on_its_subject() -> None:
    assert odds_of(9.0, -1.1, earlier=True, few=False) < 0 < odds_of(9.0, -0.9, earlier=True, few=False)
    assert odds_of(9.0, -0.1, earlier=False, few=True) < 0 < odds_of(9.0, 0.1, earlier=False, few=True)


def test_the_reference_has_five_hundred_titles_and_no_text_but_these() -> None:
    titles = read_reference()
    assert len(titles) == len(set(titles)) == 500
    assert all(title.strip() and len(title) < 300 for title in titles)
