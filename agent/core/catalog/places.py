"""Read the headings in a section that only name a year, a date, a venue or a letter, and say which a day belongs to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from agent.core.catalog.blocks import HeadingLine
from agent.core.catalog.formats.style import Found
from agent.core.catalog.pieces.dates import Printed, find_dates, format_date
from agent.core.catalog.pieces.months import is_ambiguous, read_month, settle_month, shape_of
from agent.core.catalog.pieces.retitle import retitle
from agent.core.catalog.pieces.weeks import Weeks, read_weeks

PeriodKey = tuple[int, int, int]

_MAY: Final = 5
"""The month whose name is long and short at once."""
_LETTERS: Final = re.compile(r"[A-Za-z0#]|[A-Za-z0]\s*[-\u2013\u2014~]\s*[A-Za-z9]")
_EARLIER: Final = re.compile(
    r"(?:before|pre|until|older than|\u2264|<=?|[-\u2013~])[ -]?(?:19|20)\d\d"
    r"|(?:19|20)\d\d (?:and|&) (?:before|earlier|older)|older|earlier",
    re.IGNORECASE,
)
_AROUND_DATE: Final = re.compile(
    r"^(?:(?:arxiv|daily|latest|new|recent|top|weekly)\s+)*(?:papers?|publications?|updates?|updated|year|published|in)\s+"
    r"(?:(?:for|from|in|of|on)\s+)?(?=\W*(?:19|20)\d\d|[a-z]{3,9}\.?,?\s+(?:19|20)\d\d$)"
    r"|\s+papers?$|\s*(?:\u8bba\u6587|\u66f4\u65b0|\u901f\u9012)+$",
    re.IGNORECASE,
)
"""What stands around a date in the heading of a day's or a year's papers: ``Papers for 2025-11-07``."""
_RANGE: Final = re.compile(r"(?:19|20)\d\d ?[-\u2013~] ?(?:(?:19|20)?\d\d|now|present)", re.IGNORECASE)
_MONTHS: Final = """
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october
    november december
"""
_VENUES: Final = """
    aaai aacl aamas acl acmmm acsac aistats arxiv ase asiaccs asplos asru asscc biorxiv bmvc cav ccs cgo chi
    cicc cikm coling colm colt conext conll corl corr cscw cvpr dac dsn eacl ecai eccv ecir ecml ecoop edbt
    emnlp emsoft esec esorics eurographics eurosys fccm findings fpl fse hpca hri icaps icassp iccad iccv icdcs
    icde icdm icfp icip iclr icme icml icpc icpr icra icse icsme ijcai ijcnn ijcv ijrr infocom interspeech iros
    isca islped isscc issta iswc iui jair jmlr jssc kdd lrec miccai midl mlsys mm mobicom mobisys naacl nature
    ndss neurips nips nsdi oopsla osdi pami pldi pmlr pnas podc popl ppopp preprint preprints recsys rss saner
    sensys sigcomm siggraph sigir sigkdd sigmod sosp starsem tacas tacl tcad tcsvt tip tkde tmi tmlr tmm tnnls
    tois tosem tpami tro tse tvcg uai ubicomp uist usenix vldb wacv wmt wsdm www
"""
_KINDS: Final = "year years venue venues conference conferences journal journals workshop workshops"
_FILLERS: Final = """
    and at in of the on before after until earlier older later since pre post prior to recent newer accepted published
    papers paper main track tracks security transactions proceedings long short demo industry other others mid early
    late q
