"""Names of months in the languages that lists are written in: read with the form they have, and printed in it again."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_ENGLISH: Final = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_ENGLISH_SHORT: Final = {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name} | {
    "sept": 9
}
ENGLISH: Final = _ENGLISH | _ENGLISH_SHORT
"""The number of each English name of a month, long or short, in lower case."""
ENGLISH_NAMES: Final = "|".join(sorted(ENGLISH, key=len, reverse=True))
"""These names as alternatives of a regular expression."""
_LONG: Final = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "rg": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
"""``rg`` is Russian after a day: ``5 мая``."""
_SHORT: Final = {
    "de": "jan feb märz apr mai juni juli aug sept okt nov dez",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "ru": "янв фев март апр май июнь июль авг сент окт нояб дек",
}
"""Italian and Portuguese short names are left out: some are English words."""
LETTERS: Final = "jfmasondegl\u044f\u0444\u043c\u0430\u0438\u0441\u043e\u043d\u0434"
"""What the name of a month begins with."""
_CODE: Final = re.compile(r"%(?:\{(?P<language>\w\w)\}(?P<form>[aAbB])|\^?[bBS]\.?)")


def _read_tables() -> dict[str, tuple[str, int, str]]:
    """Return the language, number and form of each name that is not English: ``B`` for a long name, ``b`` for a short
    one, ``A`` for what is both, or a name in several languages."""
    found: dict[str, tuple[str, int, str]] = {}
    several = Counter(name for names in _LONG.values() for name in names.split())
    for language, names in _LONG.items():
        short = _SHORT.get(language, names).split()
        for number, (long, brief) in enumerate(zip(names.split(), short, strict=True), 1):
            both = several[long] > 1 or (long == brief and language in _SHORT)
            found.setdefault(long, (language, number, "A" if both else "B"))
            found.setdefault(brief, (language, number, "b"))
    return {name: told for name, told in found.items() if name not in ENGLISH}


_OTHERS: Final = _read_tables()
NAMES: Final = "|".join(sorted({*ENGLISH, *_OTHERS}, key=len, reverse=True))
"""The names of months as alternatives of a regular expression, in lower case."""


def read_month(name: str, dot: str) -> tuple[int, str]:
    """Return the number and form of a month's name, which a full stop may follow; 0 for no such name."""
    key = name.casefold()
    if (other := _OTHERS.get(key)) is not None:
        language, number, form = other
        language = "fr" if language == "de" and name.islower() else language  # ``mai``: German names are capitalised
        language = language.upper() if name.isupper() else language.capitalize() if name[0].isupper() else language
        return number, f"%{{{language}}}{'a' if form == 'b' and dot else form}"
    # "May" is both long and short; the forms of the others in the section decide where it matters.
    form = "%B" if key in _ENGLISH and len(name) > 3 else "%S" if key == "sept" else "%b"
    form = form.replace("%", "%^") if name.isupper() else form
    return ENGLISH.get(key, 0), form + dot


def format_month(language: str, form: str, month: int) -> str:
    """Return the name of a month in a language, written in the case that the language's own code has: ``De`` for
    ``Mai``. ``a`` is a short name with a full stop where it is shorter than the long one."""
    long = _LONG[language.casefold()].split()[month - 1]
    short = _SHORT.get(language.casefold(), _LONG[language.casefold()]).split()[month - 1]
    name = long if form in "AB" else short + ("." if form == "a" and short != long else "")
    return name.upper() if language.isupper() else name.capitalize() if language[0].isupper() else name


def is_ambiguous(name: str) -> bool:
    """Say whether a name is also an English word where it is not at the start of a text."""
    return name == "Mars"


def settle_month(form: str, beside: Iterable[str]) -> str:
    """Return the form of a date with its month printed as the dates beside it that tell more: ``November 2025`` beside
    ``Oktober 2025`` is German, ``mai 2024`` beside ``déc. 2023`` a short name."""
    own = _CODE.search(form)
    if own is None or (own["form"] and own["form"] != "A"):
        return form
    shape = _CODE.sub("%M", form)
    told = Counter(
        found[0]
        for other in beside
        if (found := _CODE.search(other)) and found["form"] and found["form"] != "A" and _CODE.sub("%M", other) == shape
    )
    return form.replace(own[0], told.most_common(1)[0][0]) if told else form


def shape_of(form: str) -> str:
    """Return the form of a date without how its month is named."""
    return _CODE.sub("%M", form)
