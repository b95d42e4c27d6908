"""Decide whether two records are the same paper.

A shared arXiv id, DOI, ACL or OpenReview id decides; when all titles clearly differ, the audit reports the link
(curated lists often hold wrong ones). Without one, a title must match, and a surname where both name authors.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final

import ftfy
from rapidfuzz import fuzz, process

from agent.core import escaping
from agent.core.arxiv.ids import base_id, find_ids
from agent.core.arxiv.tex import decode_accents
from agent.core.papers.words import find_words
from agent.records import Entry, Paper, PaperRecord, Record

_DOI: Final = re.compile(r"(10\.(?<!\w10\.)\d{4,9}/[^\s\"<>]+)", re.ASCII)
_ACL: Final = re.compile(
    r"(?:aclanthology\.org|aclweb\.org/anthology|10\.18653/v1)/(?:papers/[a-z]/[a-z]\d\d/)?"
    r"((?:[a-z]\d{2}-\d{4}|\d{4}\.[a-z0-9]+(?:-[a-z0-9]+)?\.\d+))",
    re.ASCII,
)
"""In a text in lower case."""
_OPENREVIEW: Final = re.compile(
    r"openreview\.net/(?:forum|pdf|attachment|references)\?(?:[^\s?#]{0,300}&)?id=([\w-]+)", re.ASCII
)

_LATEX_COMMAND: Final = re.compile(r"\\([a-zA-Z]+)(\s*\{)?")
_GREEK: Final = {chr(code): unicodedata.name(chr(code)).split()[-1].lower() for code in range(0x3B1, 0x3CA)}
_ROMAN: Final = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_GENERIC: Final = re.compile(
    r"an?|and|are|as|at|based|benchmark|by|comprehensive|dataset|evaluat(?:ing|ion)|for|framework|from|how|in|into|is|its"
    r"|language|learning|llm|models?|new|of|on|or|report|review|study|survey|systematic|technical|the|towards?|using|via|with|to"
)
"""Words that many titles share: they do not count when a title is asked for what tells it from others."""
_UNREAD: Final = re.compile(r",(?<=\d,)(?=\d{3})|['\u2018\u2019`$^{}]")
"""What words are read without: commas in numbers, apostrophes, signs of LaTeX."""
_LLM: Final = re.compile(r"\blarge language models?\b|\bllms\b")
_NEGATIONS: Final = frozenset({"not", "no", "never", "without"})
_OPPOSITES: Final = tuple(
    frozenset(pair.split("/"))
    for pair in ("pre/post", "low/high", "small/large", "zero/few", "supervised/unsupervised", "offline/online")
)
_REMARK: Final = re.compile(
    r"\W*(?:re|reply|response|comments?|correction|corrigendum|erratum|addendum)\b(?:\W*[:\]]|\s+(?:to|on)\b)",
    re.IGNORECASE,
)
"""``Comment on X`` and ``[Re] X`` are other papers than X, however alike the titles."""

# Measured on 7,363 papers with distinct ids (27 million pairs) and on 141 titles paraphrased in a curated list.
_SAME = 92.0
_SAME_UNDER_OTHER_NICKNAME = 95.0
LIKE_UNDER_SAME_NICKNAME: Final = 80.0
"""Likeness (0 to 100) from which two titles with one nickname are of one paper."""

SAME_TOPIC: Final = 65.0
"""Likeness below which two titles are on different things."""

_NEAR = min(LIKE_UNDER_SAME_NICKNAME, _SAME)
_HEAD_END = re.compile(r"[:?!(]|,\s+or\b|\s[-\u2013\u2014]\s")
_MOST_HEADS = 12
"""A title has a few parts that may stand for it; each is read by itself, so a text of nothing but colons takes long."""


class Identity(Record):
    """The identity of a paper: any of its titles, its authors, and ``ids`` such as ``arxiv:2305.10601``."""

    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()


def identifiers(text: str) -> frozenset[str]:
    """Return the identifiers in one link, DOI or id, normalised: ``arxiv:``, ``doi:``, ``acl:`` and ``openreview:``.

    An arXiv or Anthology DOI is the arXiv or Anthology id; empty when nothing is recognised.
    """
    arxiv_id = base_id(text)
    if arxiv_id:
        return frozenset({f"arxiv:{arxiv_id}"})
    if anthology := _ACL.search(text.lower()):
        return frozenset({f"acl:{anthology[1]}"})
    if forum := _OPENREVIEW.search(text):
        return frozenset({f"openreview:{forum[1]}"})
    if doi := _DOI.search(text):
        return frozenset({f"doi:{doi[1].rstrip('.,;)').lower()}"})
    return frozenset()


def identifiers_in(text: str) -> frozenset[str]:
    """Return the identifiers of all papers that a whole text names or links to, as ``identifiers`` writes them."""
    found = {f"arxiv:{arxiv_id}" for arxiv_id in find_ids(text)}
    found |= {f"acl:{name}" for name in _ACL.findall(text.lower())}
    found |= {f"openreview:{match[1]}" for match in _OPENREVIEW.finditer(text)}
    for match in _DOI.finditer(text):
        doi = match[1].split(")](")[0].rstrip(".,;")
        found.add(f"doi:{(doi if '(' in doi else doi.split(')')[0]).rstrip('.,;)').lower()}")
    return frozenset(found)


def _repair(title: str) -> str:
    return escaping.one_line(decode_accents(title if title.isascii() else ftfy.fix_encoding(title)))


@lru_cache(maxsize=8192)  # each title of the list is compared with each paper
def normalise_title(title: str) -> str:
    """Return the title as lower-case words: mojibake repaired, accents, LaTeX and punctuation gone, ``LLM`` short."""
    text = _repair(title)
    if "\\" in text:
        text = _LATEX_COMMAND.sub(lambda m: m[1] if m[1].lower() in _GREEK.values() else " ", text)
    if text.isascii():
        text = text.casefold()
    else:
        text = unicodedata.normalize("NFKD", text).casefold()
        text = "".join(_GREEK.get(c, c) for c in text if not unicodedata.combining(c))
    text = _UNREAD.sub("", text).replace("&", " and ")
    text = " ".join(find_words(text))
    return _LLM.sub("llm", text) if "llms" in text or "large language model" in text else text


def normalise_words(text: str) -> list[str]:
    """Return the words of a text that may tell titles apart, in lower case without accents; fast, and rough."""
    return [word for word in fold_words(text) if not _GENERIC.fullmatch(word)]


def fold_words(text: str) -> list[str]:
    """Return the words of three letters or more, in lower case and with accents apart."""
    folded = (text if text.isascii() else unicodedata.normalize("NFKD", text)).casefold()
    return [word for word in find_words(folded) if len(word) > 2]


@dataclass(frozen=True)
class _Title:
    """One title as ``printed``, its mojibake repaired, and normalised: whole, its nickname (``ifd`` of ``IFD: ...``) or
    empty, and the rest. ``remark`` is true for a paper on another paper.
    """

    printed: str
    full: str
    nickname: str
    rest: str
    remark: bool

    @cached_property
    def heads(self) -> frozenset[str]:
        """The leading parts of the title and of what follows its colon, normalised: few titles are ever asked."""
        title, rest = self.printed, self.printed.find(":") + 1
        ends = [m.start() for m in islice(_HEAD_END.finditer(title), _MOST_HEADS)]
        return frozenset(normalise_title(title[start:end]) for end in ends for start in (0, rest)) - {""}


@lru_cache(maxsize=4096)
def _read_title(title: str) -> _Title:
    title = _repair(title)
    full = rest = normalise_title(title)
    nickname, (before, colon, after) = "", title.partition(":")
    if colon and (subtitle := normalise_title(after)) and 1 <= len((short := normalise_title(before)).split()) <= 4:
        nickname, rest = short, subtitle
    return _Title(title, full, nickname, rest, _REMARK.match(title) is not None)


def _joined(words: str) -> str:
    """Return the words without blanks, so that ``neuro-symbolic`` and ``neurosymbolic`` are one."""
    return words.replace(" ", "")


@lru_cache(maxsize=8192)
def _informative(words: str) -> tuple[str, ...]:
    return tuple(word for word in words.split() if not _GENERIC.fullmatch(word))


def _arabic(words: str) -> str:
    return " ".join(_ROMAN.get(word, word) for word in words.split())


@lru_cache(maxsize=8192)
def _numbers(words: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", _arabic(words)))


def _siblings(a: _Title, b: _Title) -> bool:
    """Say whether nicknames or whole titles differ only in numbers: ``Tulu 2`` and ``3``, ``Prometheus`` and ``2``."""
    pairs = [(x, y) for x, y in ((a.nickname, b.nickname), (a.full, b.full)) if _numbers(x) != _numbers(y)]
    stems = [{re.sub(r"[\d\s]|\bv(?=\d)", "", _arabic(name)) for name in pair} for pair in pairs]
    return any(len(stem) == 1 and "" not in stem for stem in stems)


def _contradict(a: str, b: str) -> bool:
    """Say whether a number, a negation or an opposite tells two titles apart that may be much alike."""
    x, y = set(a.split()), set(b.split())
    if _numbers(a) != _numbers(b) or x & _NEGATIONS != y & _NEGATIONS:
        return True
    return any(pair <= x ^ y and not (pair <= x or pair <= y) for pair in _OPPOSITES)


def _words_alike(a: str, b: str, *, least: int, cutoff: float) -> bool:
    # Nearly all pairs are unlike, and rapidfuzz sees that soonest.
    if fuzz.ratio(_joined(a), _joined(b), score_cutoff=cutoff) < cutoff:
        return False
    return min(len(_informative(a)), len(_informative(b))) >= least and not _contradict(a, b)


def _continues(short: str, long: _Title) -> bool:
    """Say whether the long title is the short one and a subtitle, or a few more words."""
    words = len(_informative(short))
    starts = any(form.startswith(short + " ") for form in (long.full, long.rest))
    most = starts and words >= 6 and len(short) >= 0.7 * len(long.rest)
    return (short in long.heads or most) and words >= 4 and not _contradict(short, long.full)


def _share_nickname(a: _Title, b: _Title) -> bool:
    return any(x.nickname and f"{y.full} ".startswith(f"{x.nickname} ") for x, y in ((a, b), (b, a)))


def _reworded(a: str, b: str, *, cutoff: float) -> bool:
    if min(fuzz.token_set_ratio(a, b), fuzz.token_sort_ratio(a, b)) < cutoff:
        return False
    return min(len(_informative(a)), len(_informative(b))) >= 3 and not _contradict(a, b)


def _same(a: _Title, b: _Title) -> bool:
    if _joined(a.full) == _joined(b.full):
        return bool(a.full)
    if _siblings(a, b) or a.remark != b.remark:
        return False
    if _share_nickname(a, b):
        if _reworded(a.rest, b.rest, cutoff=LIKE_UNDER_SAME_NICKNAME):
            return True
    elif a.nickname and b.nickname and _words_alike(a.rest, b.rest, least=6, cutoff=_SAME_UNDER_OTHER_NICKNAME):
        return True
    pairs = [(a.full, b.full), (a.rest, b.full), (a.full, b.rest)]
    if any(_words_alike(x, y, least=least, cutoff=like) for x, y in pairs for least, like in ((3, _SAME), (2, 100))):
        return True
    return any(_continues(form, long) for short, long in ((a, b), (b, a)) for form in (short.full, short.rest))


def same_title(a: str, b: str) -> bool:
    """Say whether two titles name one paper, a nickname (``IFD: ...``), a subtitle or mojibake aside.

    Numbers must agree (``Tulu 2`` is not ``Tulu 3``), and what is common must be more than words that any title has.
    """
    return _same(_read_title(a), _read_title(b))


def told_apart(a: str, b: str) -> bool:
    """Say whether two titles, however alike, are of two papers: parts or versions of a work (``II``, ``Tulu 3``), a
    statement and its opposite, a paper and a comment on it.
    """
    x, y = _read_title(a), _read_title(b)
    return _siblings(x, y) or x.remark != y.remark or _contradict(x.full, y.full)


def _clearly_different(a: str, b: str) -> bool:
    x, y = _read_title(a), _read_title(b)
    words = [" ".join(_informative(title.full)) for title in (x, y)]
    return _siblings(x, y) or x.remark != y.remark or (fuzz.token_set_ratio(*words) < SAME_TOPIC and not _same(x, y))


@lru_cache(maxsize=4096)
def _surnames(authors: tuple[str, ...]) -> frozenset[str]:
    """Return the folded family names of ``Given Family`` or ``Family, Given``."""
    names = (normalise_title(author.partition(",")[0]).split() for author in authors)
    kept = ([word for word in name if word not in {"jr", "sr", "et", "al"}] for name in names)
    return frozenset(name[-1] for name in kept if name)


def same_paper(a: Identity, b: Identity) -> bool:
    """Say whether two identities are one paper.

    A shared identifier decides unless all titles are clearly different, since a list's links are often another
    paper's. Without one, a title must match, and a surname too where both sides know authors; under two arXiv ids
    it must be the same title, word for word.
    """
    pairs = [(x, y) for x in a.titles for y in b.titles]
    if a.ids & b.ids and not (pairs and all(_clearly_different(x, y) for x, y in pairs)):
        return True
    if a.authors and b.authors and not _surnames(a.authors) & _surnames(b.authors):
        return False
    if _other_arxiv_ids(a, b):
        return any(_joined(_read_title(x).full) == _joined(_read_title(y).full) != "" for x, y in pairs)
    return any(same_title(x, y) for x, y in pairs)


def _other_arxiv_ids(a: Identity, b: Identity) -> bool:
    """Say whether both have arXiv ids, and none in common: then titles that are but alike are those of two papers."""
    mine, theirs = ({name for name in one.ids if name.startswith("arxiv:")} for one in (a, b))
    return bool(mine and theirs) and not mine & theirs


def exact_names(identity: Identity) -> list[str]:
    """Return the titles, without case and blanks, and the ids: two papers with an arXiv id each are the same one only
    if they have a name in common."""
    return [*(_joined(_read_title(title).full) for title in identity.titles), *sorted(identity.ids)]


def paper_identity(paper: Paper) -> Identity:
    """Return what a listing says of a paper."""
    ids = frozenset({f"arxiv:{paper.id}"}) | identifiers(paper.doi or "")
    return Identity(titles=(paper.title,), authors=paper.authors, ids=ids)


def printed_key(title: str) -> str:
    """Return what all printings of a title have in common: its letters and digits, without case and blanks.

    A title that has none (emoji) is its own key; only that of no title is empty, and names nothing.
    """
    return _joined(normalise_title(title)) or _joined(escaping.one_line(title))


def join_records(entries: Iterable[Entry], records: Iterable[PaperRecord]) -> dict[int, PaperRecord]:
    """Return the record of each entry that has one, by the line of the entry.

    A record names its entries by the titles that the list prints, not by their lines, since lines move when entries
    are added. The first record that names an entry wins, but one without a title (which was not resolved) loses to
    any that has one.
    """
    named: dict[str, PaperRecord] = {}
    for record in sorted(records, key=lambda record: record.title is None):
        for ref in record.entries:
            named.setdefault(printed_key(ref.entry_title), record)
    if not named:
        return {}
    named.pop("", None)
    joined = ((entry.line, named.get(printed_key(entry.title))) for entry in entries)
    return {line: record for line, record in joined if record is not None}


def catalog_identities(entries: Sequence[Entry], records: Iterable[PaperRecord] = ()) -> dict[str, Identity]:
    """Return what is known of every catalog entry, by its line: as printed, and as resolved where a record says so."""
    known = {
        str(entry.line): Identity(titles=(entry.title,), authors=entry.authors, ids=identifiers(entry.url or ""))
        for entry in entries
    }
    for line, record in join_records(entries, records).items():
        printed = known[str(line)]
        known[str(line)] = Identity(
            titles=(printed.titles[0], record.title) if record.title else printed.titles,
            authors=record.authors or printed.authors,
            ids=printed.ids | ({f"arxiv:{record.arxiv_id}"} if record.arxiv_id else set()),
        )
    return known


class _Titles:
    """Forms of titles, with which another is compared once, however many indexes ask."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms = sorted(forms)
        self.near = lru_cache(maxsize=4096)(self._near)

    def _near(self, form: str) -> dict[str, float]:
        """Return the forms that this one is near to, with their similarity."""
        hits = process.extract(form, self._forms, scorer=fuzz.token_set_ratio, score_cutoff=_NEAR, limit=None)
        return {found: score for found, score, _ in hits}