"""
_TELLING: Final = frozenset(f"{_MONTHS} {_VENUES} {_KINDS}".split())
_PLACE_WORDS: Final = _TELLING.union(_FILLERS.split())
_YEAR_FIRST: Final = re.compile(r"(?:19|20)\d\d[ -][A-Z][A-Z&]{2,}")
"""A year before what is written in capitals, as names of venues are: ``2017 DISH``."""
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CHINESE_YEAR: Final = re.compile(r"年?(?:\d*月)?(?:之前|以前|及以前|及之前)?")
_AROUND: Final = re.compile(r"^[^\w#]+|[^\w)#]+$")
_MONTH_NAME: Final = re.compile(r"(?P<name>[^\W\d_]{3,10})(?P<dot>\.?)")
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")


class Place(NamedTuple):
    """A heading that only names a year, month, week, day, venue or letter. ``date`` is null for the last two."""

    heading: HeadingLine
    end_line: int
    date: Printed | Weeks | None
    found: tuple[Found, ...]


def is_place(text: str) -> bool:
    """Say whether a heading only names a year, a date, a venue or a letter: no subject of its own."""
    return period_of(text) is not None or _other_place(_bare(text)) or _lone_month(text) is not None


def _bare(text: str) -> str:
    return _AROUND.sub("", _SHORTCODE.sub("", text).strip()).strip("[]() ")


def _place_date(text: str) -> Printed | None:
    bare = re.sub(r"\s*\(\d+(?: ?(?:papers?|\u7bc7))?\)?$", "", _bare(text))
    bare = _AROUND_DATE.sub("", bare)
    bare = bare.rstrip("\u5e74 ") if re.fullmatch(r"(?:19|20)\d\d\s?\u5e74", bare) else bare
    found = list(find_dates(bare))
    return found[0] if len(found) == 1 and (found[0].start, found[0].end) == (0, len(bare)) else None


def _lone_month(text: str) -> Printed | None:
    """Return the month that is all a heading names, with year 0, or None; the planet may be a subject."""
    found = _MONTH_NAME.fullmatch(_bare(text))
    if found is None or is_ambiguous(found["name"]):
        return None
    month, form = read_month(found["name"], found["dot"])
    return Printed(0, found.end(), form, 0, month, 0) if month else None


def _tells_month_alone(told: Printed | Weeks | None) -> bool:
    """Return whether a place names a month whose year stands in a heading above it."""
    return isinstance(told, Printed) and bool(told.month) and "%Y" not in told.form and "%y" not in told.form


def _other_place(bare: str) -> bool:
    if _LETTERS.fullmatch(bare) or any(form.fullmatch(bare) for form in (_EARLIER, _RANGE, _YEAR_FIRST)):
        return True
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", bare)]
    dated = _YEAR.search(bare) is not None
    if dated and _CHINESE_YEAR.fullmatch("".join(words)):
        return True
    return (dated or not _TELLING.isdisjoint(words)) and _PLACE_WORDS.issuperset(words)


def period_of(heading: str) -> Printed | Weeks | None:
    """Return the year, month, week or day that a heading names, or None when it names none or more than that."""
    return _place_date(heading) or read_weeks(_bare(heading))


def places_in(headings: Sequence[HeadingLine], end_line: int, found: Sequence[Found]) -> tuple[Place, ...]:
    """Return the places among the headings of a section, each with the entries below it."""
    places = []
    entries = {f.line for f in found}
    headings = sorted((h for h in headings if h.line not in entries), key=lambda heading: heading.line)
    above: tuple[int, int] | None = None
    for heading, after in zip_longest(headings, headings[1:]):
        if is_place(heading.text):
            stop = after.line - 1 if after else end_line
            inside = tuple(f for f in found if heading.line < f.line <= stop)
            told = period_of(heading.text)
            parted = not inside and after is not None and after.level > heading.level
            month = _lone_month(heading.text) if told is None and not parted else None
            if month is not None and above is not None and heading.level > above[0]:
                told = month._replace(year=above[1])
            elif isinstance(told, Weeks) and not told.year and above is not None and heading.level > above[0]:
                told = told._replace(year=above[1])
            elif told is not None and told.year:
                above = (heading.level, told.year)
            places.append(Place(heading, stop, told, inside))
    return tuple(places)


def headings_rise(sections: Iterable[Sequence[HeadingLine]]) -> bool | None:
    """Return whether the headings of years, months or days in the sections of a list stand the oldest first; None where
    no section has two of one level, or where sections differ."""
    rises: set[bool] = set()
    for headings in sections:
        last: dict[int, PeriodKey] = {}
        for place in places_in(headings, 0, ()) if len(headings) > 1 else ():
            level, told = place.heading.level, place.date
            if isinstance(told, Printed) and told.year:
                if level in last and last[level] != told.key:
                    rises.add(last[level] < told.key)
                last[level] = told.key
    return rises.pop() if len(rises) == 1 else None


def same_period(place: Place, day: date) -> bool:
    """Say whether a place's heading names the period that a day lies in."""
    told = place.date
    if told is None:
        return False
    if isinstance(told, Weeks):
        return told.covers(day)
    return told.year == day.year and told.month in (0, day.month) and told.day in (0, day.day)


