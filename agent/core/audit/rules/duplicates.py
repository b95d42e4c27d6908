"""Entries compared with each other: one link under several papers, one paper under several entries.

Every rule looks entries up instead of comparing each with each: the work grows as the list does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from rapidfuzz import fuzz, process

from agent.core.audit.findings import Case, Finding, FindingKind
from agent.core.papers.matching import LIKE_UNDER_SAME_NICKNAME, SAME_TOPIC, Identity, same_paper, same_title

_TITLE_WORDS: Final = 4
"""A text of fewer words may be the name of a model or a tool: two of them can go by one link, and one by two."""
_RARE_WORDS: Final = 3
_COMMON: Final = 30
"""A word of more titles than this tells none of them from the others."""
_NAMED: Final = 5
"""So many other entries are named in a finding."""


def find_shared(cases: Sequence[Case]) -> Iterator[Finding]:
    """Yield shared_link for every entry whose paper link stands under another paper's entry too.

    Only links that name a paper count (arXiv, DOI, Anthology, OpenReview): a page may be on several things.
    """
    by_link: dict[str, list[Case]] = {}
    for case in cases:
        if _is_title(case) and (link := case.paper_link):
            by_link.setdefault(link, []).append(case)
    for link, group in by_link.items():
        if len(group) < 2:
            continue
        titles = list({case.name: case for case in group}.values())[: 4 * _NAMED]
        for case in group if len(titles) > 1 else ():
            others = [other for other in titles if other is not case and _are_different(case, other)]
            if others:
                names = ", ".join(f"'{other.entry.title}' (line {other.entry.line})" for other in others[:_NAMED])
                # A paper may have got another title since: only what was found about both is sure.
                sure = any(_records_agree(case, other) is False for other in others)
                detail = f"{link} is also the link of {names}"
                yield case.finding(FindingKind.SHARED_LINK, detail, "high" if sure else "medium")


def find_duplicates(cases: Sequence[Case]) -> Iterator[Finding]:
    """Yield duplicate_entry for the later of two entries of one paper.

    A second home, the same entry in another section, is deliberate. Another publication version of it is not.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.entry.section_id, []).append(case)
    found: set[int] = set()
    for group in groups.values():
        for first, second in _candidates(group):
            if id(second) not in found and _are_one(first, second):
                found.add(id(second))
                yield _duplicate(first, second, "in the same section")
    by_title: dict[str, Case] = {}
    for case in cases:
        first = by_title.setdefault(case.name, case)
        if first.entry.section_id != case.entry.section_id and id(case) not in found and _is_version(first, case):
            # It may be a second home on purpose, with whichever link was at hand.
            found.add(id(case))
            yield _duplicate(first, case, f"as another version, {first.entry.url}", sure=False)


