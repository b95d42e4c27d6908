"""Weeks and spans of days as headings print them: ``Week 45``, ``Nov 3 - Nov 9``."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from agent.core.catalog.pieces.dates import Printed, find_dates
from agent.core.catalog.pieces.months import ENGLISH, ENGLISH_NAMES

_DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH: Final = r"(?:1[0-2]|0?[1-9])"
_MONTH_DAY: Final = re.compile(
    rf"""(?<![\w.])(?:
(?P<n1>{ENGLISH_NAMES})(?P<gap1>\.?\ )(?P<d1>{_DAY})(?P<th1>st|nd|rd|th)?(?!\w)
|(?P<d2>{_DAY})(?P<th2>st|nd|rd|th)?(?P<gap2>\ (?:of\ )?)(?P<n2>{ENGLISH_NAMES})(?!\w)
|(?P<m3>{_MONTH})/(?P<d3>{_DAY})(?![\w/])
|(?P<m4>{_MONTH})\u6708(?P<d4>{_DAY})\u65e5)""",
    re.VERBOSE | re.IGNORECASE,
)
_WEEK: Final = re.compile(
    r"(?<![\w.])(?:week|wk\.?|w|kw)[ -]?\W?(?P<number>0?[1-9]|[1-4]\d|5[0-3])(?!\w)"
    r"|\u7b2c ?(?P<chinese>0?[1-9]|[1-4]\d|5[0-3]) ?[\u5468\u9031]",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(r"(?<!\w)(?:issue|edition|vol(?:ume)?|no)?\.? ?#(?P<count>\d{1,4})(?!\w)", re.IGNORECASE)
_DASH: Final = r"\s*(?:-{1,2}|[\u2013\u2014~\uff5e\u81f3\u5230]|to|through|until)\s*"
_DAY_AFTER: Final = re.compile(rf"{_DASH}(?P<day>{_DAY})(?P<th>st|nd|rd|th)?(?!\w|[-/.]\d)", re.IGNORECASE)
_DAY_BEFORE: Final = re.compile(rf"(?<![\w.-])(?P<day>{_DAY})(?P<th>st|nd|rd|th)?{_DASH}\Z", re.IGNORECASE)
_WORDS: Final = frozenset(
    """
    week weekly weeks of the from to through until and in for on day daily digest paper papers reading readings read
    pick picks top best arxiv issue edition update updates updated volume vol no
    w wk kw
    \u5468 \u5468\u62a5 \u65e5\u62a5 \u8bba\u6587 \u7b2c\u671f
    """.split()  # noqa: SIM905 (read as prose)
)
_DIGEST: Final = frozenset({"week", "weekly", "digest", "\u5468\u62a5"})
_MOST_OTHERS: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]+")
_WEEK_DAYS: Final = range(5, 9)
_LONGEST: Final = 300
_WEEKDAYS: Final = tuple(name.casefold() for name in (*calendar.day_name, *calendar.day_abbr))
_WEEKDAY: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_WEEKDAYS)})(?!\w)", re.IGNORECASE)
_HALF_YEAR: Final = 26
_NEAR_WEEKS: Final = 8
"""A number of a week further from the day is no week of the calendar: of a course, say."""

_OF_MONTH: Final = re.compile(
    rf"\b(?:week|wk)\.? ?#?\d{{1,2}}(?:st|nd|rd|th)? of (?:the month of )?(?:{ENGLISH_NAMES})\b", re.IGNORECASE
)
"""A week counted within a month: where such weeks begin, no calendar tells."""

_Role = Literal["first", "last", "year", "week", "count", "weekday"]


class PeriodPart(NamedTuple):
    """A stretch of a heading: the first or last day, a year, the number of a week, a count of issues."""

    role: _Role
    printed: Printed
    number: int = 0


class Weeks(NamedTuple):
    """A period that is told by days without months of their own, or by a week.

    ``start`` and ``end`` are where it is printed; ``form`` is the same for headings printed alike; ``year``, ``month``
    and ``day`` are those of the first day, 0 where none is told.
    """

    start: int
    end: int
    form: str
    year: int
    month: int
    day: int
    parts: tuple[PeriodPart, ...]
    whole: bool = False

    @property
    def tells_year(self) -> bool:
        """Whether the heading itself prints the year, and not one above it."""
        return any(part.printed.year for part in self.parts)

    def begin(self, near: date, *, past: bool = False) -> date | None:
        """Return the day on which the period begins; None where there is no such day or week.

        Where no year is told it is the one nearest to a day, with ``past`` the last one that is not after it.
        """
        years = [self.year] if self.year else range(near.year - 1, near.year + 2)
        week = self._number("week")
        days = [_day(year, self.month, self.day) if self.day else _monday(year, week) for year in years]
        known = [day for day in days if day is not None and (self.year or not past or day <= near)]
        return min(known, key=lambda day: abs((near - day).days), default=None)

    def covers(self, day: date) -> bool:
        """Say whether a day lies in the period; a week without its weekend has it too."""
        first = self.begin(day)
        if self.day and first is not None:
            return first <= day < first + timedelta(self._step or 1)
        told = day.isocalendar()
        return self._number("week") == told.week and self.year in (0, told.year)

    def at(self, day: date) -> Weeks | None:
        """Return the period of the same length that a day lies in, or None where that cannot be told."""
        first = self.begin(day)
        if not self.day:
            told = day.isocalendar()
            since = told.week - self._number("week") + ((told.year - self.year) * 52 if self.year else 0)
            if not self.year and since < -_HALF_YEAR:
                since += 52  # a week of last year
            if abs(since) > _NEAR_WEEKS:
                return None
            return self._replace(year=self.year and told.year, parts=self._with(day, day, 0, told.week))
        if first is None or self._step is None:
            return None
        steps = (day - first).days // self._step
        begin = first + timedelta(steps * self._step)
        finish = begin + timedelta(self._length - 1)
        week = self._number("week")
        week = begin.isocalendar().week if week == first.isocalendar().week else week + steps
        parts = self._with(begin, finish, steps, week)
        return self._replace(year=self.year and begin.year, month=begin.month, day=begin.day, parts=parts)

    def _with(self, begin: date, finish: date, steps: int, week: int) -> tuple[PeriodPart, ...]:
        """Return the parts for other days."""
        changed = []
        for part in self.parts:
            day = begin if part.role == "first" else finish
            number = week if part.role == "week" else part.number + steps
            year = day.year if part.printed.year or part.role == "weekday" else 0
            printed = part.printed._replace(year=year, month=day.month, day=day.day)
            changed.append(PeriodPart(part.role, printed, number))
        return tuple(changed)

    def _number(self, role: _Role) -> int:
        return next((part.number for part in self.parts if part.role == role), 0)

    @property
    def _length(self) -> int:
        last = next((part.printed for part in self.parts if part.role == "last"), None)
        if last is None:
            return 1
        year = self.year or 2000
        first = _day(year, self.month, self.day)
        end = _day(year + (last.month < self.month), last.month, last.day)
        return (end - first).days + 1 if first and end else 0

    @property
    def _step(self) -> int | None:
        """How many days lie between the beginnings of two periods; None where they are of no usual length."""
        if self._length in _WEEK_DAYS or (self._length == 1 and self.whole):
            return 7
        return self._length if self._length in (1, 14) else None


@lru_cache(maxsize=4096)
def read_weeks(heading: str) -> Weeks | None:
    """Return the week, the span of days or the day without a year that a heading names, or None when it names none or
    has words of another subject."""
    if len(heading) > _LONGEST or not re.search(r"\d", heading) or _OF_MONTH.search(heading):
        return None
    parts = tuple(sorted(_parts(heading), key=lambda part: part.printed.start))
    roles = [part.role for part in parts]
    if not {"first", "week"}.intersection(roles) or len(roles) != len(set(roles)):
        return None
    rest = _beside(heading, parts)
    words = [word.casefold() for word in _WORD.findall(_WEEK.sub(" ", rest))]
    if _is_whole_date(parts, words) or _names_other(rest, words, roles):
        return None
    first = next((part.printed for part in parts if part.role == "first"), None)
    month, day = (first.month, first.day) if first else (0, 0)
    span = (parts[0].printed.start, parts[-1].printed.end)
    return Weeks(*span, _form_of(parts), _first_year(parts), month, day, parts, "week" in words or "week" in roles)


def _beside(heading: str, parts: Sequence[PeriodPart]) -> str:
    """Return what a heading has beside the parts of its period."""
    for part in reversed(parts):
        heading = heading[: part.printed.start] + " " + heading[part.printed.end :]
    return heading


def _is_whole_date(parts: Sequence[PeriodPart], words: Sequence[str]) -> bool:
    """Return whether a day with its year is all that is told: ``Nov 3, 2025``, but not ``Week of Nov 3, 2025``."""
    return [part.role for part in parts] == ["first"] and parts[0].printed.year > 0 and "week" not in words


def _names_other(rest: str, words: Sequence[str], roles: Sequence[_Role]) -> bool:
    """Return whether the rest of a heading is of another subject: ``Week 3: Transformers``. A digest of some days may
    have a few words of its own: ``Robot Papers Weekly, Nov 3 - Nov 9``."""
    if re.search(r"\d", rest):
        return True
    others = [word for word in words if word not in _WORDS]
    digest = "last" in roles and ("week" in roles or not _DIGEST.isdisjoint(words))
    few = digest and len(others) <= _MOST_OTHERS and not re.search(r"[:\uff1a]", rest)
    return bool(others) and not few


def _first_year(parts: Sequence[PeriodPart]) -> int:
    """Return the year of the first day, 0 where none is told: that before it of ``Dec 29 - Jan 4, 2026``."""
    year = next((part.printed.year for part in parts if part.printed.year), 0)
    days = [part.printed for part in parts if part.role in ("first", "last")]
    turns = len(days) > 1 and not days[0].year and days[-1].month < days[0].month
    return year - 1 if year and turns else year


def _form_of(parts: Sequence[PeriodPart]) -> str:
    """Return the form that headings printed alike have in common, whatever their days and months are."""
    form = " ".join(f"{part.role} {part.printed.form}" for part in parts)
    for unsure, sure in (("%d", "%e"), ("%m", "%n"), ("%B", "%b"), ("%S", "%b")):
        form = form.replace(unsure, sure)
    return form


def _parts(text: str) -> Iterator[PeriodPart]:
    """Yield what a heading tells of a period, each stretch once."""
    days: list[Printed] = []
    rest = text
    for found in find_dates(text):
        if found.day:
            days.append(found)
        elif not found.month and found.form == "%Y":
            yield PeriodPart("year", found)
        else:
            continue
        rest = _blanked(rest, found)
    for match in _MONTH_DAY.finditer(rest):
        days.append(_printed_day(match))
        rest = _blanked(rest, days[-1])
    days.sort()
    if len(days) == 1 and (other := _bare_day(rest, days[0])) is not None:
        days = sorted([days[0], other])
        rest = _blanked(rest, other)
    for found, role in zip(days, ("first", "last", "last"), strict=False):
        yield PeriodPart(role, found)  # type: ignore[arg-type]
    if (week := _WEEK.search(rest)) is not None:
        group = "number" if week["number"] else "chinese"
        span = week.span(group)
        form = "%d" if len(week[group]) == 2 and week[group][0] == "0" else "%e"
        yield PeriodPart("week", Printed(*span, form, 0, 0, 0), int(week[group]))
    if days and (weekday := _WEEKDAY.search(rest)) is not None:
        yield PeriodPart(
            "weekday", Printed(*weekday.span(), "%A" if weekday[0].casefold() in _WEEKDAYS[:7] else "%a", 0, 0, 0)
        )
    if days and (count := _COUNT.search(rest)) is not None:
        yield PeriodPart("count", Printed(*count.span("count"), "%e", 0, 0, 0), int(count["count"]))


def _blanked(text: str, found: Printed) -> str:
    return text[: found.start] + "\0" * (found.end - found.start) + text[found.end :]


def _printed_day(match: re.Match[str]) -> Printed:
    number = next(n for n in "1234" if match[f"d{n}"])
    digits = match[f"d{number}"]
    padded = digits.startswith("0") or (number in "34" and len(digits) == 2 and match[f"m{number}"].startswith("0"))
    day = ("%d" if padded else "%e") + ("%o" if number in "12" and match[f"th{number}"] else "")
    if number in "12":
        name = match[f"n{number}"]
        month = "%B" if name.casefold() in map(str.casefold, calendar.month_name) else "%b"
        month = "%S" if name.casefold() == "sept" else month.replace("%", "%^") if name.isupper() else month
        gap = match[f"gap{number}"]
        form = month + gap + day if number == "1" else day + gap + month
        value = ENGLISH[name.casefold()]
    else:
        told = match[f"m{number}"]
        month = "%m" if told.startswith("0") or (len(told) == 2 and digits.startswith("0")) else "%n"
        form = f"{month}/{day}" if number == "3" else f"{month}\u6708{day}\u65e5"
        value = int(told)
    return Printed(match.start(), match.end(), form, 0, value, int(digits))


def _bare_day(rest: str, beside: Printed) -> Printed | None:
    """Return the day without a month on the other side of a dash: the 16 of ``2025-11-10 to 16``."""
    match = _DAY_AFTER.match(rest, beside.end) or _DAY_BEFORE.search(rest[: beside.start])
    if match is None:
        return None
    padded = match["day"].startswith("0") or (len(match["day"]) == 2 and "%d" in beside.form)
    form = ("%d" if padded else "%e") + ("%o" if match["th"] else "")
    end = match.end("th") if match["th"] else match.end("day")
    if (int(match["day"]) > beside.day) != (match.start() >= beside.end):
        return None
    return Printed(match.start("day"), end, form, 0, beside.month, int(match["day"]))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _monday(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
