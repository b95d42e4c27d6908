"""The days on which papers are submitted to arXiv, and those on which arXiv announces them.

The schedule (https://info.arxiv.org/help/availability.html), all times US Eastern:

====================  ===================  ==============
submitted             announced            announced day
====================  ===================  ==============
Mon 14:00 - Tue 14:00  Tue 20:00            Wednesday
Tue 14:00 - Wed 14:00  Wed 20:00            Thursday
Wed 14:00 - Thu 14:00  Thu 20:00            Friday
Thu 14:00 - Fri 14:00  Sun 20:00            Monday
Fri 14:00 - Mon 14:00  Mon 20:00            Tuesday
====================  ===================  ==============

The *announced day* is the date that the listing pages and the RSS feed print: the day after the 20:00 mailing. From its
midnight (Eastern) the feeds carry it (https://info.arxiv.org/help/rss.html). There is none on Saturday and Sunday.

The schedule says when a paper is announced *at the earliest*. A paper that moderators hold comes days or weeks later,
with its old submission date: only the feed of that day knows.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EASTERN: Final = ZoneInfo("America/New_York")
_CUTOFF: Final = time(14, tzinfo=EASTERN)
_DAY: Final = timedelta(days=1)

_FIXED: Final = frozenset({(1, 1), (6, 19), (7, 4), (12, 24), (12, 25), (12, 31)})
_NTH_WEEKDAY: Final = frozenset(
    {(1, 0, 3), (9, 0, 1), (11, 3, 4)}
)  # (month, weekday, n): King Day, Labor Day, Thanksgiving


def announcement_days(since: date, until: date) -> tuple[date, ...]:
    """Return the days from ``since`` to ``until``, both inclusive, that arXiv dates an announcement, oldest first."""
    span = (since + _DAY * n for n in range((until - since).days + 1))
    return tuple(day for day in span if _is_announcement_day(day))


def latest_day(now: datetime) -> date:
    """Return the newest day whose announcement the feeds may carry at ``now`` (aware): the last weekday in the East.

    Holidays are not left out, so that an announcement on an assumed holiday is still inside tonight's window.
    """
    day = now.astimezone(EASTERN).date()
    while day.weekday() >= 5:
        day -= _DAY
    return day


def submission_window(day: date) -> tuple[datetime, datetime]:
    """Return when the papers of announcement day ``day`` are submitted: from (inclusive), to (exclusive).

    The windows of successive announcement days tile time; the day after a holiday has the holiday's papers too.
    """
    before = day - _DAY
    while not _is_announcement_day(before):
        before -= _DAY
    return _cutoff(before), _cutoff(day)


def scheduled_day(submitted: datetime) -> date:
    """Return the earliest day on which a paper submitted at ``submitted`` (aware) is announced."""
    day = submitted.astimezone(EASTERN).date()
    while not _is_announcement_day(day) or submitted >= _cutoff(day):
        day += _DAY
    return day


def _cutoff(day: date) -> datetime:
    """The submissions of Monday's list close on Friday, those of any other day on the eve."""
    return datetime.combine(day - _DAY * (3 if day.weekday() == 0 else 1), _CUTOFF)


def _is_announcement_day(day: date) -> bool:
    return day.weekday() < 5 and not _is_holiday(day - _DAY)


def _is_holiday(evening: date) -> bool:
    """Return whether no mailing is expected on this evening.

    arXiv publishes its holidays each year on the page above; these are the US ones assumed to recur. (On Memorial Day
    2025 there was a mailing, on Labor Day 2025 there was none.) A wrong guess loses nothing: the feed's own date is
    believed before this list, and a working day without any paper is incomplete, so it is read again.
    """
    nth = (evening.month, evening.weekday(), (evening.day + 6) // 7)
    return (evening.month, evening.day) in _FIXED or nth in _NTH_WEEKDAY
