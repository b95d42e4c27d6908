"""Weeks and spans of days in headings are read, and printed for another day."""

from __future__ import annotations

from datetime import date

import pytest

from agent.core.catalog.pieces.retitle import retitle
from agent.core.catalog.pieces.weeks import read_weeks

DAY = date(2025, 11, 13)
NEXT = {
    "## Week 45 (Nov 3 - Nov 9)": "## Week 46 (Nov 10 - Nov 16)",
    "## Papers of Week (October 27 - November 2) - 2025": "## Papers of Week (November 10 - November 16) - 2025",
    "### 2025-11-03 to 09": "### 2025-11-10 to 16",
    "## 2025-W45": "## 2025-W46",
    "## Week 45, 2025": "## Week 46, 2025",
    "## 3-9 November 2025": "## 10-16 November 2025",
    "## Issue #12 (Nov 3 - Nov 9)": "## Issue #13 (Nov 10 - Nov 16)",
    "## Week of November 3rd": "## Week of November 10th",
    "## Monday, November 10": "## Thursday, November 13",
    "## 2025-11-12 (Wed)": "## 2025-11-13 (Thu)",
    "## \u7b2c45\u5468\uff082025.11.03 - 2025.11.09\uff09": "## \u7b2c46\u5468\uff082025.11.10 - 2025.11.16\uff09",
    "## Dec 30, 2024 - Jan 5, 2025": "## Nov 10, 2025 - Nov 16, 2025",
}


@pytest.mark.parametrize(("heading", "new"), NEXT.items())
def test_a_heading_is_printed_for_the_period_of_another_day(heading: str, new: str) -> None:
    told = read_weeks(heading)
    assert told is not None
    assert not told.covers(DAY)
    assert retitle(told, heading, DAY) == new
    again = read_weeks(new)
    assert again is not None
    assert again.covers(DAY)
    begins = [weeks.begin(DAY) for weeks in (told, again)]
    assert None not in begins
    assert begins == sorted(begins)  # type: ignore[type-var]
    assert begins[0] != begins[1]


@pytest.mark.parametrize(
    "heading",
    [
        "Week 3: Transformers",
        "1.2 Agents",
        "Top 10 Papers",
        "2025-11",
        "Phase 3/4",
        "W2S",
        "Week 2 of November",
        "Week 2 of November 2025",
    ],
)
def test_other_headings_name_no_week(heading: str) -> None:
    assert read_weeks(heading) is None


def test_a_week_far_from_the_day_is_no_week_of_the_calendar() -> None:
    told = read_weeks("Week 2")
    assert told is not None
    assert retitle(told, "Week 2", DAY) is None


@pytest.mark.parametrize(
    ("heading", "beside", "day", "new"),
    [
        ("10/27 - 11/2", (), date(2025, 11, 5), "11/3 - 11/9"),
        ("11/10 - 11/16", ("11/03 - 11/09",), date(2026, 1, 7), "01/05 - 01/11"),
        ("May 25 - May 31", ("Apr 27 - May 3",), date(2026, 6, 3), "Jun 1 - Jun 7"),
        ("May 25 - May 31", ("April 27 - May 3",), date(2026, 6, 3), "June 1 - June 7"),
        ("Week 52", ("Week 08",), date(2026, 1, 7), "Week 02"),
    ],
)
def test_what_one_heading_leaves_open_is_printed_as_in_those_beside_it(
    heading: str, beside: tuple[str, ...], day: date, new: str
) -> None:
    told = read_weeks(heading)
    assert told is not None
    assert retitle(told, heading, day, [weeks for text in beside if (weeks := read_weeks(text))]) == new


def test_a_day_that_no_near_year_has_leads_to_no_new_heading() -> None:
    told = read_weeks("Feb 29 - Mar 6")
    assert told is not None
    assert retitle(told, "Feb 29 - Mar 6", date(2022, 1, 7)) is None
