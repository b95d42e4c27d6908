"""Find the place of a new entry in its section: the order of the entries there, and headings that only name a year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise, zip_longest
from typing import Final, Literal, NamedTuple

from agent.core.arxiv.ids import base_id
from agent.core.catalog.blocks import HeadingLine
from agent.core.catalog.formats.style import Found
from agent.core.catalog.pieces.dates import Printed, find_dates, format_date
from agent.core.catalog.pieces.months import is_ambiguous, read_month, settle_month, shape_of
from agent.core.catalog.pieces.retitle import retitle
from agent.core.catalog.pieces.weeks import Weeks, read_weeks

PeriodKey = tuple[int, int, int]
Order = Literal["newest first", "oldest first", "alphabetical", "none"]

RULE: Final = re.compile(r"(?:-{3,}|\*{3,}|_{3,}|<br ?/?>|<hr ?/?>|>)")
"""A line that only parts what stands above it from what stands below."""
_MAY: Final = 5
"""The month whose name is long and short at once."""
_SAMPLE: Final = 60
_FEWER: Final = 16
_FEW: Final = 4
_CLEAR: Final = 0.5
_SORTED: Final = 0.9
_PAIRS: Final = 6
_BESIDE: Final = 5
"""So many neighbours, all in alphabetical order, are not so by chance."""
_ENOUGH_OLDER: Final = 20
"""Behind so many older entries none is looked for that is newer."""
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
_MONTH_NUMBER: Final = re.compile(r"\s*(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])[.)]\s+")
_NUMBER: Final = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_RANGE: Final = re.compile(r"(?:19|20)\d\d ?[-\u2013~] ?(?:(?:19|20)?\d\d|now|present)", re.IGNORECASE)
_MONTHS: Final = """
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october
    november december
"""
_VENUES: Final = """
    aaai acl aacl aistats ase asplos arxiv biorxiv ccs chi cikm colm coling colt conll corl corr cvpr dac eacl eccv ecir
    ecml emnlp esec findings fse hpca iccad iccv icde icdm icaps icassp iclr icml icra icse ijcai ijcnn ijcv infocom
    interspeech iros isca iswc issta jair jmlr kdd lrec miccai mlsys mm naacl nature ndss neurips nips nsdi oopsla osdi
    pami pldi pmlr pnas popl preprint preprints recsys rss sigcomm sigir sigkdd siggraph sigmod sosp starsem tacl tip
    tkde tmlr tnnls tois tosem tpami tse tvcg uai uist usenix vldb wacv wmt wsdm www
"""
_KINDS: Final = "year years venue venues conference conferences journal journals workshop workshops"
_FILLERS: Final = """
    and at in of the on before after until earlier older later since pre post prior to recent newer accepted published
    papers paper main track tracks security transactions proceedings long short demo industry other others mid early
    late q
