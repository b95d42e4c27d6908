"""Find what the entries around a new one have in common: words, labels of links, signs for an empty cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.pieces.institutes import are_institutes
from agent.core.catalog.pieces.labels import label_of, link_words

SHARED: Final = 0.6
"""The share of siblings that must have a word for it to be of their form."""
_ENOUGH: Final = 3
_SOME: Final = 0.2
_MANY: Final = 5
_NEARLY_ALL: Final = 0.8
_HTML_CELL: Final = re.compile(r"<td\b[^>]*>([^<>]{0,8})</td>", re.IGNORECASE)
_NAME_BEHIND: Final = re.compile(
    r"(?<=\w)(?P<before>\s*[(\[\uff08])(?=\S*[A-Z\d])(?P<name>\w[^\s()\[\]\uff08\uff09]*)(?P<after>[)\]\uff09])$"
)
COUNTED: Final = re.compile(r"\d{1,3}(?=[.)]\s)")
"""The number at the beginning of a cell whose titles are counted."""
EMPTY: Final = frozenset({"n/a", "na", "none", "null", "tbd", "\u65e0", "\u6682\u65e0"})
"""What stands where there is nothing to say."""


def shared_texts(siblings: Sequence[Exemplar], group: Sequence[Exemplar], *, own: bool) -> frozenset[str]:
    """Return the words, links and signs that belong to the form of an entry, since most siblings have them.

    A few papers of one section may have a word or badge in common by chance, such as where they are from: it must be
    in other sections of the ``group`` too, unless nearly all of many siblings have it. ``own`` allows signs.
    """

    def count(exemplars: Sequence[Exemplar]) -> Counter[str]:
        return Counter(
            text
            for exemplar in exemplars
            for text in {
                piece_text(exemplar, piece)
                for piece in exemplar.reading.pieces
                if (piece.kind in ("words", "extra") and not exemplar.reading.cells and not _is_rank(exemplar, piece))
                or (piece.kind == "mark" and own)
            }
        )

    here = {id(exemplar) for exemplar in siblings}
    others = [exemplar for exemplar in group if id(exemplar) not in here]
    elsewhere = count(others)
    return frozenset(
        text
        for text, number in count(siblings).items()
        if (number >= _ENOUGH or 2 <= number == len(siblings) or not re.search(r"\w", text))
        and number >= max(2, SHARED * len(siblings))
        and (
            not others
            or not re.search(r"\w", text)
            or elsewhere[text] >= _SOME * len(others)
            or (number >= _MANY and number >= _NEARLY_ALL * len(siblings))
        )
    )


def _is_rank(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether words tell of the venue before them, as in ``(VLDB 2023, rank A)``: they hold for no other one."""
    before = [other for other in exemplar.reading.pieces if other.venue is not None and other.end <= piece.start]
    return (
        bool(before) and re.fullmatch(r"\s*[,;/]\s*", exemplar.reading.source[before[-1].end : piece.start]) is not None
    )


