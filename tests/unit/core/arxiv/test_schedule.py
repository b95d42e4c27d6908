from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.arxiv.schedule import EASTERN, announcement_days, latest_day, scheduled_day, submission_window

MOMENTS = st.integers(1_175_000_000, 2_050_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        ("2025-11-10 14:00", "2025-11-12"),  # Monday at the cut-off: Tuesday's mailing, dated Wednesday
        ("2025-11-11 13:59", "2025-11-12"),
        ("2025-11-11 14:00", "2025-11-13"),
        ("2025-11-13 13:59", "2025-11-14"),
        ("2025-11-13 14:00", "2025-11-17"),  # Thursday to Friday: Sunday's mailing, dated Monday
        ("2025-11-14 13:59", "2025-11-17"),
        ("2025-11-14 14:00", "2025-11-18"),  # Friday to Monday: Monday's mailing, dated Tuesday
        ("2025-11-15 03:00", "2025-11-18"),
        ("2025-11-17 13:59", "2025-11-18"),
    ],
)
def test_a_submission_is_announced_as_the_public_schedule_says(submitted: str, announced: str) -> None:
    assert scheduled_day(eastern(submitted)) == date.fromisoformat(announced)


def test_the_papers_of_a_holiday_come_with_the_next_mailing() -> None:
    assert announcement_days(date(2025, 9, 1), date(2025, 9, 3)) == (date(2025, 9, 1), date(2025, 9, 3))  # Labor Day
    assert submission_window(date(2025, 9, 3)) == (eastern("2025-08-29 14:00"), eastern("2025-09-02 14:00"))
    assert scheduled_day(eastern("2025-11-27 15:00")) == date(2025, 12, 1)  # Thanksgiving afternoon


@given(MOMENTS)
def test_every_submission_lies_in_the_window_of_the_day_it_is_announced(submitted: datetime) -> None:
    opens, closes = submission_window(scheduled_day(submitted))
    assert opens <= submitted < closes


@given(st.dates(date(2008, 1, 1), date(2034, 1, 1)))
def test_the_windows_of_successive_days_leave_no_gap_and_no_overlap(start: date) -> None:
    days = announcement_days(start, start + timedelta(days=20))
    windows = [submission_window(day) for day in days]
    assert all(before[1] == after[0] for before, after in pairwise(windows))


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        ("2025-11-14 00:00", "2025-11-14"),
        ("2025-11-13 23:59", "2025-11-13"),  # announced since 20:00, but the feeds follow at midnight
        ("2025-11-16 21:00", "2025-11-14"),  # Sunday evening
        ("2025-11-17 00:05", "2025-11-17"),
    ],
)
def test_the_feeds_carry_a_day_from_its_midnight_in_the_east(now: str, latest: str) -> None:
    assert latest_day(eastern(now).astimezone(UTC)) == date.fromisoformat(latest)


def test_every_day_on_which_real_papers_were_announced_is_an_announcement_day(shared_data: Path) -> None:
    days: set[str] = set()
    for name in ("background-2025-09-to-11.jsonl.gz", "retrospective-2025.jsonl.gz"):
        with gzip.open(shared_data / name, "rt", encoding="utf-8") as lines:
            days |= {json.loads(line)["announced"] for line in lines}
    dates = {date.fromisoformat(day) for day in days}
    assert len(dates) > 50
    assert dates <= set(announcement_days(min(dates), max(dates)))
