"""Names of months in the languages of lists."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.catalog.pieces.dates import find_dates, format_date
from agent.core.catalog.pieces.months import settle_month

LANGUAGES = ("De", "de", "es", "Es", "fr", "FR", "it", "pt", "ru", "rg")


@given(
    language=st.sampled_from(LANGUAGES),
    shape=st.sampled_from(["%e %M %Y", "%e. %M %Y", "%M %Y", "%e de %M de %Y"]),
    code=st.sampled_from("aAbB"),
    day=st.dates(date(2015, 1, 1), date(2029, 1, 1)),
)
def test_a_printed_month_is_read_again(language: str, shape: str, code: str, day: date) -> None:
    printed = format_date(shape.replace("%M", f"%{{{language}}}{code}"), day)
    (found,) = find_dates(printed)
    assert (found.year, found.month, found.start, found.end) == (day.year, day.month, 0, len(printed))


@pytest.mark.parametrize(
    ("text", "beside", "next_month"),
    [
        ("November 2025", ["Oktober 2025", "Mai 2025"], "Dezember 2025"),
        ("mai 2024", ["déc. 2023", "août 2023"], "déc. 2025"),
        ("agosto 2024", ["luglio 2024"], "dicembre 2025"),
        ("April 2024", ["March 2024"], "December 2025"),
        ("5 мая 2024", [], "9 декабря 2025"),
        ("5 de mayo de 2024", [], "9 de diciembre de 2025"),
    ],
)
def test_a_month_is_printed_in_the_language_of_those_beside_it(text: str, beside: list[str], next_month: str) -> None:
    (form,) = (found.form for found in find_dates(text))
    others = [found.form for other in beside for found in find_dates(other)]
    assert format_date(settle_month(form, others), date(2025, 12, 9)) == next_month


def test_the_planet_is_no_month_within_a_title() -> None:
    assert not list(find_dates("Driving the Mars 2020 Rover"))
    assert [found.key for found in find_dates("## Mars 2020")] == [(2020, 3, 0)]
