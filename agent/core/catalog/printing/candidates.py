"""The entries that a paper may have in a section, from the one most like its siblings to the plainest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.style import Exemplar, Style
from agent.core.catalog.pieces.labels import leads_to_code, leads_to_paper
from agent.core.catalog.printing.facts import Facts, read_facts
from agent.core.catalog.printing.first_row import print_first_row
from agent.core.catalog.printing.habits import ENOUGH, MOST
from agent.core.catalog.printing.printer import Printer
from agent.core.catalog.reading.titles.nicknames import nickname_of
from agent.core.catalog.segments import lend_code
from agent.core.catalog.siblings.authors import settle_authors
from agent.core.catalog.siblings.likeness import weigh_alike, weigh_numbered
from agent.core.catalog.siblings.links import has_link, shows_code
from agent.core.catalog.siblings.rows import group_heads, have_same_columns, links_beside_code, whole_rows
from agent.core.catalog.words import escape
from agent.records import Paper

_ENOUGH_UNCODED: Final = 6
"""So many siblings without code say that none is linked here: fewer may be of papers that have none, and other sections
say how code is linked."""

_LIGHT: Final = 0.2
_FAINT: Final = 0.02
"""What an entry of another section weighs beside few siblings, and beside enough of them."""


def format_entry(paper: Paper, style: Style) -> str:
    """Return the entry of a paper in a style, with its list marker, lines joined by line feeds, no line end."""
    return next(format_candidates(paper, style))


def format_candidates(paper: Paper, style: Style) -> Iterator[str]:
    """Yield entries from the one most like its siblings to the plainest, for where Markdown misreads the first ones."""
    facts = read_facts(paper, style.summary)
    if style.columns:
        yield print_first_row(facts, style, linked="link" not in style.columns)
        yield print_first_row(facts, style, linked=True)
        return
    style = _with_authors(style)
    rows = _are_rows(style.siblings)
    unlinked = rows and not any(map(has_link, style.siblings))
    here = [e for e in (style.siblings if rows else _with_papers(style.siblings)) if unlinked or has_link(e)]
    group = whole_rows([*((e, 1.0) for e in here), *_weigh_relatives(facts, style, here)])
    seen: set[str] = set()
    for text in _ranked(facts, group, style, frozenset(map(id, here)), linked=unlinked):
        if text not in seen:
            seen.add(text)
            yield text
    if not _are_rows([exemplar for exemplar, _ in group]):
        yield from _plainest(facts, style, alone=not group)


def _are_rows(exemplars: Sequence[Exemplar]) -> bool:
    return bool(exemplars and exemplars[0].reading.cells)


def _weigh_relatives(facts: Facts, style: Style, here: Sequence[Exemplar]) -> list[tuple[Exemplar, float]]:
    """Return the entries of other sections that a paper may be printed like, each with its weight beside the siblings
    ``here``: little, but that of a sibling where there is none, or for what no sibling tells of the paper."""
    coded = bool(facts.code) and len(here) < ENOUGH and not any(map(shows_code, here))
    weight = (_FAINT if sum(map(has_link, style.siblings)) >= ENOUGH else _LIGHT) if here else 1.0
    related = [
        (exemplar, max(weight, MOST * shows_code(exemplar)) if coded else weight)
        for exemplar in _comparable(style, here, coded=coded)
    ]
    whole = any(nickname_of(exemplar.reading.title) for exemplar in here)
    has = {"venue": facts.accepted, "code": facts.code, "nickname": facts.nickname and not whole}
    related = weigh_alike([kind for kind in has if has[kind]], here, related)
    return related if facts.accepted else weigh_numbered(here, related)


def _comparable(style: Style, here: Sequence[Exemplar], *, coded: bool) -> list[Exemplar]:
    """Return the linked entries of other sections that are rows as those ``here`` are, or none are.

    Each table has a form of its own: of others, only the cells that link paper and code tell how these are, where they
    are to tell it (``coded``).
    """
    far = style.relatives if _are_rows(style.siblings) else _with_papers(style.relatives)
    far = [e for e in far if has_link(e) and bool(e.reading.cells) == _are_rows(here)]
    if not here or not (_are_rows(here) or "<td" in here[0].reading.source):
        return far
    return [e for e in far if coded and links_beside_code(e) and have_same_columns(e, style.siblings[0])]


def _plainest(facts: Facts, style: Style, *, alone: bool) -> Iterator[str]:
    """Yield a linked title, with its venue first where the paper stands ``alone``."""
    link = f"{style.prefix}[{escape(facts.title)}]({abs_url(facts.paper.id)})"
    if alone:
        name, year, track = facts.accepted or (style.preprint, (facts.paper.published or facts.day).year, "")
        yield f"{link}. {' '.join(f'{escape(name)} {year} {track}'.split())}."
    yield link


def _with_authors(style: Style) -> Style:
    """Return the style with those authors in its entries that only other ones tell."""
    near, far = style.siblings, style.relatives
    return replace(
        style, siblings=tuple(settle_authors(near, far)), relatives=tuple(settle_authors(far, near) if near else far)
    )


def _with_papers(siblings: Sequence[Exemplar]) -> Sequence[Exemplar]:
    """Return the siblings without those that lead to no more than code, where others lead to papers: a paper is printed
    as papers are."""
    if not any(leads_to_paper(exemplar.reading.url) for exemplar in siblings):
        return siblings
    return [exemplar for exemplar in siblings if not leads_to_code(exemplar.reading.url or "")]


def continues_group(paper: Paper, style: Style) -> bool | None:
    """Say whether a row for a paper belongs to the group of the nearest row that tells a year or venue for those below
    it; None where the rows are in no such groups."""
    siblings = [exemplar for exemplar in style.siblings if has_link(exemplar)] or style.siblings
    return (
        Printer(read_facts(paper, ""), siblings, [(e, 1.0) for e in siblings], style, own=True).continues
        if group_heads(siblings)
        else None
    )


def _ranked(
    facts: Facts, group: Sequence[tuple[Exemplar, float]], style: Style, near: frozenset[int], *, linked: bool
) -> Iterator[str]:
    """Yield what the paper looks like printed as each sibling is, the form that most of them give first; ``near`` are
    the identities of the siblings in the ``group``."""
    if not group:
        return
    own = [exemplar for exemplar, _ in group if id(exemplar) in near]
    every = [exemplar for exemplar, _ in group]
    printer = Printer(facts, own or every, group, style, own=bool(style.siblings), linked=linked)
    printed: list[tuple[str, float, float]] = []
    few = len(own) < _ENOUGH_UNCODED and not any(map(shows_code, own))
    lent = iter(lend_code(own, every if few else own, lines=not few) if facts.code else own)
    for exemplar, weight in group:
        text, cost = printer.print(next(lent) if id(exemplar) in near else exemplar)
        if text is not None:
            printed.append((text, weight, cost))
    least = min((cost for _, _, cost in printed), default=0.0)  # what speaks against all of them tells none apart
    votes: dict[str, float] = {}
    for text, weight, cost in printed:
        votes[text] = votes.get(text, 0.0) + weight / (1 + cost - least) ** 2
    yield from sorted(votes, key=lambda text: -votes[text])
    if group[0][0].reading.cells:
        # Where a title is misread that is not the link, it becomes the link.
        text, _ = Printer(facts, own or every, group, style, own=bool(style.siblings), linked=True).print(group[0][0])
        if text is not None:
            yield text
