"""Weeks and spans of days in headings are read, and printed for another day."""

from __future__ import annotations

from datetime import date

import pytest

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
    assert told.retitle(heading, DAY) == new
    again = read_weeks(new)
    assert again is not None
    assert again.covers(DAY)
    assert again.key > told.key


@pytest.mark.parametrize(
    "heading", ["Week 3: Transformers", "1.2 Agents", "Top 10 Papers", "2025-11", "Phase 3/4", "W2S"]
)
def test_other_headings_name_no_week(heading: str) -> None:
    assert read_weeks(heading) is None


def test_a_week_far_from_the_day_is_no_week_of_the_calendar() -> None:
    told = read_weeks("Week 2")
    assert told is not None
    assert told.retitle("Week 2", DAY) is None
