"""Venues as lists print them, with the date that belongs to them: ``ACL 2025 Findings``, ``Arxiv, Nov. 2025``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from agent.core.catalog.pieces.dates import MONTH_OF_ID, Printed, find_dates, format_date
from agent.core.catalog.pieces.journals import JOURNAL, names_journal
from agent.core.catalog.pieces.names import INITIALS
from agent.records import Record

PREPRINT: Final = re.compile(
    r"(?:arxiv(?:\.org)?(?: ?preprint)?|preprints?|corr|biorxiv|medrxiv|psyarxiv|ssrn|openreview|\u9884\u5370\u672c"
    r"|vorabdruck|pr\u00e9-?publication|prepublicaci\u00f3n|preimpresi\u00f3n|pr\u00e9-?(?:print|publica\u00e7\u00e3o)|\u043f\u0440\u0435\u043f\u0440\u0438\u043d\u0442)",
    re.IGNORECASE,
)
_PREPRINTS: Final = re.compile(rf"\W*{PREPRINT.pattern}(?: (?:papers?|preprints?))?\W*", re.IGNORECASE)
_OTHER_SERVER: Final = re.compile(r"(?:biorxiv|medrxiv|psyarxiv|ssrn|openreview)(?: ?preprint)?", re.IGNORECASE)
_KNOWN: Final = [
    "ACL",
    "EMNLP",
    "NAACL",
    "EACL",
    "AACL",
    "COLING",
    "TACL",
    "CoNLL",
    "LREC",
    "LREC-COLING",
    "IJCNLP",
    "SIGDIAL",
    "ICLR",
    "ICML",
    "NeurIPS",
    "NIPS",
    "AAAI",
    "IJCAI",
    "CVPR",
    "ICCV",
    "ECCV",
    "WACV",
    "BMVC",
    "KDD",
    "WWW",
    "WebConf",
    "SIGIR",
    "CIKM",
    "WSDM",
    "RecSys",
    "ECIR",
    "ICASSP",
    "Interspeech",
    "CoRL",
    "RSS",
    "ICRA",
    "IROS",
    "CHI",
    "UIST",
    "CSCW",
    "IUI",
    "ICSE",
    "FSE",
    "ESEC",
    "ASE",
    "ISSTA",
    "TOSEM",
    "TSE",
    "CCS",
    "NDSS",
    "USENIX",
    "USENIX Security",
    "TMLR",
    "JMLR",
    "TPAMI",
    "TNNLS",
    "TKDE",
    "TOIS",
    "IJCV",
    "TIP",
    "PNAS",
    "COLM",
    "CoLM",
    "UAI",
    "AISTATS",
    "COLT",
    "VLDB",
    "PVLDB",
    "SIGMOD",
    "ICDE",
    "OSDI",
    "SOSP",
    "NSDI",
    "MLSys",
    "ASPLOS",
    "ISCA",
    "MICRO",
    "HPCA",
    "PLDI",
    "POPL",
    "OOPSLA",
    "MM",
    "ACMMM",
    "SIGGRAPH",
    "MICCAI",
    "Nature",
    "Science",
    "ICONIP",
    "DASFAA",
    "PAKDD",
    "ICDM",
    "SDM",
    "ECML",
    "ICPC",
    "MSR",
    "AAMAS",
    "ICAPS",
    "HRI",
    "RA-L",
    "T-RO",
    "TOG",
    "ToG",
    "JAIR",
    "MIDL",
    "ISBI",
    "SaTML",
    "EACL",
    "LAK",
    "AIED",
    "EDM",
    "BEA",
    "NLPCC",
    "WMT",
    "*SEM",
    "SIGGRAPH Asia",
    "ACCV",
    "3DV",
    "ICIP",
    "IJCNN",
    "CVPRW",
    "ICCVW",
    "ECCVW",
    "WACVW",
    "TGRS",
    "TMM",
    "TCSVT",
    "TMI",
    "TIFS",
    "TDSC",
    "INFOCOM",
    "MobiCom",
    "EuroSys",
    "ICCAD",
    "PPoPP",
    "FAccT",
    "TASLP",
    "ISWC",
    "IJRR",
    "TRO",
    "RAL",
    "PRL",
    "PRX",
    "PRX Quantum",
    "PRA",
    "PRB",
    "PRD",
    "PRE",
    "NJP",
    "JHEP",
    "JCAP",
    "MNRAS",
    "ApJ",
    "ApJL",
    "JACS",
    "JCIM",
    "JCTC",
    "eLife",
    "NDSS",
    "EUROCRYPT",
    "CRYPTO",
    "ASIACRYPT",
    "PoPETs",
    "PETS",
    "DSN",
    "RAID",
    "ACSAC",
    "ISMIR",
    "EWSN",
    "SOUPS",
    "RTSS",
    "IJCB",
]
_WORDS_TOO: Final = frozenset("MM CHI MICRO PRE PRA CRYPTO RAID PETS CCS DSN".split())  # noqa: SIM905
"""Venues that are words or units too: without a year beside them they are none."""
_TRACK: Final = (
    r"(?:Findings|Workshops?|Main|Oral|Spotlight|Poster|Demos?|Industry|Short|Long"
    r"|Datasets(?: (?:&|and) Benchmarks)?|D&B)"
)
_NAMES: Final = "|".join(re.escape(name) for name in sorted(set(_KNOWN), key=len, reverse=True))
_VENUE: Final = re.compile(
    rf"(?:(?<![^\W_])(?<!\w_)(?<![/.-])|(?<=20\d\d-)|(?<=['\u2019]\d\d-))"
    rf"(?P<name>(?:(?:IEEE|ACM|Findings of|The) )?(?:(?P<preprint>{PREPRINT.pattern})|{_NAMES})"
    rf"(?:[-/ ](?:{_TRACK}|Findings|IJCNLP|COLING))?)(?=[\W\d_]|$)",
    re.IGNORECASE,
)
_KNOWN_WORDS: Final = frozenset(re.findall(r"[a-z]+", f"{' '.join(_KNOWN)} {PREPRINT.pattern} preprints".lower()))
_PERSON: Final = re.compile(
    r"(?:[A-Z][\w'\u2019-]+|[A-Z]\.)(?: [A-Z]\.?)?(?: [A-Z][a-z'\u2019-]*[a-z-][\w'\u2019-]*){1,2}\."
)
_NAME: Final = r"[A-Z\u00c0-\u00de][\w'\u2019-]+(?: [A-Z\u00c0-\u00de](?:[\w'\u2019-]+|\.)){1,2}"
_PEOPLE: Final = re.compile(rf"{_NAME}(?:,? (?:and|&) {_NAME}|, {_NAME})+")
_BLANKS: Final = {code: " " for code in range(128) if not chr(code).islower()}
_YEAR_FIRST: Final = re.compile(r"[-_](?P<name>[A-Z][A-Z&]+(?:[ -][A-Z][A-Za-z&]*){0,3})[ *_\])]*")
"""The name of a venue, in capitals, that is all that follows a year: ``2024-KITCHENS``."""
_AFTER: Final = re.compile(
    rf"(?P<gap>[\s,]*)(?P<track>\({_TRACK}(?: Track| Paper)?\)"
    rf"|{_TRACK}(?: Track| Paper)?(?: (?:&|and) [A-Z]\w+)*(?!\w))",
    re.IGNORECASE,
)
_SHORT_YEAR: Final = re.compile(
    r"(?:\([A-Za-z ]{3,12}\))?[ _-](?P<year>[12]\d)(?:(?P<sign>[./])(?P<month>1[0-2]|0?[1-9])"
    r"|(?<!20)(?<!19)(?P<glued>0[1-9]|1[0-2]))?(?![\w./-]*\d|\w|%)"
    r"|['\u2019]?(?P<short>1[3-9]|2[1-9])(?P<month_of_id>0[1-9]|1[0-2])(?![\w.])"
)
_GLUE: Final = re.compile(r"[ ,:_'\u2019-]{0,2}|\s?[(,]\s?|, ?| {1,2}")
_VOLUME: Final = re.compile(
    r"\A[ ,]+(?:\*\*)?(?:[Vv]ol\.? ?)?\d{1,4}(?: ?\(\d{1,3}\))?(?:\*\*)?"
    r"(?:[,:] ?(?:pp?\. ?)?[\w.\u2013-]*\d[\w.\u2013-]*)?(?=[ ,(])"
)
"""The volume, issue and pages behind a journal, which no preprint has: `` 131, 040502`` before `` (2023)``."""
PAGES: Final = re.compile(
    r"[ ,]+(?:\*\*)?\d{1,4}(?:\*\*)?(?:\(\d{1,3}\))?[,:] ?[A-Z]?\d[\d\u2013-]*(?!\w|\.\d|, (?:19|20)\d\d)"
)
"""The volume and pages of a journal, where no year follows: ``Nature, 639, 49``."""
_PART: Final = r"[A-Z\u00c0-\u00de][\w&/+'\u2019.:-]*|of|and|on|in|for|the|&|der|de"
_WORDS: Final = re.compile(rf"(?:{_PART}|npj|eLife|i[A-Z]\w+|bioRxiv)(?:[ ,]+(?:{_PART}|\d[\w&/+'\u2019.:-]*)){{0,7}}")
_LONGEST_NAME: Final = 300
_STOP: Final = re.compile(
    r"(?:^| )(?:after|and|at|before|by|for|from|in|of|on|since|the|to|until|with)$", re.IGNORECASE
)
_TOLD: Final = re.compile(r"(?<![^\s(])[a-z]+ (?:from|on|over|across|than|with) \Z")
"""Words of a sentence before a name that is a part of it: ``with 300k abstracts from arXiv``."""
_ET_AL: Final = re.compile(r"\bet al[.,*_]*[.,:;] $")
"""What ends cut authors before the name of a journal: ``Miller et al., ``."""
_ID: Final = re.compile(r"(?P<before>\s?(?:abs/|:|preprint arXiv:|arXiv:|abs:)?\s?)(?P<id>\d{4}\.\d{4,5}(?:v\d+)?)")


class Venue(Record):
    """A printed venue. ``between`` stands between name and date, ``form`` is the date's form (null: none is printed).

    ``first`` says that the date comes before the name. ``track`` is how a track is set off, `` (%)`` where the list
    prints `` (Findings)``.
    """

    name: str
    between: str = " "
    form: str | None = None
    first: bool = False
    track: str = " %"

    @property
    def preprint(self) -> bool:
        """Whether it is none: ``arXiv``, in any spelling."""
        return PREPRINT.fullmatch(self.name) is not None

    @property
    def arxiv(self) -> bool:
        """Whether it is what a preprint on arXiv may be called; another server's name is not."""
        return self.preprint and _OTHER_SERVER.fullmatch(self.name) is None


