"""The words that most entries have in common, signs among them, since they belong to the form of an entry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece, piece_text
from agent.core.catalog.pieces.institutes import are_institutes

SHARED: Final = 0.6
"""The share of siblings that must have a word for it to be of their form."""
_ENOUGH: Final = 3
_SOME: Final = 0.2
_EXCHANGED: Final = 0.1
_MANY: Final = 5
_NEARLY_ALL: Final = 0.8
_CATEGORY: Final = r"(?:cs|math|stat|eess|econ|q-bio|q-fin|physics|astro-ph|cond-mat|nlin)\.[A-Za-z-]{2,}"
CATEGORY: Final = re.compile(rf"\[?{_CATEGORY}(?:(?P<between>[,;] ?| ){_CATEGORY}(?:(?P=between){_CATEGORY})*)?\]?")
"""The categories of arXiv, or the primary one alone, as ``[cs.RO]`` behind an id."""
TICKED: Final = re.compile(r"\A\[[xX]\](?= )")
"""The box of a task that is done."""
ONE_BLANK: Final = re.compile(r"(?<=\S) $", re.MULTILINE)
"""The blank that a line ends with by mistake: two are a break."""
_BOXES: Final = frozenset("\u2b1c \u2610 \u25a1 \u25fb \u25ab \U0001f532 \U0001f533 :white_large_square:".split())  # noqa: SIM905


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
    tags = [_tags_of(exemplar) for exemplar in (*siblings, *others)]
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
        and not _is_exchanged(text, tags)
        and not (number < len(siblings) and are_institutes([text]))
    )


def _tags_of(exemplar: Exemplar) -> dict[str, str]:
    """Return the words in code or brackets and the badges of an entry, each with what they are dressed as."""
    source = exemplar.reading.source
    found: dict[str, str] = {}
    for piece in exemplar.reading.pieces:
        text = piece_text(exemplar, piece)
        if piece.kind == "words" and source[piece.start - 1 : piece.start] in ("`", "["):
            found[text] = source[piece.start - 1]
        elif piece.kind == "mark" and "img.shields.io" in text:
            found[text] = "badge"
    return found


def _is_exchanged(text: str, tags: Sequence[Mapping[str, str]]) -> bool:
    """Return whether some entries have another tag in the place of this one: it tells of what kind a paper is, as
    `` `multi-modal` `` does where others are `` `privacy` ``."""
    dress = next((told[text] for told in tags if text in told), None)
    if dress is None:
        return False
    having = sum(text in told for told in tags)
    return sum(text not in told and dress in told.values() for told in tags) > _EXCHANGED * having


def _tells_apart(sign: str, elsewhere: Counter[str]) -> bool:
    """Return whether a sign is one of several, of which other sections have others: a legend tells what they mean."""
    others = sum(number for text, number in elsewhere.items() if not re.search(r"\w", text) and text != sign)
    return others > elsewhere[sign]


def _rates(exemplar: Exemplar, sign: str) -> bool:
    """Return whether an entry has a sign several times, as ``:star::star:``: that rates its paper."""
    bare = sign.replace("\ufe0f", "")
    if len(bare) > 1 and len(set(bare)) == 1 and not bare.isascii():
        return True
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


def leave_blanks(siblings: Sequence[Exemplar]) -> bool:
    """Return whether half of the entries or more have a line that ends with one blank."""
    sources = [exemplar.reading.source for exemplar in siblings]
    return 2 * sum(" \n" in source and ONE_BLANK.search(source) is not None for source in sources) >= len(sources)


def todo_sign(exemplars: Sequence[Exemplar]) -> str:
    """Return the empty box that some entries begin with, for a paper that nobody has read yet; empty for none."""
    signs = {
        piece_text(exemplar, piece)
        for exemplar in exemplars
        for piece in exemplar.reading.pieces[:1]
        if piece.kind == "mark"
    }
    return next((sign for sign in sorted(signs) if sign.strip("\ufe0f ") in _BOXES), "")
