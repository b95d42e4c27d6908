"""Find what the entries around a new one have in common: words, labels of links, signs for an empty cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind
from agent.core.catalog.pieces.institutes import are_institutes
from agent.core.catalog.pieces.labels import Label, label_of, link_words
from agent.core.catalog.pieces.names import Manner
from agent.core.catalog.reading.scanned import NAME_WORDS
from agent.core.catalog.reading.title import COINED, nickname_of

SHARED: Final = 0.6
"""The share of siblings that must have a word for it to be of their form."""
_ENOUGH: Final = 3
_SOME: Final = 0.2
_MANY: Final = 5
_NEARLY_ALL: Final = 0.8
_NAMED: Final = 4
_NAMED_ELSEWHERE: Final = 6
_HARDLY_ANY: Final = 0.1
_HTML_CELL: Final = re.compile(r"<td\b[^>]*>([^<>]{0,8})</td>", re.IGNORECASE)
_NAME_BEHIND: Final = re.compile(
    r"(?<=\w)(?P<before>\s*[(\[\uff08])(?=\S*[A-Z\d])(?P<name>\w[^\s()\[\]\uff08\uff09]*)(?P<after>[)\]\uff09])$"
)
COUNTED: Final = re.compile(r"\d{1,3}(?=[.)]\s)")
_CATEGORY: Final = r"(?:cs|math|stat|eess|econ|q-bio|q-fin|physics|astro-ph|cond-mat|nlin)\.[A-Za-z-]{2,}"
CATEGORY: Final = re.compile(rf"\[?{_CATEGORY}(?:(?P<between>[,;] ?| ){_CATEGORY}(?:(?P=between){_CATEGORY})*)?\]?")
"""The categories of arXiv, or the primary one alone, as ``[cs.RO]`` behind an id."""
TICKED: Final = re.compile(r"\A\[[xX]\](?= )")
"""The box of a task that is done."""
"""The number at the beginning of a cell whose titles are counted."""
_MISSING: Final = re.compile(
    r"[|,\u00b7/]\s*(?:-{1,3}|\u2013|\u2014|N/?A|none|null|\u274c|\u2717|\u00d7)\s*$", re.IGNORECASE
)
_BOXES: Final = frozenset("\u2b1c \u2610 \u25a1 \u25fb \u25ab \U0001f532 \U0001f533 :white_large_square:".split())  # noqa: SIM905
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")
EMPTY: Final = frozenset({"n/a", "na", "none", "null", "tbd", "\u65e0", "\u6682\u65e0"})
"""What stands where there is nothing to say."""
_NONE: Final = frozenset({"none", "null", "\u65e0", "\u6682\u65e0"})
"""What says that there is none: it stands in no column but where others say so too."""
_NO: Final = frozenset("no nope nein non n\u00e3o \u043d\u0435\u0442 \u306a\u3057 \uc5c6\uc74c".split())  # noqa: SIM905
"""What stands for a link that is not there, in a column of such."""


def says_none(text: str) -> Label | None:
    """Return what words say there is none of: code, as ``None`` or ``Code: None`` do, or a page. None: no such."""
    key, _, value = text.replace("\uff1a", ":").rpartition(":")
    if value.strip().casefold() not in EMPTY:
        return None
    return (label_of(key) if key else "code") or "code"


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
            if not _rates(exemplar, text)
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
            or (not re.search(r"\w", text) and not _tells_apart(text, elsewhere))
            or (re.search(r"\w", text) and elsewhere[text] >= _SOME * len(others))
            or (number >= _MANY and number >= _NEARLY_ALL * len(siblings))
        )
    )


def _tells_apart(sign: str, elsewhere: Counter[str]) -> bool:
    """Return whether a sign is one of several, of which other sections have others: a legend tells what they mean."""
    others = sum(number for text, number in elsewhere.items() if not re.search(r"\w", text) and text != sign)
    return others > elsewhere[sign]


def _rates(exemplar: Exemplar, sign: str) -> bool:
    """Return whether an entry has a sign several times, as ``:star::star:``: that rates its paper."""
    if exemplar.reading.cells:
        return False
    marks = [piece_text(exemplar, piece) for piece in exemplar.reading.pieces if piece.kind == "mark"]
    return marks.count(sign) > 1


def _is_rank(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether words tell of the venue before them, as in ``(VLDB 2023, rank A)``: they hold for no other one."""
    before = [other for other in exemplar.reading.pieces if other.venue is not None and other.end <= piece.start]
    return (
        bool(before) and re.fullmatch(r"\s*[,;/]\s*", exemplar.reading.source[before[-1].end : piece.start]) is not None
    )