def period_keys(places: Sequence[Place], day: date) -> tuple[Sequence[PeriodKey], PeriodKey] | None:
    """Return the keys by which dated places are ordered, and that of the period, as long as theirs, that a day lies in;
    None where the places are in no order, or where the period cannot be told.

    Where the headings print no years, they are those nearest to the day, or, if that gives no order, as of a list with
    the weeks of a whole year, the last ones that are not after it.
    """
    told = places[0].date
    wanted: PeriodKey | None = (day.year, day.month if told and told.month else 0, day.day if told and told.day else 0)
    if isinstance(told, Weeks):
        other = told.at(day)
        wanted = period_key(other, day) if other is not None else None
    for past in (False, True):
        keys = [key for place in places if place.date and (key := period_key(place.date, day, past=past)) is not None]
        ordered = all(a > b for a, b in pairwise(keys)) or all(a < b for a, b in pairwise(keys))
        if wanted is not None and len(keys) == len(places) and ordered:
            return keys, wanted
    return None


def period_key(told: Printed | Weeks, day: date, *, past: bool = False) -> PeriodKey | None:
    """Return the key of a period, which is near a day, or with ``past`` not after it, where it tells no year itself;
    None where there is no such period."""
    if not isinstance(told, Weeks):
        return told.key
    begin = told.begin(day, past=past)
    return (begin.year, begin.month, begin.day) if begin is not None else None


def lies_under_another_year(place: Place, day: date) -> bool:
    """Say whether a place has its year from a heading above it, below which the week or month of a day would be
    wrong."""
    told = place.date
    if told is not None and _tells_month_alone(told):
        return told.year != day.year
    if not isinstance(told, Weeks) or told.tells_year or not told.year:
        return False
    other = told.at(day)
    return other is None or other.year != told.year


def printed_alike(place: Place, other: Place) -> bool:
    """Say whether two places print their dates in one form; beside ``May``, both ``April`` and ``Apr`` do."""
    forms = [shape_of(told.form) for p in (place, other) if (told := p.date) is not None]
    return len(forms) == 2 and forms[0] == forms[1]


def retitled(source: str, place: Place, day: date, beside: Sequence[Place] = ()) -> str | None:
    """Return the source of a place's heading for another period, or None when it cannot be told what to replace.

    The places ``beside`` it show how weeks and months are printed where its own heading leaves that open.
    """
    if isinstance(place.date, Weeks):
        return retitle(place.date, source, day, [other.date for other in beside if isinstance(other.date, Weeks)])
    if place.date is None:
        return None
    dates = [found for found in find_dates(source) if found.key == place.date.key and found.form == place.date.form]
    if not dates and not _tells_month_alone(place.date):
        return None
    others = [p.date.form for p in beside if p.date and p.date.month != _MAY and printed_alike(p, place)]
    form = Counter(others).most_common(1)[0][0] if others and place.date.month == _MAY else place.date.form
    form = settle_month(form, [other.date.form for other in beside if isinstance(other.date, Printed)])
    if not dates:
        name = format_date(place.date.form, date(place.date.year, place.date.month, 1))
        return source.replace(name, format_date(form, day)) if source.count(name) == 1 else None
    for found in reversed(dates):
        source = source[: found.start] + format_date(form, day) + source[found.end :]
    return re.sub(r"\s*\(\d+ ?papers?\)", "", source)


def depth_of(place: Place) -> int:
    """Return how exactly a place's heading tells when: 0 for no date, 1 for a year, 2 for a month, 3 for a week or a
    day."""
    told = place.date
    if told is None:
        return 0
    return 3 if isinstance(told, Weeks) or told.day else 2 if told.month else 1
