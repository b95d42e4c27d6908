"""Print the heading of a week or of a span of days for another day."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from agent.core.catalog.pieces.dates import format_date
from agent.core.catalog.pieces.weeks import PeriodPart, Weeks, read_weeks

_TAG: Final = re.compile(r"<[^<>]*>")
_TOKEN: Final = re.compile(r"%(\^?)([demnBb])")
_ALIKE: Final = {"d": "e", "e": "d", "m": "n", "n": "m", "B": "b", "b": "B"}
_MAY: Final = 5


def retitle(weeks: Weeks, source: str, day: date, beside: Sequence[Weeks] = ()) -> str | None:
    """Return a heading's source for the period that a day lies in, or None when it cannot be told.

    What may be read in two ways, as ``May`` or ``10/27``, is printed as in the headings ``beside`` it.
    """
    other = weeks.at(day)
    here = read_weeks(_TAG.sub(lambda tag: "\0" * len(tag[0]), source))
    if other is None or here is None or len(here.parts) != len(other.parts):
        return None
    sure = Counter(token for period in (weeks, *beside) for part in period.parts for token in _sure_tokens(part))
    for part, new in reversed(list(zip(here.parts, other.parts, strict=True))):
        printed = new.printed._replace(form=_settle_form(part, new.printed.form, sure))
        text = _format(new._replace(printed=printed))
        source = source[: part.printed.start] + text + source[part.printed.end :]
    return source


def _is_sure(part: PeriodPart, token: str) -> bool:
    """Say whether a part shows how its day, week or month is printed: 10 has no room for a zero, May no other name."""
    if token in "Bb":
        return part.printed.month != _MAY
    value = part.number if part.role in ("week", "count") else part.printed.day if token in "de" else part.printed.month
    return value < 10


def _token_key(part: PeriodPart, token: str) -> tuple[str, str]:
    return (part.role if part.role in ("week", "count") else "", token)


def _sure_tokens(part: PeriodPart) -> Iterator[tuple[str, str]]:
    """Yield how a part prints its numbers and names, where it could have printed them otherwise.

    A zero before the day is one before the month too: ``11/03``.
    """
    tokens = [token for _, token in _TOKEN.findall(part.printed.form)]
    sure = [token for token in tokens if _is_sure(part, token)]
    zeros = not {"d", "m"}.isdisjoint(sure)
    for token in tokens:
        if token in sure or (zeros and token in "dm"):
            yield _token_key(part, token)


def _settle_form(old: PeriodPart, form: str, sure: Counter[tuple[str, str]]) -> str:
    """Return a form with what the old part leaves open as others print it, most of them."""

    def settle(match: re.Match[str]) -> str:
        token = match[2]
        other = _ALIKE[token]
        more = sure[_token_key(old, other)] > sure[_token_key(old, token)]
        return f"%{match[1]}{other}" if more and not _is_sure(old, token) else match[0]

    return _TOKEN.sub(settle, form)


def _format(part: PeriodPart) -> str:
    if part.role in ("week", "count"):
        return f"{part.number:02}" if part.printed.form == "%d" else f"{part.number}"
    year = part.printed.year or 2000
    if part.role == "weekday":
        names = calendar.day_name if part.printed.form == "%A" else calendar.day_abbr
        return names[date(year, part.printed.month, part.printed.day).weekday()]
    return format_date(part.printed.form, date(year, part.printed.month or 1, part.printed.day or 1))