def names_preprints(heading: str) -> bool:
    """Say whether a heading names preprints, whatever they are about: ``arXiv Papers``."""
    return _PREPRINTS.fullmatch(heading) is not None


class PrintedVenue(Record):
    """A venue in a text, from ``start`` to ``end``; ``year`` is null when none is printed, ``track`` empty for none."""

    start: int
    end: int
    venue: Venue
    year: int | None
    track: str = ""
    date: tuple[int, int, int] | None = None


def find_venue(
    text: str, start: int, end: int, *, alone: bool, dates: Sequence[Printed] | None = None
) -> PrintedVenue | None:
    """Return the first venue of a stretch. ``alone``: the stretch holds a venue or nothing of the kind, as a cell does.

    A known name needs no year; other words are a venue when a year follows them at once. ``dates`` are those of the
    stretch, where they are known.
    """
    dates = list(find_dates(text, start, end)) if dates is None else dates
    for match in _VENUE.finditer(text, start, end) if _may_name(text[start:end]) else ():
        sure = match["preprint"] or match["name"].isupper() or any(letter.isupper() for letter in match["name"][1:])
        near = _near(text, match.start(), match.end(), dates)
        whole = not text[start : match.start()].strip(" .,;:-_*[(") and not text[match.end() : end].strip(" .,;:-_*])")
        if (sure or alone) and (short := _short_year(text, match.end(), end)) is not None:
            return _printed(text, match.start(), match.end(), short, end)
        if (
            near
            or (sure and match["name"] not in _WORDS_TOO and not _TOLD.search(text, start, match.start()))
            or PAGES.match(text, match.end(), end)
            or (alone and whole)
        ):
            return _printed(text, match.start(), match.end(), near, end)
    if (dated := _before_date(text, start, end, dates, alone=alone)) is not None:
        return dated
    if alone and (behind := _behind_year(text, start, end, dates)) is not None:
        return behind
    if alone and not dates and (journal := JOURNAL.fullmatch(text, start, end)) is not None:
        return _printed(text, *journal.span("name"), None, end)
    return None