"""
_TELLING: Final = frozenset(f"{_MONTHS} {_VENUES} {_KINDS}".split())
_PLACE_WORDS: Final = _TELLING.union(_FILLERS.split())
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CHINESE_YEAR: Final = re.compile(r"年?(?:\d*月)?(?:之前|以前|及以前|及之前)?")
_ARXIV: Final = re.compile(r"arxiv\.org/(?:abs|pdf|html)/\d{4}\.\d{4,5}", re.IGNORECASE)
_AROUND: Final = re.compile(r"^[^\w#]+|[^\w)#]+$")
_DAY_FIRST: Final = re.compile("%[de]/%[mn]/%Y")
_MONTH_FIRST: Final = re.compile("%[mn]/%[de]/%Y")
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
    if _LETTERS.fullmatch(bare) or _EARLIER.fullmatch(bare) or _RANGE.fullmatch(bare):
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


def infer_order(found: Sequence[Found]) -> Order:
    """Return the order of the entries: by the dates they print, by those of their arXiv ids, or by their titles.

    Noise is allowed: the rank correlation (Kendall's tau-a without ties) of dates and places must be at least 0.5.
    """
    if len(found) < 2:
        return "none"
    if numbers_fall(found):
        return "newest first"
    step = max(1, len(found) // _SAMPLE)
    sample = found[::step]
    # Of two or three entries only what the list itself dates by month or day says anything.
    best = _tau(sample, few=len(found) < _FEW) or 0.0
    names = [_sort_name(f) for f in sample]
    ascending = sum(a <= b for a, b in pairwise(names))
    if len(found) >= 5 and ascending >= _SORTED * (len(names) - 1) and abs(best) < _SORTED:
        return "alphabetical"
    if abs(best) < _CLEAR:
        return "none"
    return "newest first" if best < 0 else "oldest first"


def numbers_fall(found: Sequence[Found]) -> bool:
    """Say whether items or rows are numbered downwards, to 1 for the last: ``[3]``, ``[2]``, ``[1]``."""
    if len(found) < 2 or _NUMBER.search(_start_of(found[-1])) is None:
        return False
    numbers = [number for f in found if (number := _NUMBER.search(_start_of(f)))]
    return len(numbers) == len(found) and [int(n[0]) for n in numbers] == list(range(len(found), 0, -1))


def counts_months(found: Sequence[Found]) -> bool:
    """Say whether items are numbered by the months of their arXiv ids, ``2511.``, and not one after another."""
    numbers = [_MONTH_NUMBER.fullmatch(f.prefix) for f in found]
    if not all(numbers):
        return False
    given = [given_month(f)[:2] for f in found[:_SAMPLE]]
    told = [(2000 + int(number["year"]), int(number["month"])) for number in numbers if number]
    agree = sum(told[at] == month for at, month in enumerate(given))
    return agree > 0 and agree >= _SORTED * sum(month != (0, 0) for month in given)


def number_of(found: Found) -> int | None:
    """Return the number of an item or row that is counted, None for one that is not."""
    number = _NUMBER.search(_start_of(found))
    return int(number[0]) if number else None


def _start_of(found: Found) -> str:
    """Return what stands before an entry, or in the first cell of a row."""
    if found.kind != "row" or not found.reading.cells:
        return found.prefix
    text = found.reading.source[slice(*found.reading.cells[0])].strip()
    return text if text.isdigit() else ""


def pool_orders(sections: Sequence[Sequence[Found]]) -> Order:
    """Return the order of a list as a whole: that of its sections taken together, each weighed by its entries but one.

    Two or three entries say little alone, but several such sections do. ``none`` where the mean of the sections' rank
    correlations is below 0.5, or, of a list with fewer than six pairs of entries to compare, below 0.9. It is
    ``alphabetical`` where nearly all neighbours are and dates tell no clearer order.
    """
    weight = total = 0.0
    pairs = beside = ascending = 0
    for found in sections:
        sample = found[:: max(1, len(found) // _FEWER)]
        names = [_sort_name(f) for f in sample]
        beside += len(names) - 1
        ascending += sum(a <= b for a, b in pairwise(names))
        tau = _tau(sample, few=False)
        if tau is not None and len(sample) > 1:
            weight += len(sample) - 1
            total += tau * (len(sample) - 1)
            pairs += len(sample) * (len(sample) - 1) // 2
    clear = _CLEAR if pairs >= _PAIRS else _SORTED
    if beside >= _BESIDE and ascending >= _SORTED * beside and abs(total) < _SORTED * weight:
        return "alphabetical"
    if pairs < _FEW or abs(total) < clear * weight:
        return "none"
    return "newest first" if total < 0 else "oldest first"


def _tau(sample: Sequence[Found], *, few: bool) -> float | None:
    """Return the rank correlation of places with printed dates or with the months of arXiv ids, whichever is clearer;
    of mere years, which may be those of venues, and ids that contradict them, that of the ids. None without dates.

    ``few`` leaves out years, and ids.
    """
    printed = _printed_days(sample)
    if not any(key[0] for key in printed):
        printed = [(key[1] and 1, *key[1:]) for key in printed]  # days below the heading of their year
    given = [] if few else [given_month(f) for f in sample]
    if few:
        printed = [key for key in printed if key[1]]
    by_date, by_id = _pairs([key for key in printed if key[0]]), _pairs([key for key in given if key[0]])
    if by_date is None or by_id is None:
        return by_id if by_date is None else by_date
    contradicted = by_date * by_id < 0 and abs(by_id) >= _CLEAR and not any(key[1] for key in printed)
    return by_id if contradicted else max(by_date, by_id, key=abs)


def _printed_days(sample: Sequence[Found]) -> list[PeriodKey]:
    """Return the dates that entries print; ``06/11/2025`` beside ``23/10/2025`` is a day in November."""
    forms = [next((piece.form for piece in f.reading.pieces if piece.kind == "date"), "") for f in sample]
    days = [f.reading.dated for f in sample]
    if not any(map(_DAY_FIRST.fullmatch, forms)):
        return days
    swap = [_MONTH_FIRST.fullmatch(form) is not None for form in forms]
    return [(y, d, m) if other and d else (y, m, d) for (y, m, d), other in zip(days, swap, strict=True)]


def _pairs(keys: Sequence[tuple[int, int, int]]) -> float | None:
    """Return the share of pairs that rise, less that of those that fall; None where no two keys differ."""
    rising = falling = 0
    for i, key in enumerate(keys):
        for other in keys[i + 1 :]:
            rising += other > key
            falling += other < key
    return (rising - falling) / (rising + falling) if rising + falling else None


def given_month(found: Found) -> tuple[int, int, int]:
    """Return the month of an entry's arXiv id: that of its address, else of the first link in it."""
    reading = found.reading
    arxiv_id = base_id(reading.url or "")
    if arxiv_id is None and (linked := _ARXIV.search(reading.source)):
        arxiv_id = base_id(linked[0])
    if arxiv_id is None or "/" in arxiv_id:
        return (0, 0, 0)
    return (2000 + int(arxiv_id[:2]), int(arxiv_id[2:4]), 0)


def _sort_name(found: Found) -> str:
    return re.sub(r"\W+", " ", (found.reading.nickname or found.reading.title).casefold()).strip()


def gap_between(found: Sequence[Found], lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that stand between two entries, blank ones or rules, as most neighbours have them."""
    gaps: Counter[tuple[str, ...]] = Counter()
    for first, second in zip(found[-_SAMPLE:], found[-_SAMPLE:][1:], strict=False):
        between = tuple(line.strip() for line in lines[first.last_line : second.line - 1])
        if len(between) < 6 and all(not line or RULE.fullmatch(line) for line in between):
            gaps[between] += 1
    if gaps:
        return gaps.most_common(1)[0][0]
    return ("",) if found and found[0].kind in ("paragraph", "heading") else ()


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


def place_by_day(found: Sequence[Found], day: date, order: Order) -> int | None:
    """Return how many of the entries, newest or oldest first, a paper of a day stands after, so that as few of them as
    can be are out of order; None for a paper that goes where the newest go: it is as new as those, or the entries
    print no months.

    Entries are compared by month, those that print a day by that.
    """
    best = wrong = least = older = 0
    months = any(entry.reading.dated[1] for entry in found[:_SAMPLE])
    for at, entry in enumerate(found if order == "newest first" else reversed(found), 1):
        dated = entry.reading.dated
        if months and not dated[1]:
            dated = given_month(entry)  # one that prints no month among others that do
        if dated[0] and dated[1]:
            own = (day.year, day.month, day.day if dated[2] else 0)
            wrong += (dated < own) - (dated > own)
            older = older + 1 if dated <= own else 0
        if wrong < least:
            best, least = at, wrong
        if older and (best == 0 or older >= _ENOUGH_OLDER):
            break
    if best == 0:
        return None
    return best if order == "newest first" else len(found) - best


def alphabetical_place(found: Sequence[Found], name: str) -> int:
    """Return how many of the entries a name stands after."""
    wanted = re.sub(r"\W+", " ", name.casefold()).strip()
    return sum(_sort_name(f) <= wanted for f in found)