def todo_sign(exemplars: Sequence[Exemplar]) -> str:
    """Return the empty box that some entries begin with, for a paper that nobody has read yet; empty for none."""
    signs = {
        piece_text(exemplar, piece)
        for exemplar in exemplars
        for piece in exemplar.reading.pieces[:1]
        if piece.kind == "mark"
    }
    return next((sign for sign in sorted(signs) if sign.strip("\ufe0f ") in _BOXES), "")


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
            if found := re.search(r"\[([^\[\]]+)\]{1,2}\($", before):
                names[found[1]] += 1
    known = [name for name, _ in names.most_common() if label_of(name) == "paper"]
    return next(iter(known), next((n for n, number in names.most_common(1) if number > 1 and not label_of(n)), ""))


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

    Where no cell of a column is empty, that of tables as wide elsewhere in the list tells, of the ``relatives``.
    """
    own = _blank_cells(siblings)
    other = _blank_cells(relatives) if siblings else {}
    every = Counter(text for texts in (own or other).values() for text in texts.elements() if text)
    usual = next((text for text, _ in every.most_common() if not _is_cross(text) and text.casefold() not in _NONE), "")
    width = max((len(e.reading.cells) for e in siblings), default=0)
    found = {n: texts for n, texts in other.items() if texts.most_common(1)[0][0] or not usual} | own
    return {n: found[n].most_common(1)[0][0] if n in found else usual for n in range(width)}


def _is_cross(text: str) -> bool:
    """Return whether a sign says no, as a cross does: it stands for what can be there or not, such as code."""
    return _SHORTCODE.fullmatch(text) is not None or (bool(text) and not text.isascii() and not text.isalpha())


def _blank_cells(siblings: Sequence[Exemplar]) -> dict[int, Counter[str]]:
    """Return what stands in the cells that say nothing, by column."""
    found: dict[int, Counter[str]] = {}
    signs: dict[int, Counter[str]] = {}
    telling: set[int] = set()
    linked = {n for e in siblings for n in range(len(e.reading.cells)) if kinds_in(e, n) & {"code", "page", "extra"}}
    for exemplar in siblings:
        reading = exemplar.reading
        for number, (start, end) in enumerate(reading.cells):
            text = reading.source[start:end].strip()
            coded = _SHORTCODE.fullmatch(text) is not None
            kinds = {piece.kind for piece in reading.pieces if start <= piece.start and piece.end <= end}
            said = text.casefold()
            if said in EMPTY or (said in _NO and number in linked) or not (kinds or re.search(r"\w", text)):
                found.setdefault(number, Counter())[text] += 1
            elif kinds == {"mark"} and (coded or not re.search(r"\w", text)):
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
    """Return the columns that hold nothing but signs, of several kinds or not in every row: nobody rated a new paper,
    nor ticked it off."""
    signs: dict[int, set[str]] = {}
    telling: set[int] = set()
    for exemplar in siblings:
        for number, cell in enumerate(exemplar.reading.cells):
            text = exemplar.reading.source[slice(*cell)].strip()
            if re.search(r"[\w\]|<-]", text):
                telling.add(number)
            else:
                signs.setdefault(number, set()).add(text)
    return frozenset(number for number, texts in signs.items() if len(texts) > 1 and number not in telling)


def next_numbers(siblings: Sequence[Exemplar]) -> dict[int, tuple[int, int]]:
    """Return the number that comes next, with its least width, in each column that counts the rows, where the nearest
    row has the last one."""
    cells = [[e.reading.source[slice(*cell)].strip() for cell in e.reading.cells] for e in siblings if e.reading.cells]
    found: dict[int, tuple[int, int]] = {}
    if len(cells) == 1 and cells[0][0] == "1" and len(cells[0]) > 2:
        return {0: (2, 0)}
    for number, nearest in enumerate(cells[0] if len(cells) > 1 else ()):
        column = [row[number] for row in cells if number < len(row)]
        counted = sorted(int(text) for text in column if text.isascii() and text.isdigit() and len(text) < 4)
        run = list(range(counted[0], counted[0] + len(column))) if counted else []
        if run and counted == run and nearest.lstrip("0") == str(run[-1]):
            found[number] = (run[-1] + 1, len(nearest) if nearest.startswith("0") else 0)
    return found


def links_nickname(exemplar: Exemplar) -> bool:
    """Return whether a row links its paper by the nickname alone."""
    links = [n for n in range(len(exemplar.reading.cells)) if kinds_in(exemplar, n) & {"address", "id"}]
    return bool(links) and all("nickname" in kinds_in(exemplar, n) for n in links)


def print_names(siblings: Sequence[Exemplar]) -> bool:
    """Return whether the rows of a table have but names where others have titles, as in a column of methods."""
    rows = [exemplar.reading for exemplar in siblings if exemplar.reading.cells]
    titles = [row.title for row in rows if not row.nickname]
    coined = sum(COINED.search(title) is not None and " " not in title for title in titles)
    return (
        1 < len(titles) == len(rows)
        and max(len(title.split()) for title in titles) <= NAME_WORDS
        and 2 * coined >= len(titles)
        and not any(":" in title for title in titles)
    )


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


def is_link_word(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether a piece is all that a link shows: the ``arXiv`` of ``[arXiv](...)``."""
    source = exemplar.reading.source
    return source[piece.start - 1 : piece.start] == "[" and re.match(r"\]{1,2}\(", source[piece.end :]) is not None


