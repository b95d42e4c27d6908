"""Dates as lists print them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.catalog.pieces.dates import find_dates, format_date

FORMS = [
    "%Y",
    "%Y/%m",
    "%Y.%m.%d",
    "%b %Y",
    "%B %d, %Y",
    "%d of %B. %Y",
    "%e%o %S. '%y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y \u5e74 %m \u6708",
]
WORDS = st.text("ab 1290[]('\u2019,.-|", max_size=40)


@given(before=WORDS, form=st.sampled_from(FORMS), day=st.dates(date(2015, 1, 1), date(2029, 1, 1)))
def test_a_date_is_found_wherever_it_stands(before: str, form: str, day: date) -> None:
    printed = format_date(form, day)
    text = f"{before}| {printed} |"
    assert any(found.year == day.year and found.end == len(text) - 2 for found in find_dates(text))


@given(WORDS, WORDS, st.sampled_from(["30th of September. 2024", "2024-05-06", "ACL24", "'24", "[24.05]"]))
def test_the_dates_of_a_stretch_do_not_depend_on_what_is_left_out_before_it(before: str, after: str, sign: str) -> None:
    text = f"{before} | {sign} | {after}"
    start = len(before) + 1
    whole = [found for found in find_dates(text) if found.start >= start]
    assert list(find_dates(text, start)) == whole


def test_the_day_stands_before_the_month_where_points_part_them_or_it_can_be_no_month() -> None:
    found = [(each.form, each.key) for each in find_dates("03.10.2025, 28/10/2025, 10/03/2025, 10.2025")]
    assert found == [
        ("%d.%m.%Y", (2025, 10, 3)),
        ("%d/%m/%Y", (2025, 10, 28)),
        ("%m/%d/%Y", (2025, 10, 3)),
        ("%m.%Y", (2025, 10, 0)),
    ]


@pytest.mark.parametrize("mark", ["_", "__", "*", "**", "***"])
@pytest.mark.parametrize("form", ["%Y", "%Y-%m", "%Y/%m/%d", "%B %Y", "%d %B %Y", "%Y %b"])
def test_a_date_ends_before_what_closes_its_emphasis(mark: str, form: str) -> None:
    printed = format_date(form, date(2024, 11, 17))
    assert [found.form for found in find_dates(f"in {mark}{printed}{mark}, and")] == [form]


@pytest.mark.parametrize("word", ["2024_seeds", "2024__seeds", "2024_11x", "2024seeds"])
def test_no_date_begins_a_longer_word(word: str) -> None:
    assert [found for found in find_dates(f"in {word}") if found.month or found.end == len("in 2024")] == []
