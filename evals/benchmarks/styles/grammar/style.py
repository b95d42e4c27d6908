"""A style: in which containers, with which pieces and in which order a list prints its entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from evals.benchmarks.styles.grammar.papers import Invented
from evals.benchmarks.styles.grammar.pieces import (
    AuthorForm,
    DateForm,
    LinksForm,
    NameForm,
    TitleForm,
    Variation,
    VenueForm,
    link,
)

MULTILINE: Final = frozenset(("continued", "sub", "keyed", "glued", "stanza", "heading"))
"""Containers whose entries take several lines."""


class Slot(NamedTuple):
    """A piece of a line or row with what stands before and behind it; both go where the piece is missing."""

    piece: str
    before: str = ""
    after: str = ""


class Column(NamedTuple):
    """A column of a table: its header, its pieces, and what its cell holds where they are missing."""

    header: str
    slots: tuple[Slot, ...]
    empty: str = ""


class Table(NamedTuple):
    """How rows are written: ``rule`` is the text below a header, ``edge`` whether pipes begin and end a row."""

    columns: tuple[Column, ...]
    rule: str
    padded: bool
    edge: bool


class Forms(NamedTuple):
    """How each piece is written, None for a piece that the style does not have."""

    title: TitleForm
    links: LinksForm
    nickname: NameForm | None = None
    date: DateForm | None = None
    venue: VenueForm | None = None
    venue_linked: bool = False
    authors: AuthorForm | None = None
    html: bool = False


class HeadingForm(NamedTuple):
    """How a section's heading is written: ``atx``, ``setext`` or ``html``, numbered or with an emoji, at a level."""

    kind: str
    level: int
    numbered: bool
    emoji: bool
    blank_below: bool


class Style(NamedTuple):
    """How a list looks. ``between`` stands between two entries; ``group`` is what sub-headings divide a section by."""

    container: str
    marker: str
    lines: tuple[tuple[Slot, ...], ...]
    forms: Forms
    between: str
    line_end: str
    indent: str
    order: str
    group: str | None
    group_line: str
    newest_group_first: bool
    heading: HeadingForm
    noise: float
    published: float
    table: Table | None = None
    features: Mapping[str, str] = {}

    def has(self, piece: str) -> bool:
        """Return whether the entries of this style have that piece."""
        lines = self.lines if self.table is None else tuple(column.slots for column in self.table.columns)
        return any(slot.piece == piece for line in lines for slot in line)

    def period_behind_title(self) -> bool:
        """Return whether a full stop follows the title, so that a title with a question mark is of no one form."""
        after = [slot.after for line in self.lines for slot in line if slot.piece == "title"]
        return "".join((*after, self.forms.title.marks[1])).lstrip('*_"”)').startswith(".")


def print_piece(forms: Forms, piece: str, paper: Invented, variation: Variation) -> str:
    """Return one piece of an entry, empty where it has none."""
    if piece in variation.missing:
        return ""
    url = forms.links.address(paper, variation)
    if piece == "title":
        return forms.title.print(_title_text(forms, paper), url, html=forms.html)
    if piece == "nickname":
        return forms.nickname.print(paper) if forms.nickname else ""
    if piece == "date":
        return forms.date.print(paper, variation) if forms.date else ""
    if piece == "venue":
        return _venue(forms, paper, variation, url)
    if piece == "authors":
        return forms.authors.print(paper.authors) if forms.authors else ""
    return _link_piece(forms, piece, paper, variation, url)


def print_line(forms: Forms, slots: tuple[Slot, ...], paper: Invented, variation: Variation) -> str:
    """Return the pieces of one line, without those that the entry lacks."""
    line = ""
    for at, slot in enumerate(slots):
        if text := print_piece(forms, slot.piece, paper, variation):
            before = slot.before if line or at == 0 else ""  # no separator begins a line
            after = slot.after[1:] if text.endswith(".") and slot.after.startswith(".") else slot.after
            line += f"{before}{text}{after}"
    return line


def _title_text(forms: Forms, paper: Invented) -> str:
    if forms.nickname is None or paper.nickname is None or forms.nickname.place == "before":
        return paper.title
    if forms.nickname.place == "inside":
        return f"{forms.nickname.print(paper)}: {paper.rest}"
    return paper.rest


def _venue(forms: Forms, paper: Invented, variation: Variation, url: str) -> str:
    if forms.venue is None:
        return ""
    if forms.venue_linked:
        return forms.links.shape.format(words=forms.venue.words(paper, variation), url=url)
    return forms.venue.print(paper, variation)


def _link_piece(forms: Forms, piece: str, paper: Invented, variation: Variation, url: str) -> str:
    links = forms.links
    printed = {
        "links": lambda: links.print(paper, variation),
        "paper": lambda: links.print_paper(paper, variation),
        "code": lambda: links.print_code(paper),
        "page": lambda: links.print_page(paper),
        "url": lambda: link(url, url, html=True) if forms.html else url,
        "<url>": lambda: f"<{url}>",
        "id": lambda: paper.id,
        "summary": lambda: paper.summary,
    }
    return printed[piece]()