def is_called_otherwise(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether the link to a paper is called like one to something else."""
    found = re.search(r"\[([^\[\]]+)\]\($", exemplar.reading.source[: piece.start])
    return found is not None and label_of(found[1]) in ("code", "page", "extra")


def paper_label(siblings: Sequence[Exemplar]) -> str:
    """Return what the siblings call the link to a paper, such as ``PDF``, or an empty text where none is called so."""
    names: Counter[str] = Counter()
    for exemplar in siblings:
        for piece in exemplar.reading.pieces:
            before = exemplar.reading.source[: piece.start] if piece.kind == "address" else ""
            if (found := re.search(r"\[([^\[\]]+)\]\($", before)) and label_of(found[1]) == "paper":
                names[found[1]] += 1
    return names.most_common(1)[0][0] if names else ""


def name_behind(siblings: Sequence[Exemplar]) -> str:
    """Return how all siblings print a nickname behind their title, as `` (%)``, or an empty text where one does not."""
    found = [_NAME_BEHIND.search(exemplar.reading.title) for exemplar in siblings]
    named = [match for match in found if match]
    if len(named) < len(found) or len({match["name"] for match in named}) < 2:
        return ""
    return Counter(match["before"] + "%" + match["after"] for match in named).most_common(1)[0][0]


def shared_labels(siblings: Sequence[Exemplar]) -> frozenset[str]:
    """Return what the optional links of several siblings are called, besides the names that all lists use."""
    seen: Counter[str] = Counter()
    for exemplar in siblings:
        links = (piece_text(exemplar, piece) for piece in exemplar.reading.pieces if piece.inner is not None)
        seen.update({label for link in links if (label := link_words(link))})
    return frozenset(label for label, number in seen.items() if number > 1)


def code_label(siblings: Sequence[Exemplar]) -> str:
    """Return what most links to code are called, or an empty text where no two are called alike."""
    links = [piece_text(e, piece) for e in siblings for piece in e.reading.pieces if piece.kind == "code"]
    names = Counter(label for link in links if (label := link_words(link)))
    return next((name for name, number in names.most_common(1) if number > 1), "")


def placeholders(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> dict[int, str]:
    """Return what each column prints where it has nothing to say, such as ``-``, or a sign where others have words.

    Where no cell of the siblings is empty, the other tables of the list tell, the ``relatives``.
    """
    own = _blank_cells(siblings)
    other = {} if any(own.values()) or not siblings else _blank_cells(relatives)
    every = Counter(text for texts in (own or other).values() for text in texts.elements() if text)
    usual = every.most_common(1)[0][0] if every else ""
    width = max((len(e.reading.cells) for e in siblings), default=0)
    found = other | own
    return {n: found[n].most_common(1)[0][0] if n in found else usual for n in range(width)}


def _blank_cells(siblings: Sequence[Exemplar]) -> dict[int, Counter[str]]:
    """Return what stands in the cells that say nothing, by column."""
    found: dict[int, Counter[str]] = {}
    signs: dict[int, Counter[str]] = {}
    telling: set[int] = set()
    for exemplar in siblings:
        reading = exemplar.reading
        for number, (start, end) in enumerate(reading.cells):
            text = reading.source[start:end].strip()
            kinds = {piece.kind for piece in reading.pieces if start <= piece.start and piece.end <= end}
            if text.casefold() in EMPTY or not (kinds or re.search(r"\w", text)):
                found.setdefault(number, Counter())[text] += 1
            elif kinds == {"mark"} and not re.search(r"\w", text):
                signs.setdefault(number, Counter())[text] += 1
            else:
                telling.add(number)
    for number in telling & signs.keys():
        found.setdefault(number, Counter()).update(signs[number])
    return found


def print_institutes(siblings: Sequence[Exemplar]) -> bool:
    """Return whether most siblings that seem to have authors have institutes there: a new paper's are unknown."""
    named = [exemplar.reading.authors for exemplar in siblings if exemplar.reading.authors]
    return 2 * sum(are_institutes(authors) for authors in named) > len(named)


def first_cell(exemplar: Exemplar) -> str:
    """Return what stands in the first cell of a table row."""
    reading = exemplar.reading
    return reading.source[slice(*reading.cells[0])].strip() if reading.cells else ""


def group_heads(siblings: Sequence[Exemplar]) -> tuple[Exemplar, ...]:
    """Return the rows whose first cell tells the year or venue of those below them too, which leave it empty; the
    nearest first. Empty for a table without such groups."""
    filled = [exemplar for exemplar in siblings if exemplar.reading.cells and first_cell(exemplar)]
    if not filled or len(filled) == len([e for e in siblings if e.reading.cells]):
        return ()
    return tuple(filled) if all(_tells_when(exemplar) for exemplar in filled) else ()


def _tells_when(exemplar: Exemplar) -> bool:
    """Return whether the first cell of a row holds a year or venue, and nothing else."""
    start, end = exemplar.reading.cells[0]
    held = {piece.kind for piece in exemplar.reading.pieces if start <= piece.start and piece.end <= end}
    return bool(held) and held <= {"date", "venue"}


def rating_columns(siblings: Sequence[Exemplar]) -> frozenset[int]:
    """Return the columns that hold nothing but signs, of several kinds, as a rating does: nobody rated a new paper."""
    signs: dict[int, set[str]] = {}
    telling: set[int] = set()
    for exemplar in siblings:
        for number, cell in enumerate(exemplar.reading.cells):
            text = exemplar.reading.source[slice(*cell)].strip()
            if re.search(r"[\w\]|<-]", text):
                telling.add(number)
            elif text:
                signs.setdefault(number, set()).add(text)
    return frozenset(number for number, texts in signs.items() if len(texts) > 1 and number not in telling)


def next_numbers(siblings: Sequence[Exemplar]) -> dict[int, int]:
    """Return the number that comes next in each column that counts the rows, where the nearest row has the last one."""
    cells = [[e.reading.source[slice(*cell)].strip() for cell in e.reading.cells] for e in siblings if e.reading.cells]
    found: dict[int, int] = {}
    if len(cells) == 1 and cells[0][0] == "1" and len(cells[0]) > 2:
        return {0: 2}
    for number, nearest in enumerate(cells[0] if len(cells) > 1 else ()):
        column = [row[number] for row in cells if number < len(row)]
        counted = sorted(int(text) for text in column if text.isascii() and text.isdigit() and len(text) < 4)
        run = list(range(counted[0], counted[0] + len(column))) if counted else []
        if run and counted == run and nearest == str(run[-1]):
            found[number] = run[-1] + 1
    return found


def title_count(exemplar: Exemplar) -> int | None:
    """Return the number before the title of a table row, the 3 of ``3) Title``; None where there is none."""
    reading = exemplar.reading
    title = next((piece for piece in reading.pieces if piece.kind == "title"), None)
    cell = next((cell for cell in reading.cells if title and cell[0] <= title.start < cell[1]), (0, 0))
    count = COUNTED.match(reading.source[slice(*cell)].strip())
    return int(count[0]) if count else None


def html_placeholder(siblings: Sequence[Exemplar]) -> str:
    """Return what the cells of HTML rows print where they have nothing to say, such as ``-``; empty for nothing."""
    sources = (exemplar.reading.source for exemplar in siblings if exemplar.reading.html)
    cells = [cell.strip() for source in sources for cell in _HTML_CELL.findall(source)]
    signs = Counter(cell for cell in cells if cell.casefold() in EMPTY or not re.search(r"\w", cell))
    return signs.most_common(1)[0][0] if signs else ""


def piece_text(exemplar: Exemplar, piece: Piece) -> str:
    return exemplar.reading.source[piece.start : piece.end].strip()
