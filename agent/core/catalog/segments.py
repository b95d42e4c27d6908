"""The source of an entry with other pieces in the places of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.pieces.labels import label_of, link_words
from agent.core.catalog.pieces.venues import PREPRINT

_PAIRS: Final = {
    "(": ")",
    "[": "]",
    "\\[": "\\]",
    "{": "}",
    "\uff08": "\uff09",
    "\u3010": "\u3011",
    '"': '"',
    "\u201c": "\u201d",
    "\u201e": "\u201c",
    "\u00ab": "\u00bb",
    "\u300a": "\u300b",
    "\u300c": "\u300d",
}
_BADGE: Final = re.compile(r"img\.shields\.io/\S*$|badge\S*$")
_OPENING: Final = re.compile(
    r"(?P<mark>\*+|_+|`+|<(?P<tag>b|i|em|strong|sub|sup|code|u|small)>|\\\[|[(\[{\uff08\u3010\"\u201c\u201e\u00ab\u300a\u300c])\s*$",
    re.IGNORECASE,
)
_SEPARATOR: Final = r"[\s|,;:.\u00b7\u2022/\u2013\u2014\uff0c\u3001\u3002\uff1a\uff1b-]"
_KEY: Final = re.compile(
    r"\s*(?:(?:[-*+]|\d+[.)])\s+)?[*_]{0,2}[^\s:\uff1a*_]{1,20}(?: [^\s:\uff1a*_]{1,20}){0,2}[*_]{0,2}[:\uff1a]"
    r"[*_]{0,2}\s*$"
)
_BOXED_KEY: Final = re.compile(r"[(\[][^\W\d_]{2,12}\s*[:\uff1a]\s*$")
"""The name of what is left out, in brackets with it: ``(code: https://...)``."""
_LINKS: Final = frozenset({"code", "page", "extra"})
_NAMED: Final = re.compile(r"(?<=\S)[ ,;|\u00b7\u2022/]+(?P<name>[^\W\d_]{2,12})\s*[:\uff1a]\s*$")
"""The name of a link on its own line: ``, code: [link](...)``."""
_GLUE: Final = re.compile(r"[\s,;]+(?:in|at|by)\s+[*_]*$")
"""A word that only leads to what follows it in emphasis."""
_SENTENCE: Final = 24
"""Words of more characters are a sentence: a full stop behind them is theirs."""
_BREAK_LINE: Final = re.compile(r"\s*<br ?/?>\s*", re.IGNORECASE)
_EMPTY_BOLD: Final = re.compile(r"\*{5,}(?=\s|$)")
"""What is left of ``**[Paper](...)****[Code](...)**`` behind the paper without the code."""
_QUOTE: Final = re.compile(r"[ \t]*>[\s>]*")
_STRUCTURE: Final = re.compile(
    r"</?(?:table|thead|tbody|tr|td|th|ul|ol|li|dl|dt|dd|details|summary|div|p|blockquote)\b", re.IGNORECASE
)


_CLOSING: Final = re.compile(r"[)\]*_`>]*(?:</a>)?")


BREAKS: Final = re.compile(r"(?:\s*<br ?/?>)+\s*$", re.IGNORECASE)
_TWO_BREAKS: Final = re.compile(r"(<br ?/?>)(?:[ \t]*<br ?/?>)+", re.IGNORECASE)
_ANCHOR: Final = re.compile(r"<a\s+(?:name|id)\s*=[^<>]*>\s*</a>[ \t]*", re.IGNORECASE)


class _Lent(NamedTuple):
    """The link to code behind the link to a paper: what ends the latter, what stands between, the link, its address
    within it, and what follows."""

    close: str
    between: str
    link: str
    inner: tuple[int, int]
    after: str


def lend_code(exemplars: Sequence[Exemplar], group: Sequence[Exemplar], *, lines: bool) -> list[Exemplar]:
    """Return entries of lines, those without a link to code with that of one in the ``group`` which has it behind the
    link to its paper, called as most are, and goes on as they do; ``lines`` says that it may be on a line of its
    own."""
    told = [each for each in map(_code_of, group) if each is not None and (lines or "\n" not in each.between)]
    called = Counter(link_words(each.link) for each in told)
    lent: dict[tuple[str, str], _Lent] = {}
    for found in sorted(told, key=lambda each: -called[link_words(each.link)]):
        lent.setdefault((found.close, found.after), found)
    return [_with_code(exemplar, lent) for exemplar in exemplars] if lent else list(exemplars)


def _code_of(exemplar: Exemplar) -> _Lent | None:
    """Return the link to code at once behind the link to a paper, in an entry that is no table row."""
    reading = exemplar.reading
    for piece, code in pairwise(reading.pieces if not reading.cells else ()):
        if code.kind == "code" and piece.kind == "address" and code.inner:
            close = _closing(reading.source, piece.end)
            between = reading.source[piece.end + len(close) : code.start]
            inner = (code.inner[0] - code.start, code.inner[1] - code.start)
            after = reading.source[code.end :].rstrip()[:2]
            return _Lent(close, between, reading.source[code.start : code.end], inner, after) if close else None
    return None


def _with_code(exemplar: Exemplar, lent: Mapping[tuple[str, str], _Lent]) -> Exemplar:
    reading = exemplar.reading
    pieces = reading.pieces
    at = next((i for i, piece in enumerate(pieces) if piece.kind == "address"), -1)
    if at < 0 or reading.cells or any(piece.kind == "code" for piece in pieces):
        return exemplar
    close = _closing(reading.source, pieces[at].end)
    stop = pieces[at].end + len(close)
    after = reading.source[stop:].rstrip()[:2]
    found = lent.get((close, after)) or (lent.get((close, "")) if after.strip()[:1] in (":", "(") else None)
    if found is None or any(piece.start < stop for piece in pieces[at + 1 :]):
        return exemplar
    begin = stop + len(found.between)
    wide = len(found.between) + len(found.link)
    code = Piece("code", begin, begin + len(found.link), inner=(begin + found.inner[0], begin + found.inner[1]))
    source = reading.source[:stop] + found.between + found.link + reading.source[stop:]
    moved = (_shifted(piece, wide) for piece in pieces[at + 1 :])
    told = reading._replace(source=source, pieces=(*pieces[: at + 1], code, *moved))
    return exemplar._replace(reading=told)


def _closing(source: str, at: int) -> str:
    closing = _CLOSING.match(source, at)
    return closing[0] if closing else ""


def _shifted(piece: Piece, by: int) -> Piece:
    def moved(span: tuple[int, int] | None) -> tuple[int, int] | None:
        return span and (span[0] + by, span[1] + by)

    return piece._replace(start=piece.start + by, end=piece.end + by, inner=moved(piece.inner), name=moved(piece.name))


_UNFOLDING: Final = re.compile(r"<details\b[^<>]*>(?:(?!<details\b).)*?</details>", re.IGNORECASE | re.DOTALL)
_EMPTY_FOLD: Final = re.compile(
    r"\s*(?P<all><details\b[^<>]*>\s*<summary\b[^<>]*>(?:(?!</summary>).)*</summary>\s*</details>)",
    re.IGNORECASE | re.DOTALL,
)
_OWN: Final = frozenset({"title", "nickname", "address", "id", "code", "page", "extra", "summary"})
"""What a paper's own part that unfolds holds, so that it is no mere text."""


class _Segment(NamedTuple):
    """A literal (``dropped`` False, ``piece`` null), or a piece with its new text; a dropped one has none."""

    text: str
    piece: Piece | None = None
    dropped: bool = False


def fold_parts(source: str, pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with one for each part that unfolds and holds but another paper's words, as its abstract."""
    folded = list(pieces)
    for part in _UNFOLDING.finditer(source) if "<details" in source else ():
        inside = [piece for piece in folded if part.start() <= piece.start and piece.end <= part.end()]
        if all(piece.kind not in _OWN for piece in inside) and part.start() >= min(p.end for p in folded):
            kept = [piece for piece in folded if piece not in inside]
            folded = sorted([*kept, Piece("words", *part.span())], key=lambda piece: piece.start)
    return folded


def replace_pieces(source: str, start: int, end: int, pieces: Sequence[Piece], values: Sequence[str | None]) -> str:
    """Return a stretch of an entry's source, ``start`` to ``end``, with the new text of each piece in its place.

    A piece whose value is None is left out, and with it the brackets around it, the separator that set it off, and a
    line that held nothing else: of ``**Title** (*2024*) [code](...)`` without year and code, ``**Title**`` stays.
    """
    segments: list[_Segment] = []
    at = start
    for piece, value in zip(pieces, values, strict=True):
        if piece.start < at:
            continue
        segments.append(_Segment(source[at : piece.start]))
        segments.append(_Segment(value or "", piece, value is None))
        at = piece.end
    segments.append(_Segment(source[at:end]))
    text = _join(segments)
    return text if _EMPTY_BOLD.search(source) else _EMPTY_BOLD.sub("**", text)


def settle_breaks(text: str, source: str) -> str:
    """Return a new entry that ends with the breaks of its sibling's source, and doubles none."""
    breaks = BREAKS.search(source)
    text = BREAKS.sub("", text) + (breaks[0] if breaks else "")
    return text if _TWO_BREAKS.search(source) else _TWO_BREAKS.sub(r"\1", text)


def rename_anchors(text: str, old: str, new: str) -> str:
    """Return a new entry with the anchors of its sibling, where these bear the nickname ``old``, named by its own, and
    without others: they are another paper's own names."""

    def rename(anchor: re.Match[str]) -> str:
        named = bool(old and new) and f'"{old}"' in anchor[0] and re.fullmatch(r"[\w.+-]+", new) is not None
        return anchor[0].replace(f'"{old}"', f'"{new}"') if named else ""

    return _ANCHOR.sub(rename, text)


def without_second_server(source: str, pieces: Sequence[Piece], values: Sequence[str | None]) -> list[str | None]:
    """Return the values without a venue that only says again, behind the id, that a paper is a preprint: the second
    ``arXiv`` of ``arXiv:2511.00001 / arXiv 2025``."""
    kept: list[str | None] = []
    stop, named = 0, False
    for piece, value in zip(pieces, values, strict=True):
        shown = source.startswith(("](", "]]("), piece.end)  # the words of a link stay
        server = PREPRINT.match(value) if value and piece.venue and stop and not shown else None
        again = server and (server[0] == value or source[stop : piece.start].strip() == "/")
        stop = piece.end if piece.kind == "id" and named else stop
        named = piece.venue is not None and piece.venue.preprint
        kept.append(None if again else value)
    return kept


def _join(segments: Sequence[_Segment]) -> str:
    """Return the segments as one text, without those dropped, the brackets around them and what set them off."""
    text = segments[0].text
    begun = False
    for i in range(1, len(segments), 2):
        piece, after = segments[i], segments[i + 1].text
        if not piece.dropped:
            if (piece.text.endswith(".") and after.startswith(".")) or (
                piece.text.endswith(("?", "!")) and re.match(r"\.(?=[*_\"\u201d\])\s]|$)", after)
            ):
                after = after[1:]
            text += piece.text + after
            begun = True
            continue
        if piece.piece and piece.piece.kind == "words" and piece.piece.end - piece.piece.start > _SENTENCE:
            after = re.sub(r"\A\.(?=\s+!?\[|\s*\Z)", "", after)  # it ended the sentence
        glue = _GLUE.search(segments[i - 1].text)
        keyed = _KEY.fullmatch(text.rpartition("\n")[2])
        named = _NAMED.search(text) if piece.piece and piece.piece.kind in _LINKS and not keyed else None
        if named and label_of(named["name"]):
            text = text[: named.start()]
        text, after = _unwrapped(text, re.sub(r"(?m)^[ \t]*>+[ \t]*\Z", "", after))
        text = _GLUE.sub("", text) if glue else text
        if all(rest.dropped or not rest.piece for rest in segments[i + 1 :]):
            text = _end_early(text, after)
        elif "\n" in after:
            text = _end_line_early(text, after)
        elif piece.piece and piece.piece.kind == "nickname" and _is_title(segments[i + 2]):
            text += re.sub(rf"^{_SEPARATOR}+", "", after)  # what parts a name from its title goes with it
        elif _ends_links(piece, text, after, segments[i + 2]):
            text = re.sub(rf"{_SEPARATOR}+$", "", text) + after
        else:
            text = _close_gap(text, after, begun=begun)
    return _without_empty_lines(_without_empty_folds(text, segments), segments)


def _without_empty_folds(text: str, segments: Sequence[_Segment]) -> str:
    """Drop parts that unfold of which but the name is left: one that names the paper stays, and one that unfolds
    nothing in the sibling either."""
    around = [each.text for each in segments if each.piece is None]
    own = [each.text for each in segments if each.piece and each.piece.kind in _OWN and each.text]

    def keep(fold: re.Match[str]) -> str:
        held = any(each in fold["all"] for each in own) or any(fold["all"] in each for each in around)
        return fold[0] if held else ""

    return _EMPTY_FOLD.sub(keep, text)


def _ends_links(dropped: _Segment, text: str, after: str, following: _Segment) -> bool:
    """Return whether a link is left out that is the last of several: what parts it from the link before it goes with
    it, where but a blank parts it from what follows, the authors of ``[Paper](...) | [Code](...) Miller et al.``"""
    linked = dropped.piece is not None and dropped.piece.kind in _LINKS and after.isspace()
    parted = linked and re.search(rf"\)[\])]*{_SEPARATOR}+$", text) is not None
    return parted and following.piece is not None and following.piece.kind not in {*_LINKS, "address", "id"}


def _is_title(segment: _Segment) -> bool:
    return segment.piece is not None and segment.piece.kind == "title"


def _end_early(text: str, after: str) -> str:
    """Return what stands before and after the last pieces, which are left out."""
    closing = re.sub(rf"^{_SEPARATOR}+|{_SEPARATOR}+$", "", after)
    # The name of what is not printed stays a name, so that its line is dropped with it.
    line = text.rstrip().rpartition("\n")[2]
    kept = text.rstrip() if _KEY.fullmatch(line) else re.sub(rf"{_SEPARATOR}+$", "", text)
    if re.fullmatch("`+", closing) and kept.count(closing) % 2 == 0:
        closing = ""  # what opened it is left out with the words between
    stop = "." if re.match(r"\s*\.", text[len(kept) :]) else ""
    if closing.startswith("</") and (tags := re.search(r"\s*</", after)):
        closing = tags[0].removesuffix("</") + closing
    empty = closing and not re.search(r"[^\W_]", re.sub(r"</[^<>]*>|<t[dr]\b[^<>]*>", "", closing))
    if empty and stop and closing.startswith(("[", "(")):
        return f"{kept}. {closing}"  # it opens what holds the next piece
    return kept + (closing if empty else "") + (stop if not closing else "")


def _end_line_early(text: str, after: str) -> str:
    """Return what stands before and after the last piece of a line, which is left out."""
    line = text[text.rfind("\n") + 1 :]
    if _KEY.fullmatch(line):
        return text + after
    return text.rstrip(" \t-|,;:\u2013\u2014") + after if re.search(r"\w", line) else text + after.lstrip(" \t")


def _close_gap(text: str, after: str, *, begun: bool) -> str:
    """Return what stands before and after a piece that is left out, with one separator where each had one.

    ``begun``: another piece stands before it.
    """
    if (not begun and not re.search(r"\w", text)) or re.search(r"\n[ \t]*(?:[-*+] +)?$", text):
        return text + re.sub(rf"^{_SEPARATOR}+", "", after)
    if re.search(r"[\u2192\u21d2\u279c]\s*$", text):
        return text + re.sub(rf"^{_SEPARATOR}+", "", after)  # an arrow leads to what comes next
    if re.search(r"\.\s$", text) and (links := re.match(r"\s*(?:[/|\u00b7\u2022]\s*)?(?=\[|<a\b)", after)):
        return text + after[links.end() :]  # a full stop before the links stays there
    if re.search(r"\.\s$", text) and re.match(r"\s+[^\s.,;]", after):
        return text + after.lstrip()  # and before what else is set off by no comma or full stop
    if re.search(r"[|\u00b7\u2022]\s*$", text) and (comma := re.match(r"\s*,\s*(?=\S)", after)):
        return text + after[comma.end() :]  # a bar parts more than a comma
    if after.strip(" ") and re.search(rf"{_SEPARATOR}$", text):
        return re.sub(rf"{_SEPARATOR}+$", "", text) + after
    if text.endswith(("[", "(")):
        return text + after.lstrip(" ,;")
    return text + (after.lstrip(" ") if text.endswith((" ", "\n")) else after)


def _unwrapped(before: str, after: str) -> tuple[str, str]:
    """Take away the brackets or emphasis that would be empty now."""
    keyed = _BOXED_KEY.search(before)
    if keyed and (closing := re.match(r"\s*[)\]]", after)):
        before, after = before[: keyed.start()], after[closing.end() :]
    while opening := _OPENING.search(before):
        mark = opening["mark"]
        close = f"</{opening['tag']}>" if opening["tag"] else _PAIRS.get(mark, mark)
        rest = re.match(rf"[\s:.,]*{re.escape(close)}", after, re.IGNORECASE)
        if rest is None:
            break
        before, after = before[: opening.start()], after[rest.end() :]
    return before, after


def _without_empty_lines(text: str, segments: Sequence[_Segment]) -> str:
    """Drop lines after the first that hold no word any more, or but the name of what they held; a line of the sibling
    that holds but a sign stays."""
    lines = text.split("\n")
    between = [line for each in segments if each.piece is None for line in each.text.split("\n")[1:-1]]
    signs = {line for line in between if re.fullmatch(r"\s*[^\w\s<>]+\s*", line)}
    kept = [lines[0]]
    for line in lines[1:]:
        if _BREAK_LINE.fullmatch(line):
            again = _BREAK_LINE.fullmatch(kept[-1]) is not None
        elif _QUOTE.fullmatch(line):
            again = _QUOTE.fullmatch(kept[-1]) is not None
        else:
            again = bool(line) and line not in signs and not (line.strip() and _says_something(line))
        if not again:
            kept.append(line)
    kept = [
        line
        for before, line, after in zip(["", *kept], kept, [*kept[1:], ""], strict=False)
        if not _QUOTE.fullmatch(line) or (_parts_quote(before) and _parts_quote(after))
    ]
    while len(kept) > 1 and (not kept[-1].strip() or _BREAK_LINE.fullmatch(kept[-1])):
        kept.pop()
    joined = "\n".join(kept)
    return joined.rstrip(" ") if len(kept) != len(lines) or text.rstrip(" ") == text else joined


def _parts_quote(line: str) -> bool:
    """Return whether a line of a quotation holds words, so that an empty one may stand beside it."""
    return line.lstrip().startswith(">") and not _QUOTE.fullmatch(line)


def _says_something(line: str) -> bool:
    """Whether a line has a word or link that is no key, or a tag of its own: ``* Summary:`` alone says nothing."""
    if _STRUCTURE.search(line):
        return True
    bare = re.sub(r"<(?!a\b|img\b|https?:)[^>]*>", "", line)
    bare = "" if _KEY.fullmatch(bare) else bare
    return re.search(r"[^\W_].*[^\W_]|\]\(|!\[|<(?:a|img)\b", bare) is not None


def in_badge(source: str, piece: Piece) -> bool:
    """Say whether a piece is a part of what a badge shows."""
    return (
        _BADGE.search(source[: piece.start]) is not None
        and "](" not in source[source.rfind("img.shields", 0, piece.start) : piece.start]
    )


def indent_lines(text: str, old: str, new: str) -> str:
    """Return the text with its further lines indented as a list item with another marker needs it."""
    lines = text.split("\n")
    width, wanted = len(old.expandtabs(4)), len(new.expandtabs(4))
    for i, line in enumerate(lines[1:], 1):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip(" "))
        if old and indent >= width and indent < wanted:
            lines[i] = " " * wanted + line.lstrip(" ")
        elif old and indent >= width and new[: len(new) - len(new.lstrip())] != old[: len(old) - len(old.lstrip())]:
            lines[i] = " " * (indent - width + wanted) + line.lstrip(" ")
    return "\n".join(lines)