def _candidates(group: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Yield the pairs of a section worth comparing, the earlier entry first: of one resolved paper, with one link, with
    one title, or with titles that share a word few others have where the links may lead to one paper."""
    firsts: dict[str, Case] = {}
    links = Counter(case.paper_link for case in group)
    sites = {_site(link) for link in links}
    words = [tuple(dict.fromkeys(case.name.split())) for case in group]
    texts = [" ".join(title) for title in words]
    counts = Counter(chain.from_iterable(words))
    by_word: dict[tuple[str, str | None], list[int]] = {}
    for place, case in enumerate(group):
        for key in _keys(case):
            if (first := firsts.setdefault(key, case)) is not case:
                yield first, case
        own = case.paper_link
        others = [site for site in sites if site is None or site != _site(own)]  # two links of a site are two papers
        if links[own] > 1 and own is not None:
            others.append(own)
        if not others:
            continue
        rare = sorted((count, word) for word in words[place] if (count := counts[word]) <= _COMMON)[:_RARE_WORDS]
        near = {at: texts[at] for _, word in rare for link in others for at in by_word.get((word, link), ())}
        alike = process.extract(
            texts[place], near, scorer=fuzz.token_set_ratio, score_cutoff=LIKE_UNDER_SAME_NICKNAME, limit=None
        )
        for other in sorted(other for _, _, other in alike):
            yield group[other], case
        for word in words[place]:
            for link in {_site(own), own} if counts[word] <= _COMMON else ():
                by_word.setdefault((word, link), []).append(place)


def _site(link: str | None) -> str | None:
    """Return the site of a paper's link, such as ``arxiv``; None for a link that names no paper."""
    return link.partition(":")[0] if link else None


def _keys(case: Case) -> Iterable[str]:
    if case.record and case.record.arxiv_id:
        yield f"record {case.record.arxiv_id}"
    if case.entry.url:
        yield f"link {case.paper_link or case.entry.url.rstrip('/')}"
    if name := case.name:
        yield f"title {name}"


def _duplicate(first: Case, second: Case, how: str, *, sure: bool = True) -> Finding:
    same_name = first.name == second.name
    detail = f"line {first.entry.line} lists this paper already, {how}"
    if not same_name:
        detail += f": as '{first.entry.title}'"
        if second.record and second.record.arxiv_id:
            detail += f"; both are {second.record.arxiv_id} '{second.record.title}'"
    return second.finding(FindingKind.DUPLICATE_ENTRY, detail, "high" if sure and same_name else "medium")


def _is_title(case: Case) -> bool:
    return sum(map(str.isalpha, case.name.split())) >= _TITLE_WORDS


def _records_agree(a: Case, b: Case) -> bool | None:
    """Return whether what is known of both entries is one paper; None when it is not known."""
    if a.record and b.record and a.record.arxiv_id and b.record.arxiv_id:
        return a.record.arxiv_id == b.record.arxiv_id
    return None


def _links_agree(a: Case, b: Case) -> bool | None:
    """Return whether the links name one paper, or two; None when they cannot be compared (one is missing, or one names
    a preprint and the other a publication). Two pages that are no papers are two things."""
    if not a.entry.url or not b.entry.url:
        return None
    link, other = a.paper_link, b.paper_link
    if link and other:
        same_site = link.partition(":")[0] == other.partition(":")[0]
        return link == other if link == other or same_site else None
    if link or other:
        return None
    return a.entry.url.rstrip("/") == b.entry.url.rstrip("/")


def _are_different(a: Case, b: Case) -> bool:
    """Return whether two entries under one link are certainly two papers."""
    agree = _records_agree(a, b)
    if agree is not None:
        return not agree
    return not same_title(a.entry.title, b.entry.title) and fuzz.token_set_ratio(a.name, b.name) < SAME_TOPIC


def _are_one(a: Case, b: Case) -> bool:
    """Return whether two entries of a section are one paper. Links that name different papers decide, unless what was
    found about both says otherwise: ids are less often wrong than titles are alike.
    """
    agree = _records_agree(a, b)
    if agree is not None:
        return agree
    linked = _links_agree(a, b)
    if linked is False:
        return False
    if _is_row(a) or _is_row(b):
        # One paper may be the source of many rows, a data set each, and of an entry beside the table.
        return " ".join(a.entry.raw.split()) == " ".join(b.entry.raw.split())
    if linked:
        return a.name == b.name or same_title(a.entry.title, b.entry.title)
    if not (_is_title(a) and _is_title(b)):
        return False
    # A page that is no paper may be on any paper: then only the same title says so.
    paged = any(case.entry.url and not case.paper_link for case in (a, b))
    return a.name == b.name if paged else same_paper(_identity(a), _identity(b))


def _is_row(case: Case) -> bool:
    return "|" in case.entry.raw and case.entry.raw.count("|") > case.entry.title.count("|") + 1


def _is_version(first: Case, second: Case) -> bool:
    """Return whether an entry in another section links another publication of the same paper, a preprint say."""
    if not (first.entry.url and second.entry.url) or first.paper_link == second.paper_link:
        return False
    both = first.paper_link and second.paper_link
    return bool(both) and _links_agree(first, second) is None and _are_one(first, second)


def _identity(case: Case) -> Identity:
    titles = (case.entry.title, *((case.record.title,) if case.record and case.record.title else ()))
    return Identity(titles=titles, authors=case.entry.authors)