def _before_date(text: str, start: int, end: int, dates: Sequence[Printed], *, alone: bool) -> PrintedVenue | None:
    """Return the venue that capitalised words before one of the years are; None where there is none."""
    for found in dates:
        if found.form == "%y" or found.month:
            continue
        first = max(start, found.start - _LONGEST_NAME)
        before = text[first : found.start]
        last = len(before.rstrip(" ,('\u2019-_"))
        words = [m for m in _WORDS.finditer(before) if m.end() >= last]
        if not words:
            continue
        name = words[-1][0]
        if _names_nothing(name):
            continue
        begin, stop = first + words[-1].start(), first + words[-1].end()
        behind = _ET_AL.search(text[start:begin]) or not text[start:begin].strip(" .,;:*_[(")
        if _GLUE.fullmatch(text, stop, found.start) and (alone or behind):
            return _printed(text, begin, stop, found, end)
    return None


def _behind_year(text: str, start: int, end: int, dates: Sequence[Printed]) -> PrintedVenue | None:
    """Return the venue in capitals that a year leads to; with it, it is all of the stretch."""
    year = next((date for date in dates if date.form == "%Y" and not text[start : date.start].strip(" *_[(")), None)
    name = _YEAR_FIRST.fullmatch(text, year.end, end) if year else None
    return _printed(text, *name.span("name"), year, end) if year and name else None