def call_by_venue(exemplars: Sequence[Exemplar]) -> bool:
    """Return whether links to papers are called by where they were accepted, as ``[ICML](...)``."""
    return any(
        piece.venue is not None and not piece.venue.preprint and is_link_word(exemplar, piece)
        for exemplar in exemplars
        for piece in exemplar.reading.pieces
    )


def marks_missing_code(exemplar: Exemplar) -> bool:
    """Return whether an entry ends with a sign, as ``| -``, where others link their code."""
    coded = any(piece.kind == "code" for piece in exemplar.reading.pieces)
    return not coded and _MISSING.search(exemplar.reading.source) is not None


class Cuts(NamedTuple):
    """How authors are cut: ``most`` are printed whole at most (0: unknown) as ``whole``; the others as ``cut``.

    ``stop`` says that a full stop follows those printed whole.
    """

    most: int
    whole: Manner | None
    cut: Manner | None
    stop: bool


def read_cuts(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> Cuts:
    """Return up to how many authors the entries name all: the siblings, or the relatives where those cut all lists."""
    near, far = (
        [
            (p.manner, _count(e, p.manner), e.reading.source.startswith(".", p.end))
            for e in exemplars
            for p in e.reading.pieces
            if p.manner is not None
        ]
        for exemplars in (siblings, relatives)
    )
    several = [told for told in near if told[0].most is None and told[1] > 1]
    several = several or [told for told in far if told[0].most is None and told[1] > 1]
    cut = Counter(manner for manner, _, _ in near if manner.most is not None).most_common(1)
    whole, most, stop = max(several, key=itemgetter(1)) if several else (None, 0, False)
    return Cuts(most, whole, cut[0][0] if cut else None, stop)


def _count(exemplar: Exemplar, manner: Manner) -> int:
    names = exemplar.reading.authors
    parted = manner.name == "last initials" and not any("," in name for name in names)  # ``Miller, A., Chen, B.``
    return len(names) // 2 if parted else len(names)


def settle_manner(exemplar: Exemplar, manner: Manner, count: int, cuts: Cuts) -> Manner:
    """Return the manner for so many authors: where a list names two and cuts more, two are named and more are cut.

    An entry with two names does not tell what stands between three: one with more of them does.
    """
    whole = cuts.whole
    if whole and manner.most is None and manner.name == whole.name and _count(exemplar, manner) < 3 <= count:
        manner = whole
    if cuts.whole is None or cuts.cut is None or not manner.name == cuts.whole.name == cuts.cut.name:
        return manner
    if manner.most is None and count > max(cuts.most, cuts.cut.most or 0):
        return cuts.cut
    if manner.most is not None and manner.most < count <= cuts.most:
        return cuts.whole
    if manner.most is not None and count <= manner.most:
        return manner.model_copy(update={"last": cuts.whole.last})
    return manner


def pieces_in(exemplar: Exemplar, number: int) -> list[Piece]:
    """Return the pieces in one cell of a table row."""
    start, end = exemplar.reading.cells[number]
    return [piece for piece in exemplar.reading.pieces if start <= piece.start and piece.end <= end]


def has_link(exemplar: Exemplar) -> bool:
    """Say whether an entry links its paper, or prints its id."""
    return any(piece.kind in ("address", "id") for piece in exemplar.reading.pieces)


def cut_titles(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> bool:
    """Say whether the names before titles are cut off from these: several titles among the siblings, or more in the
    whole list, are without their names, and hardly any is whole, in the list as among the siblings."""
    tabular = any(exemplar.reading.cells for exemplar in siblings)
    own = [cut for exemplar in siblings if (cut := _is_cut(exemplar)) is not None]
    every = own + [cut for e in relatives if bool(e.reading.cells) == tabular and (cut := _is_cut(e)) is not None]
    several = sum(own) >= _NAMED or sum(every) >= _NAMED_ELSEWHERE
    return several and all(cuts.count(False) <= _HARDLY_ANY * sum(cuts) for cuts in (own, every))


def _is_cut(exemplar: Exemplar) -> bool | None:
    """Return whether the name before a title is cut off from it; False where the title begins with a name and a colon.

    None where an entry tells nothing: its name is missing or printed as the beginning of the title, or the title bears
    it where none would cut it off.
    """
    name, title = exemplar.reading.nickname, exemplar.reading.title
    if not name or exemplar.reading.split or not any(piece.kind == "nickname" for piece in exemplar.reading.pieces):
        return None
    if nickname_of(title):
        return False
    return None if re.search(rf"(?<!\w){re.escape(name)}", title, re.IGNORECASE) else True


def has_empty_cells(siblings: Sequence[Exemplar]) -> bool:
    """Say whether a cell of the rows holds nothing, not even a blank: ``|Title||2025|``."""
    return any(start == end for exemplar in siblings for start, end in exemplar.reading.cells)


def addresses_in(exemplars: Sequence[Exemplar]) -> list[str]:
    """Return the address of each paper that entries link."""
    return [piece_text(e, piece) for e in exemplars for piece in e.reading.pieces if piece.kind == "address"]


def shows_code(exemplar: Exemplar) -> bool:
    """Say whether an entry links code."""
    return any(piece.kind == "code" for piece in exemplar.reading.pieces)


def date_forms(exemplars: Sequence[Exemplar]) -> list[str]:
    """Return the form of each date that entries print, those of venues too."""
    pieces = (piece for exemplar in exemplars for piece in exemplar.reading.pieces)
    return [form for piece in pieces if (form := piece.form or (piece.venue.form if piece.venue else None))]


def print_dates(siblings: Sequence[Exemplar]) -> bool:
    """Return whether any of the siblings on arXiv has a date of its own, not that of a venue alone."""
    served = [e for e in siblings if "arxiv" in (e.reading.url or "")]
    return any(piece.kind == "date" for e in served for piece in e.reading.pieces)


def odd_dates(exemplars: Sequence[Exemplar]) -> frozenset[str]:
    """Return the forms of dates that are a mere year where most entries print the month."""
    forms = [piece.form for exemplar in exemplars for piece in exemplar.reading.pieces if piece.kind == "date"]
    years = [form for form in forms if form in ("%Y", "%y")]
    return frozenset(years) if 3 * len(years) <= len(forms) else frozenset()


def kinds_in(exemplar: Exemplar, number: int) -> set[PieceKind]:
    """Return the kinds of the pieces in one cell of a table row."""
    return {piece.kind for piece in pieces_in(exemplar, number)}


def has_numbered_authors(exemplar: Exemplar) -> bool:
    """Say whether the authors have the numbers of institutes, which are named beside them: they are this paper's."""
    return any(piece.manner is not None and "<sup" in piece_text(exemplar, piece) for piece in exemplar.reading.pieces)


def whole_rows(group: list[tuple[Exemplar, float]]) -> list[tuple[Exemplar, float]]:
    """Return the siblings without rows of HTML that lack the cells which an earlier row spans."""
    widths = [exemplar.reading.source.lower().count("<td") for exemplar, _ in group]
    own = [width for width, (_, weight) in zip(widths, group, strict=True) if weight == 1.0]
    most = max(own, default=0)
    return [one for one, width in zip(group, widths, strict=True) if width == most] if most else group
