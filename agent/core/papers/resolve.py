"""Find the real paper of a catalog entry: by its listed id when the title agrees to the letter, else by a search.

Precision comes first: an entry without a sure match stays unresolved. A match is sure when

- the titles are the same (``agent.core.papers.matching``), and authors do not contradict, or
- the entry's title holds the paper's whole title, or
- the list renamed the paper, ``Nickname: what it is about``: then the paper's own text must *introduce* that nickname,
  speak of at least half of what the list says it is about, and be as old as the entry's year allows;

and when no second paper passes the same test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

import ftfy

from agent.core.arxiv.ids import base_id, exists_by_form
from agent.core.papers.matching import Identity, identifiers, normalise_title, same_paper, same_title
from agent.errors import SourceError
from agent.records import Entry, EntryRef, Paper, PaperRecord, Record

_STOP: Final = frozenset(
    "a an and are as at by for from how in into is it its llm not of on or that the to toward towards via what when "  # noqa: SIM905 (read as prose)
    "with your".split()
)
_ABOUT: Final = 0.5
_WHOLE_TITLE: Final = 6
_YEARS_BEFORE_VENUE: Final = 3
_TITLE_LIKE: Final = 4
_WORDS_ASKED: Final = 6
_FEW: Final = 3
_SEQUEL: Final = re.compile(
    r"\+\+|\b(?:improved|revisit(?:ed|ing)|beyond|extended|reproduc\w+|considered|critical|critique|survey|review)\b"
)
_INTRODUCES: Final = (
    r"\b(?i:we|paper|work|study|report|article)\b[^.]{{0,40}}\b"
    r"(?:propos|introduc|present|develop|construct|creat|releas|call|term)[a-z]*\b"
    r"(?:(?!\b(?:study|analysis|comparison|evaluation|survey|alternative|extension) (?:of|to)\b)[^.]){{0,120}}?{0}"
    r"|\b(?:named|called|dubbed|termed|denoted)\b[^.]{{0,20}}{0}|^{0}\s*:"
)


class Lookup(Protocol):
    """A place where papers are looked up. Both may raise SourceError."""

    def find_ids(self, ids: Sequence[str]) -> Sequence[Paper]: ...

    def find(self, query: str) -> Sequence[Paper]: ...


class Resolution(Record):
    """One entry and its paper (None: unresolved). ``how`` is ``id``, ``title`` or, unresolved, the reason."""

    entry: Entry
    paper: Paper | None
    how: str


def resolve(entries: Iterable[Entry], known: Iterable[PaperRecord], lookup: Lookup) -> Iterator[Resolution]:
    """Yield each entry's resolution as it is found, so that the caller can keep it; what ``known`` has is left out.

    All listed ids are looked up first and together; only the rest is searched for, entry by entry. An entry whose
    search fails is unresolved; when two in a row fail, arXiv is down and SourceError is raised.
    """
    done = {(ref.section_id, ref.entry_title) for record in known if record.title for ref in record.entries}
    open_entries = [entry for entry in entries if (entry.section_id, entry.title) not in done]
    listed = {entry.line: paper_id for entry in open_entries if (paper_id := _possible_id(entry.url or ""))}
    by_id = {paper.id: paper for paper in lookup.find_ids(sorted(set(listed.values())))} if listed else {}
    failed = False
    for entry in open_entries:
        at_link = by_id.get(listed.get(entry.line, ""))
        try:
            yield _resolve_one(entry, at_link, lookup)
            failed = False
        except SourceError as error:
            if failed:
                raise
            failed = True
            yield Resolution(entry=entry, paper=None, how=str(error))


def _possible_id(url: str) -> str | None:
    """Return the arXiv id of a link; not one with a thirteenth month, for which arXiv refuses the whole request."""
    paper_id = base_id(url)
    return paper_id if paper_id and exists_by_form(paper_id) else None


def _resolve_one(entry: Entry, at_link: Paper | None, lookup: Lookup) -> Resolution:
    """Take the linked paper at once when its title agrees to the letter; else it is one more paper to choose from."""
    seen = {at_link.id: at_link} if at_link else {}
    found = at_link if at_link and _same_words(entry, at_link) and choose(entry, [at_link]) else None
    for query in queries(entry.title) if found is None else ():
        seen |= {paper.id: paper for paper in lookup.find(query)}
        if (found := choose(entry, list(seen.values()))) is not None:
            break
    if found is None:
        return Resolution(entry=entry, paper=None, how=f"no sure match among {len(seen)} papers found")
    return Resolution(entry=entry, paper=found, how="id" if at_link and found.id == at_link.id else "title")


def queries(title: str) -> tuple[str, ...]:
    """Return the searches for a listed title, the most exact first; none for a title without words.

    The title as a phrase; its longest words, in any order; either half of those, since the list may have reworded the
    other; its nickname anywhere, with one of those words.
    """
    nickname, rest = _split(title)
    phrases = list(dict.fromkeys(" ".join(_words(text)) for text in (title, rest) if _words(text)))
    telling = sorted((w for w in set(_words(rest)) - _STOP if w.isascii()), key=lambda w: (-len(w), w))[:_WORDS_ASKED]
    found = [" OR ".join(f'ti:"{phrase}"' for phrase in phrases)]
    groups = dict.fromkeys(tuple(group) for group in (telling, telling[:_FEW], telling[_FEW:]) if len(group) > 1)
    found += [" AND ".join(f"ti:{word}" for word in group) for group in groups]
    if _words(nickname) and telling:
        found.append(f'all:"{" ".join(_words(nickname))}" AND ({" OR ".join(f"all:{word}" for word in telling)})')
    return tuple(query for query in found if query)


def choose(entry: Entry, papers: Sequence[Paper], *, linked: bool = False) -> Paper | None:
    """Return the one paper that the entry means, or None when none is sure or more than one is.

    ``linked`` asks less: whether a link to the paper could be meant, for which mentioning the nickname is enough.
    """
    page = entry.url is not None and not identifiers(entry.url)  # often a post that is named almost like a paper
    tests = (
        [_same_words]
        if page
        else [_same_words, _same_title, _whole_title_inside, _mentioned if linked else _introduced]
    )
    fit = [paper for paper in papers if _authors_agree(entry, paper) and not _sequel(entry, paper)]
    for test in tests:
        passed = [paper for paper in fit if test(entry, paper)]
        if passed:
            return passed[0] if len(passed) == 1 else None
    return None


def _authors_agree(entry: Entry, paper: Paper) -> bool:
    """Return whether a surname is shared; a side without authors contradicts nothing."""
    listed, found = (Identity(titles=(paper.title,), authors=authors) for authors in (entry.authors, paper.authors))
    return same_paper(listed, found)


def _sequel(entry: Entry, paper: Paper) -> bool:
    """Return whether the paper calls itself an answer to, or a new version of, what the entry names."""
    said, listed = (set(_SEQUEL.findall(title.lower())) for title in (paper.title, entry.title))
    return bool(said - listed)


def _same_words(entry: Entry, paper: Paper) -> bool:
    """Return whether the paper's title is the entry's to the letter, with or without the entry's nickname."""
    _, rest = _split(entry.title)
    forms = [entry.title, rest] if len(_words(rest)) >= _TITLE_LIKE else [entry.title]
    return normalise_title(paper.title) in map(normalise_title, forms)


