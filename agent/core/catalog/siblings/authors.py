"""The manner in which entries print authors, and the number of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Exemplar, Piece, piece_text
from agent.core.catalog.pieces.institutes import are_institutes
from agent.core.catalog.pieces.names import Manner, read_names

_FEWEST: Final = 2
_ENOUGH: Final = 3
"""So many lists of authors that are not cut tell how long these get: two may be of papers with few."""
_NAME_WORDS: Final = 12


_Place = tuple[str, str, str]
"""The kind of the piece before a piece, what stands between, and the sign behind it."""


def settle_authors(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> list[Exemplar]:
    """Return the siblings with those authors that only other entries tell, of these or of the ``relatives``.

    Names that stand where others surely have authors are authors, in the manner of most of those: the ``Kim`` of
    ``Title. (Kim).`` beside ``Title. (Lee, Zhou, Diaz).``. Where one's second name is another's first, ``Diaz, Chen et
    al.`` are two surnames, and no ``Diaz`` whose given name is ``Chen``.
    """
    every = (*siblings, *relatives)
    inverted = [names for e in every if (names := _inverted_name(e)) is not None]
    alone = {name for e in every for name in e.reading.authors if " " not in name and "," not in name}
    if not alone.union(first for first, _ in inverted).isdisjoint(second for _, second in inverted):
        siblings, every = [_with_surnames(e) for e in siblings], tuple(_with_surnames(e) for e in every)
    found: dict[_Place, Counter[Manner]] = {}
    for exemplar in every:
        for piece in exemplar.reading.pieces:
            if piece.manner is not None:
                found.setdefault(_place_of(exemplar, piece), Counter())[piece.manner] += 1
    usual = {place: told.most_common(1)[0][0] for place, told in found.items() if told.total() >= _FEWEST}
    return [_with_names(exemplar, usual) for exemplar in siblings] if usual else list(siblings)


def _inverted_name(exemplar: Exemplar) -> tuple[str, str] | None:
    """Return both names of the one author that an entry names before ``et al``: family name, given name."""
    if not any(p.manner and p.manner.name == "first inverted" for p in exemplar.reading.pieces):
        return None
    names = exemplar.reading.authors[0].split(", ") if len(exemplar.reading.authors) == 1 else []
    return (names[0], names[1]) if len(names) == 2 and " " not in names[1] else None


def _with_surnames(exemplar: Exemplar) -> Exemplar:
    names = _inverted_name(exemplar)
    if names is None:
        return exemplar
    pieces = [
        p._replace(manner=Manner(most=2, et_al=p.manner.et_al, name="surname")) if p.manner else p
        for p in exemplar.reading.pieces
    ]
    return exemplar._replace(reading=exemplar.reading._replace(authors=names, pieces=tuple(pieces)))


def _place_of(exemplar: Exemplar, piece: Piece) -> _Place:
    before = max((p for p in exemplar.reading.pieces if p.end <= piece.start), key=lambda p: p.end, default=None)
    start = before.end if before else exemplar.start
    source = exemplar.reading.source
    return before.kind if before else "", source[start : piece.start], source[piece.end : piece.end + 1]


def _with_names(exemplar: Exemplar, usual: Mapping[_Place, Manner]) -> Exemplar:
    reading = exemplar.reading
    if any(piece.manner is not None for piece in reading.pieces):
        return exemplar
    for at, piece in enumerate(reading.pieces):
        words = piece_text(exemplar, piece)
        manner = usual.get(_place_of(exemplar, piece)) if piece.kind == "words" else None
        if manner is None or len(words.split()) > _NAME_WORDS:
            continue
        if (named := read_names(words, sure=True)) is not None:
            told = piece._replace(kind="authors", manner=manner)
            pieces = (*reading.pieces[:at], told, *reading.pieces[at + 1 :])
            return exemplar._replace(reading=reading._replace(pieces=pieces, authors=named[0]))
    return exemplar


def print_institutes(siblings: Sequence[Exemplar]) -> bool:
    """Return whether most siblings that seem to have authors have institutes there: a new paper's are unknown."""
    named = [exemplar.reading.authors for exemplar in siblings if exemplar.reading.authors]
    return 2 * sum(are_institutes(authors) for authors in named) > len(named)


def has_numbered_authors(exemplar: Exemplar) -> bool:
    """Say whether the authors have the numbers of institutes, which are named beside them: they are this paper's."""
    return any(piece.manner is not None and "<sup" in piece_text(exemplar, piece) for piece in exemplar.reading.pieces)


class Cuts(NamedTuple):
    """How authors are cut: ``most`` are printed whole at most (0: unknown) as ``whole``; the others as ``cut``.

    ``stop`` says that a full stop follows those printed whole.
    """

    most: int
    whole: Manner | None
    cut: Manner | None
    stop: bool


def read_cuts(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> Cuts:
    """Return up to how many authors the entries name all: the siblings, the relatives too where those name
    all of hardly any."""
    near, far = (
        [
            (p.manner, _count(e, p.manner), e.reading.source.startswith(".", p.end))
            for e in exemplars
            for p in e.reading.pieces
            if p.manner is not None
        ]
        for exemplars in (siblings, relatives)
    )
    names = {manner.name for manner, count, _ in near if manner.most is not None or count > 1}
    alike = [told for told in far if not names or told[0].name in names]
    own, others = ([told for told in each if told[0].most is None and told[1] > 1] for each in (near, alike))
    cut = Counter(manner for manner, _, _ in near if manner.most is not None).most_common(1)
    whole, most, stop = max(own or others, key=itemgetter(1), default=(None, 0, False))
    if len(own) < _ENOUGH:
        most = max([most, *(count for _, count, _ in others)])
    return Cuts(most, whole, cut[0][0] if cut else None, stop)


def _count(exemplar: Exemplar, manner: Manner) -> int:
    names = exemplar.reading.authors
    parted = manner.name == "last initials" and not any("," in name for name in names)  # ``Miller, A., Chen, B.``
    return len(names) // 2 if parted else len(names)


def settle_manner(exemplar: Exemplar, manner: Manner, count: int, cuts: Cuts) -> Manner:
    """Return the manner for so many authors: where a list names two and cuts more, two are named and more are cut.

    An entry with two names does not tell what stands between three: one with more of them does. One with a single
    name, which may be that of a team, tells nothing of several.
    """
    whole = cuts.whole
    usual = whole if cuts.most >= count or cuts.cut is None else cuts.cut
    if usual and manner.most is None and _count(exemplar, manner) == 1 and (whole is None or usual.name != manner.name):
        return usual if whole or count > 1 else manner
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
