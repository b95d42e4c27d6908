"""Relevance learned from the titles of a list alone."""

from __future__ import annotations

from datetime import date

from agent.judges.local.titles import LEAST, TitleRelevance
from agent.records import Paper

PARTS = ("Kilns", "Glazes", "Shards", "Wheels", "Handles", "Spouts", "Lids")
OTHERS = ("Spin Waves", "Traffic", "Proteins", "Galaxies", "Markets", "Bridges", "Weather")
LISTED = [f"Clay Pots and their {part} in Period {n}" for n, part in enumerate(PARTS * 4)]


def _paper(paper_id: str, title: str) -> Paper:
    return Paper(id=paper_id, title=title, abstract="", announced=date(2025, 11, 13))


NIGHT = [_paper(f"2511.{n:05}", f"Forecasting {OTHERS[n % 7]} in Region {n}") for n in range(30)]


def test_a_title_like_the_listed_ones_is_typical_and_others_are_not() -> None:
    pots = _paper("2511.09999", "Clay Pots and their Handles in Period 30")
    relevance = TitleRelevance(LISTED, [*NIGHT, pots])
    assert relevance.usable
    assert relevance.score(pots) > max(relevance.score(paper) for paper in NIGHT)
    assert max(relevance.score(paper) for paper in NIGHT) < 0.2


def test_a_paper_of_another_night_is_scored_too_and_always_alike() -> None:
    stranger = _paper("2512.00001", "Clay Pots and their Glazes in Period 31")
    first, again = (TitleRelevance(LISTED, NIGHT).score(stranger) for _ in range(2))
    assert first == again > 0.2


def test_few_titles_say_too_little() -> None:
    assert not TitleRelevance(LISTED[: LEAST - 1], NIGHT).usable
    assert not TitleRelevance(LISTED, NIGHT[: LEAST - 1]).usable
    assert not TitleRelevance(["One Title"] * 50, NIGHT).usable
