"""The links of entries: which ones they have, what these are called, where they lead."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.arxiv.ids import find_ids
from agent.core.catalog.formats.style import Exemplar, Piece, piece_text
from agent.core.catalog.pieces.labels import label_of, leads_to_code, link_words
from agent.core.papers.words import find_words

_MARKS: Final = 4
_TOOLS: Final = frozenset(
    """
    c caffe caffe2 chainer cpp cython java javascript jax julia keras lua matlab mxnet paddle paddlepaddle python
    pytorch r rust tensorflow tf theano torch
    """.split()  # noqa: SIM905 (read as prose)
)
_MANY: Final = 3
_SHOWN: Final = re.compile(r"\[([^\[\]]+)\]\($")
"""What a link shows, before its address; in HTML it stands behind that."""
_SHOWN_BEHIND: Final = re.compile(r"[\"'][^<>]*>([^<>]+)</a>")
_NEARLY_ALL: Final = 0.7
_CLOSED: Final = re.compile(r"[`*_]*\]{1,2}\(")


def has_link(exemplar: Exemplar) -> bool:
    """Say whether an entry links its paper, or prints its id."""
    return any(piece.kind in ("address", "id") for piece in exemplar.reading.pieces)


def addresses_in(exemplars: Sequence[Exemplar]) -> list[str]:
    """Return the address of each paper that entries link."""
    return [piece_text(e, piece) for e in exemplars for piece in e.reading.pieces if piece.kind == "address"]


def shows_code(exemplar: Exemplar) -> bool:
    """Say whether an entry links code, be it as its project."""
    return any(piece.kind == "code" or hosts_code(exemplar, piece) for piece in exemplar.reading.pieces)


def hosts_code(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether a link to a page leads to code: ``[project](https://github.com/...)``."""
    held = piece.kind == "page" and piece.inner is not None
    return held and leads_to_code(exemplar.reading.source[slice(*piece.inner or (0, 0))])


def is_link_word(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether a piece is all that a link shows: the ``arXiv`` of ``[arXiv](...)``."""
    source = exemplar.reading.source
    before = source[max(0, piece.start - _MARKS) : piece.start].rstrip("`*_")
    return before.endswith("[") and _CLOSED.match(source, piece.end) is not None


def is_called_otherwise(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether the link to a paper is called like one to something else."""
    source = exemplar.reading.source
    found = _SHOWN.search(source[: piece.start]) or _SHOWN_BEHIND.match(source, piece.end)
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


def shared_labels(siblings: Sequence[Exemplar]) -> frozenset[str]:
    """Return what the optional links of several siblings are called, besides the names that all lists use."""
    seen: Counter[str] = Counter()
    for exemplar in siblings:
        links = (piece_text(exemplar, piece) for piece in exemplar.reading.pieces if piece.inner is not None)
        seen.update({label for link in links if (label := link_words(link))})
    return frozenset(label for label, number in seen.items() if number > 1)


def usual_code_label(names: Counter[str]) -> str:
    """Return what most links to code are called (``code_labels``), or an empty text where no two are called alike."""
    return next((name for name, number in names.most_common(1) if number > 1), "")


def code_labels(siblings: Sequence[Exemplar]) -> Counter[str]:
    """Return what links to code are called, each name with how many are."""
    links = [piece_text(e, piece) for e in siblings for piece in e.reading.pieces if piece.kind == "code"]
    return Counter(label for link in links if (label := link_words(link)))


def names_tool(label: str) -> bool:
    """Say whether a link to code is called by what the code is written in: ``PyTorch``, ``C++``."""
    words = find_words(label.casefold())
    return bool(words) and _TOOLS.issuperset(words)


def general_code_label(names: Counter[str]) -> str:
    """Return what links to code are called (``code_labels``) whose tool nobody told, where others are called by theirs,
    each by its own: as most of the rest are, else ``code``. Empty where nearly all tell the same tool, or none does."""
    tools = [name.casefold() for name in names.elements() if names_tool(name)]
    if not tools or max(map(tools.count, tools)) >= _NEARLY_ALL * len(tools):
        return ""
    rest = (name for name, _ in names.most_common() if label_of(name) == "code" and not names_tool(name))
    first = next(iter(names))
    return next(rest, "Code" if first[:1].isupper() else "code")


def odd_code_labels(names: Counter[str]) -> frozenset[str]:
    """Return the general names that one link to code alone has (``code_labels``), where three or more have another."""
    usual = max(names.values(), default=0) >= _MANY
    return frozenset(name for name, number in names.items() if usual and number == 1 and label_of(name) is not None)


def links_several(exemplar: Exemplar) -> bool:
    """Say whether an entry is a group: it links the arXiv ids of several papers."""
    return len({*find_ids(exemplar.reading.source)}) > 1
