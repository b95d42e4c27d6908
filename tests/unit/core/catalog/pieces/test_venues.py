"""Names of venues that nobody knows, told by how they are printed."""

from __future__ import annotations

import pytest

from agent.core.catalog.pieces.venues import find_venue


@pytest.mark.parametrize(
    ("text", "name", "year"),
    [
        ("Garden and Kitchen Journal", "Garden and Kitchen Journal", None),
        ("2024-KITCHENS", "KITCHENS", 2024),
        ("KITCHENS 2024", "KITCHENS", 2024),
    ],
)
def test_a_venue_that_stands_alone_needs_not_be_known(text: str, name: str, year: int | None) -> None:
    found = find_venue(text, 0, len(text), alone=True)
    assert found is not None
    assert (found.venue.name, found.year) == (name, year)


@pytest.mark.parametrize("text", ["Peas on a Journal of Weeks", "Journal", "2024-01", "trained with texts from arXiv"])
def test_other_words_are_no_venue(text: str) -> None:
    assert find_venue(text, 0, len(text), alone=True) is None