def _names_nothing(words: str) -> bool:
    """Return whether words before a year end with ``in`` or the like, begin as a sentence goes on, or are people."""
    small = words[0].islower() and not words.startswith(("npj", "eLife", "bioRxiv"))
    return _STOP.search(words) is not None or small or _names_people(words)


def _short_year(text: str, start: int, end: int) -> Printed | None:
    """Return a year of two digits that follows a venue at once, with its month: ``ICML 24``, ``arXiv 24.7``,
    ``arXiv 2407``, ``arXiv'2407``."""
    found = _SHORT_YEAR.match(text, start, end)
    if found is None:
        return None
    if found["short"]:
        span = found.start("short"), found.end("month_of_id")
        return Printed(*span, MONTH_OF_ID, 2000 + int(found["short"]), int(found["month_of_id"]), 0)
    month = found["month"] or found["glued"] or ""
    form = "%y" + (f"{found['sign'] or ''}{'%m' if len(month) == 2 else '%n'}" if month else "")
    return Printed(found.start("year"), found.end(), form, 2000 + int(found["year"]), int(month or 0), 0)


def _names_people(text: str) -> bool:
    """Say whether the words before a year are authors, ``Ada Miller, Bo Chen`` or ``A. Miller``; no cut journal."""
    initials = INITIALS.match(text) is not None and re.search(r"[a-z]\.", text) is None
    return (initials or _PEOPLE.fullmatch(text) is not None) and not names_journal(text)


def is_person(text: str) -> bool:
    """Say whether words that end with a full stop are the name of one person: ``Ada Miller.`` before a year."""
    return _PERSON.fullmatch(text) is not None and not names_journal(text)


def _may_name(text: str) -> bool:
    """Return whether a text has a word of a known name at all, which most titles have not."""
    return not text.isascii() or not _KNOWN_WORDS.isdisjoint(text.lower().translate(_BLANKS).split())


def format_venue(venue: Venue, name: str, day: date, track: str) -> str:
    """Return a venue in a printed form; ``track`` is empty for the main one."""
    tail = venue.track.replace("%", track) if track else ""
    if venue.form is None:
        return name + tail
    when = format_date(venue.form, day)
    if tail.startswith(" ") and "," in venue.between and not venue.first:
        return name + tail + venue.between + when  # ``Dish Workshop, 2025``
    return (when + venue.between + name if venue.first else name + venue.between + when) + tail


def _near(text: str, begin: int, stop: int, dates: Sequence[Printed]) -> Printed | None:
    for found in dates:
        if found.start >= stop and _GLUE.fullmatch(_VOLUME.sub("", text[stop : found.start], count=1)):
            return found
    for found in dates:
        if found.end <= begin and re.fullmatch(r"[ ,_-]{0,2}", text[found.end : begin]) and found.form != "%y":
            return found
    return None


def _printed(text: str, begin: int, stop: int, near: Printed | None, end: int) -> PrintedVenue:
    name = text[begin:stop].rstrip(" ,")
    first = near is not None and near.end <= begin
    between = "" if near is None else text[near.end : begin] if first else text[begin + len(name) : near.start]
    between = between if first else _VOLUME.sub("", between, count=1)
    between = " " if "(" in between and ")" in between else between  # the track stands between
    last = max(stop, near.end) if near else begin + len(name)
    if near is None and (volume := PAGES.match(text, stop, end)):
        last = volume.end()
    track, style = "", " %"
    after = _AFTER.match(text, last, end)
    if after and (after["gap"] or "(" in after["track"]):
        track = after["track"].strip("()")
        style = text[last : after.end()].replace(track, "%")
        last = after.end()
    venue = Venue(name=name, between=between, form=near.form if near else None, first=first, track=style)
    return PrintedVenue(
        start=near.start if near and first else begin,
        end=last,
        venue=venue,
        year=near.year if near else None,
        track=track,
        date=near.key if near else None,
    )
