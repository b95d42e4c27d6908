"""Dates as lists print them: read with the form they are printed in, and printed in that form again."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from agent.core.catalog.pieces.months import LETTERS, NAMES, format_month, is_ambiguous, read_month

_YEAR: Final = r"(?:19|20)\d\d"
_MONTH: Final = r"(?:1[0-2]|0?[1-9])"
_DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])"
_GOES_ON: Final = r"_*[^\W_]"
"""What a date does not end before; underscores may close emphasis around it."""
_DATE: Final = re.compile(
    rf"""(?=[\d'\u2019{LETTERS}])(?:(?<![^\W_])(?<!\d\.)(?:
(?P<y1>{_YEAR})(?P<s1>\s?[-/.\u2013\u2212]\s?|--)(?P<m1>{_MONTH})(?:(?P<t1>\s?[-/.\u2013\u2212]\s?|--)(?P<d1>{_DAY}))?(?!{_GOES_ON}|/|[-.]\d)
|(?P<y2>{_YEAR})\s?\u5e74\s?(?P<m2>{_MONTH})\s?\u6708(?:\s?(?P<d2>{_DAY})\s?\u65e5)?
|(?P<n3>{NAMES})(?P<dot3>\.?)(?P<s3>\ de\ |[ ,]{{1,2}}|-|/)
  (?:(?P<d3>{_DAY})(?P<th3>st|nd|rd|th)?(?P<c3>,?\ ))?(?P<y3>{_YEAR}|['\u2019]\d\d)(?!{_GOES_ON})
|(?P<d4>{_DAY})(?P<th4>st|nd|rd|th)?(?P<s4>\.?[ -](?:of\ |de\ )?)(?P<n4>{NAMES})(?P<dot4>\.?)
  (?P<c4>\ de\ |,?[ -])(?P<y4>{_YEAR})(?!{_GOES_ON})
|(?P<y5>{_YEAR})(?P<s5>[ ,/-]{{1,2}})(?P<n5>{NAMES})(?P<dot5>\.?)(?:(?P<c5>\ )(?P<d5>{_DAY}))?(?!{_GOES_ON})
|(?P<d13>{_DAY})\.(?P<m13>{_MONTH})\.(?P<y13>{_YEAR})(?![\w/])
|(?P<d14>1[3-9]|2\d|3[01])/(?P<m14>{_MONTH})/(?P<y14>{_YEAR})(?![\w/])
|(?P<m6>{_MONTH})(?P<s6>[/.])(?:(?P<d6>{_DAY})(?P=s6))?(?P<y6>{_YEAR})(?![\w/])
|(?P<y12>20\d\d)(?P<m12>0[1-9]|1[0-2])(?P<d12>0[1-9]|[12]\d|3[01])(?!\w|[-./]\d)
|(?P<y7>{_YEAR})(?!{_GOES_ON}|\.\d)
)|(?P<mark8>['\u2019](?:\ (?=\d\d(?:[\])*|,]|\s*(?:\n|$))))?)(?P<y8>\d\d)(?![\w'\u2019])
|(?:(?<=[\[(|`])|(?<=\|\ )|(?<=:\ )|(?<=:\*\*\ )|(?<=\*:\ )|(?<=xiv-)|\A)
  (?P<y11>[12]\d)(?P<s11>[./-])(?P<m11>0[1-9]|1[0-2])(?:(?P=s11)(?P<d11>0[1-9]|[12]\d|3[01]))?(?=\s*(?:[\])|`]|-[0-9a-z]|\Z))
|(?:(?<=[\[(|*`])|(?<=[|\#]\ )|\A)(?P<y15>1[3-9]|2[1-9])(?P<m15>0[1-9]|1[0-2])(?=[\])|*`]|\s\||\Z)
|(?<=[A-Za-z])(?:(?P<y9>20[12]\d)|(?P<y10>[12]\d))(?!\w))""",
    re.VERBOSE | re.IGNORECASE,
)
_FORMS: Final = {name: int(re.sub(r"\D", "", name)) for name in _DATE.groupindex}
"""The number of the form that a group is a part of."""
_PARTS: Final = {form: tuple(name for name, its in _FORMS.items() if its == form) for form in _FORMS.values()}
_LAYOUTS: Final = {
    1: "{y}{s}{m}{t}{d}",
    2: "{y}\u5e74{m}\u6708[{d}\u65e5]",
    3: "{m}{s}{d}{th}{c}{y}",
    4: "{d}{th}{s}{m}{c}{y}",
    5: "{y}{s}{m}{c}{d}",
    6: "{m}{s}[{d}{s}]{y}",
    7: "{y}",
    8: "{mark}{y}",
    9: "{y}",
    10: "{y}",
    11: "{y}{s}{m}[{s}{d}]",
    12: "{y}{m}{d}",
    13: "{d}.{m}.{y}",
    14: "{d}/{m}/{y}",
    15: "{y}{m}",
}
"""How each form is printed, by the letters of its groups; what is in brackets, only with a day."""
_WITH_DAY: Final = re.compile(r"\[(.*)\]")
_NO_DATES: Final[Iterator[Printed]] = iter(())  # most texts have none; it never yields, so that all may share it
_DAY_LEAD: Final = re.compile(rf"[\s*_`(\[]*(?P<date>(?P<m>{_MONTH})(?P<sign>[/.-])(?P<d>{_DAY}))(?=[\s*_`)\]:,|]|$)")
_MONTH_LEAD: Final = re.compile(r"[\s*_`(\[]*(?P<date>(?P<y>1[3-9]|2\d)(?P<m>0[1-9]|1[0-2]))(?=\s*[.:|,]?[\s*_`)\]]|$)")
# Every form above has one of these; the first of them tells where, at most, the first date begins.
_YEARLIKE: Final = re.compile(
    r"[12'\u2019](?:(?<=1)9\d\d|(?<=2)0\d\d|(?<=['\u2019])\ ?\d\d|(?<=[12])\d[./-](?:0[1-9]|1[0-2])"
    r"|(?<=[12])\d(?:0[1-9]|1[0-2])(?![\w.])|(?<=[a-z][12])\d(?!\w))",
    re.IGNORECASE,
)
_MONTH_DIGITS: Final = re.compile(r"[\s*_`(\[]*(?P<date>(?P<y>2[1-9])(?P<m>0[1-9]|1[0-2]))[\s*_`)\]]*")
_BEFORE_YEAR: Final = 24
"""No form prints more characters before its year: ``30th of September. 2024``."""


MONTH_OF_ID: Final = "%y%m"
"""The form of a month as arXiv's ids begin with it: ``2511`` for November 2025."""

UNSURE: Final = frozenset({MONTH_OF_ID, "%y-%m", "%y/%m", "%y.%m"})
"""Forms of a month that may be a count, or a month and day: ``11-06``."""
_ID: Final = re.compile(r"(?<![\d.])(?P<y>\d\d)(?P<m>0[1-9]|1[0-2])\.\d{4,5}(?!\d)")
_APART: Final = 3
"""So many months may lie between the date that an entry prints and that of its arXiv id."""


class Printed(NamedTuple):
    """A date in a text: where it stands, how it is printed, and what it says; month and day are 0 when not told."""

    start: int
    end: int
    form: str
    year: int
    month: int
    day: int

    @property
    def key(self) -> tuple[int, int, int]:
        """The key by which dates are ordered."""
        return (self.year, self.month, self.day)


def find_dates(text: str, start: int = 0, end: int | None = None) -> Iterator[Printed]:
    """Yield the dates of a stretch of text, in order. A year glued to a word, as in ``ACL2024``, is one too."""
    end = len(text) if end is None else end
    year = _YEARLIKE.search(text, start, end)
    return _NO_DATES if year is None else _find_dates(text, start, end, max(start, year.start() - _BEFORE_YEAR))


def _find_dates(text: str, start: int, end: int, first: int) -> Iterator[Printed]:
    """Yield the dates of a stretch of text that begin at ``first`` or behind it."""
    for match in _DATE.finditer(text, first, end):
        number = _FORMS[match.lastgroup or ""]  # a match is one of the forms: it has no groups of others
        if number == 3 and is_ambiguous(match["n3"]) and re.search(r"\w", text[start : match.start()]):
            continue
        begin, stop = match.span()
        yield Printed(begin, stop, *_told(number, match.group(0, *_PARTS[number])))


def read_month_digits(text: str) -> Printed | None:
    """Return the month that a text is which can but be one for its place, such as the cell of a date: ``2511``."""
    return _month_of_id(_MONTH_DIGITS.fullmatch(text))


def most_exact(*dates: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the first of those dates that tell most: a month before a year alone, a day too, (0, 0, 0) last."""
    return max(dates, key=lambda told: (told[1] > 0, told[0] > 0, told[2] > 0))


def find_day_lead(text: str, start: int, end: int) -> Printed | None:
    """Return the month and day, without a year, that a stretch begins with, as entries below a year do: ``10/23``; or
    the month as arXiv's ids begin with it: ``2511``."""
    match = _DAY_LEAD.match(text, start, end)
    if match is None:
        return find_month_lead(text, start, end)
    form = f"{_month_form(match['m'])}{match['sign']}{_day_form(match['d'])}"
    return Printed(match.start("date"), match.end("date"), form, 0, int(match["m"]), int(match["d"]))


def find_month_lead(text: str, start: int, end: int) -> Printed | None:
    """Return the month that a stretch begins with, as arXiv's ids do: ``2511``."""
    return _month_of_id(_MONTH_LEAD.match(text, start, end))


def _month_of_id(match: re.Match[str] | None) -> Printed | None:
    """Return the ``date`` that a pattern found, with its year ``y`` and month ``m`` of two digits each."""
    if match is None:
        return None
    return Printed(*match.span("date"), MONTH_OF_ID, 2000 + int(match["y"]), int(match["m"]), 0)


def settle_by_id(date: Printed, source: str) -> Printed | None:
    """Return a date of an unsure form as the arXiv ids of its entry have it, ``11-06`` beside ``2511.01234`` as a day
    in November; None where the ids say that it is no date."""
    given = [12 * (2000 + int(found["y"])) + int(found["m"]) for found in _ID.finditer(source)]
    told = 12 * date.year + date.month
    if not given or any(abs(month - told) <= _APART for month in given):
        return date
    month = date.year % 100
    if date.form == MONTH_OF_ID or not any((month - other) % 12 in (0, 1) for other in given):
        return None
    return Printed(date.start, date.end, f"%m{date.form[2]}%d", 0, month, date.month)


def format_date(form: str, day: date) -> str:
    """Return a date in a printed form."""
    suffix = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    values = {
        "Y": f"{day.year}",
        "y": f"{day.year % 100:02}",
        "m": f"{day.month:02}",
        "n": f"{day.month}",
        "d": f"{day.day:02}",
        "e": f"{day.day}",
        "o": suffix,
        "B": calendar.month_name[day.month],
        "b": calendar.month_abbr[day.month],
        "S": "Sept" if day.month == 9 else calendar.month_abbr[day.month],
    }
    form = re.sub(r"%\{(\w\w)\}([aAbB])", lambda f: format_month(f[1], f[2], day.month), form)
    return re.sub(r"%(\^?)(\w)", lambda f: values[f[2]].upper() if f[1] else values[f[2]], form)


@lru_cache(maxsize=4096)
def _told(number: int, groups: tuple[str | None, ...]) -> tuple[str, int, int, int]:
    """Return the form, year, month and day of a match of the form with this number, given its text and its groups;
    lists print few dates, each many times."""
    got = {name.rstrip("0123456789"): group or "" for name, group in zip(_PARTS[number], groups[1:], strict=True)}
    year, year_form = _read_year(got["y"])
    month, month_form = _read_month(got)
    day = got.get("d", "")
    layout = _WITH_DAY.sub(r"\1" if day else "", _LAYOUTS[number])
    ordinal = "%o" if got.get("th") else ""
    form = layout.format_map({**got, "y": year_form, "m": month_form, "d": day and _day_form(day), "th": ordinal})
    return form, year, month, int(day or 0)


def _read_year(digits: str) -> tuple[int, str]:
    """Return the year of four or two digits, with its form: an apostrophe before two is a part of it."""
    return (int(digits), "%Y") if len(digits) == 4 else (2000 + int(digits[-2:]), digits[:-2] + "%y")


def _read_month(got: Mapping[str, str]) -> tuple[int, str]:
    """Return the month in digits or by name, with its form; 0 and no form where a date is but a year."""
    if name := got.get("n"):
        return read_month(name, got.get("dot", ""))
    digits = got.get("m", "")
    return int(digits or 0), _month_form(digits)


def _month_form(digits: str) -> str:
    return "%m" if len(digits) == 2 else "%n"


def _day_form(digits: str) -> str:
    return "%d" if len(digits) == 2 else "%e"