_titles = lru_cache(maxsize=8)(_Titles)
"""The list of the survey, and what is known of its papers, have the same titles."""


class Index:
    """Identities that a paper can be looked up in. Build it with ``index``."""

    def __init__(self, identities: Mapping[str, Identity], within: Index | None) -> None:
        self._identities = dict(identities)
        self._exact: dict[str, list[str]] = {}
        self._by_form: dict[str, list[tuple[int, str]]] = {}
        for place, (key, identity) in enumerate(self._identities.items()):
            for name in exact_names(identity):
                self._exact.setdefault(name, []).append(key)
            for form in {form for title in identity.titles for form in _forms(title)}:
                self._by_form.setdefault(form, []).append((place, key))
        wider = within is not None and self._by_form.keys() <= within._by_form.keys()
        self._titles: _Titles = within._titles if within and wider else _titles(frozenset(self._by_form))

    def find(self, identity: Identity) -> str | None:
        """Return the key of the same paper, the nearest one if there are several, or None."""
        exact = [key for name in exact_names(identity) for key in self._exact.get(name, ())]
        return self._first(identity, exact) or self._first(identity, self._near(identity))

    def _near(self, identity: Identity) -> list[str]:
        forms = sorted({form for title in identity.titles for form in _forms(title)})
        hits = [
            (-score, at, *found)
            for at, form in enumerate(forms)
            for near, score in self._titles.near(form).items()
            for found in self._by_form.get(near, ())
        ]
        return [key for *_, key in sorted(hits)]

    def _first(self, identity: Identity, keys: Iterable[str]) -> str | None:
        return next((key for key in dict.fromkeys(keys) if same_paper(identity, self._identities[key])), None)


def _forms(title: str) -> set[str]:
    read = _read_title(title)
    return {read.full, read.rest} - {""}


def index(identities: Mapping[str, Identity], within: Index | None = None) -> Index:
    """Return an index of identities by key, for look-ups of about a millisecond.

    One whose titles are all ``within`` another shares what is found there.
    """
    return Index(identities, within)