def _same_title(entry: Entry, paper: Paper) -> bool:
    return same_title(entry.title, paper.title)


def _whole_title_inside(entry: Entry, paper: Paper) -> bool:
    title = normalise_title(paper.title)
    return len(title.split()) >= _WHOLE_TITLE and f" {title} " in f" {normalise_title(entry.title)} "


def _introduced(entry: Entry, paper: Paper) -> bool:
    return _renamed(entry, paper, _INTRODUCES)


def _mentioned(entry: Entry, paper: Paper) -> bool:
    return _renamed(entry, paper, "{0}")


def _renamed(entry: Entry, paper: Paper, pattern: str) -> bool:
    nickname, rest = _split(entry.title)
    if not nickname:
        return False
    if entry.year and paper.published and not entry.year - _YEARS_BEFORE_VENUE <= paper.published.year <= entry.year:
        return False
    name = pattern.format(rf"(?<!\w){re.escape(nickname)}(?!\w|-\w)")
    if not any(re.search(name, text) for text in (paper.title, paper.abstract)):
        return False
    about = set(normalise_title(rest).split()) - _STOP
    said = f" {normalise_title(f'{paper.title} {paper.abstract}')} "
    return bool(about) and sum(f" {word} " in said for word in about) >= _ABOUT * len(about)


def _split(title: str) -> tuple[str, str]:
    """Split ``IFD: what it is about``; the nickname is empty when there is none of at most three words."""
    text = ftfy.fix_text(title)
    before, colon, after = text.partition(":")
    if colon and after.strip() and len(before.split()) <= 3:
        return before.strip(), after.strip()
    return "", text


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", ftfy.fix_text(text).lower())


def record_of(resolutions: Sequence[Resolution]) -> tuple[PaperRecord, ...]:
    """Return one record per paper, with all its entries; an unresolved entry's has neither title nor abstract."""
    found: dict[str, PaperRecord] = {}
    for resolution in resolutions:
        entry, paper = resolution.entry, resolution.paper
        ref = EntryRef(line=entry.line, section_id=entry.section_id, entry_title=entry.title)
        key = f"arxiv:{paper.id}" if paper else f"unresolved:{entry.section_id}:{'-'.join(_words(entry.title))}"
        if key in found:
            found[key] = found[key].model_copy(update={"entries": (*found[key].entries, ref)})
            continue
        found[key] = PaperRecord(
            key=key,
            title=paper.title if paper else None,
            abstract=paper.abstract if paper else None,
            authors=paper.authors if paper else (),
            arxiv_id=paper.id if paper else None,
            categories=paper.categories if paper else (),
            published=paper.published if paper else None,
            entries=(ref,),
        )
    return tuple(found.values())
