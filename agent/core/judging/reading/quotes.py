"""Find what a model quotes in an abstract, however it writes the same words, and return it as it stands there."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

QUOTES_KEPT = 3
SHORTEST_QUOTE = 12
"""Characters: less than this stands in any abstract and is no evidence."""
_FEWEST_WORDS, _MOST_WORDS = 6, 200
"""Of a quote with a model's own words around it: fewer that stand in the abstract are chance; more are not read."""

_LATEX = str.maketrans({"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
"""What JSON makes of the start of a command such as ``\\textbf`` when its backslash is not escaped, and back."""
_AROUND = " .\u2026\"'\u201c\u201d\u2018\u2019\u00ab\u00bb>*#\u2022\u2023\u25e6\u00b7\u2013\u2014-[]()"
"""What stands around a quote that was cut from a sentence, or is an item of a list."""
_LABEL = re.compile(r"^[^:\uff1a]{1,300}[:\uff1a]")
"""What names the place of a quote before it, as the title of its paper does."""
_BEFORE_QUOTE = re.compile(
    r"^\W*(?:(?:abstract|quote|sentence|evidence)\b\s*|[sqe](?=\d))?\d{0,2}\s*[.\]):-]\s*", re.IGNORECASE
)
"""What models write before a quote: a number, or where it is from."""
_QUOTED = re.compile(r"[\"\u201c\u00ab]([^\"\u201c\u201d\u00ab\u00bb]+)[\"\u201d\u00bb]|(?<!\w)'(.{1,600})'(?!\w)")
_BETWEEN = re.compile(r"\n|<br\s?/?>|;\s|\s[|/\u2013\u2014\u2192-]+\s")
"""What stands between several quotes, or between a quote and a remark on it."""
_OMITTED = re.compile(r"\[[^\[\]]{1,40}\]|\(\s*(?:\.{3}|\u2026)\s*\)|\.{3,}|\u2026")
"""The place of words that a quote leaves out, or in brackets what it has in their place."""
_REMARK = re.compile(r"[(\[\uff08\u3010][^()\[\]\uff08\uff09\u3010\u3011]{1,400}[)\]\uff09\u3011][\s.]*$")
"""What stands in brackets behind a quote: its place, or the same in another language."""
_TAG = re.compile(r"</?[a-z][^<>]{0,40}>", re.IGNORECASE)
_CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")

_TOKEN = re.compile(
    r"\\(?:text(?:bf|it|tt|sc|rm)?|emph|math(?:rm|bf|it|cal|bb|sf)|mbox|left|right|sim|,|;|!)(?![A-Za-z])|-+"
    r"|\\(?P<name>[A-Za-z]+)|&\#?\w{2,8};|(?P<other>.)",
    re.DOTALL,
)
_SIGNS = {"leq": "\u2264", "le": "\u2264", "geq": "\u2265", "ge": "\u2265", "approx": "\u2248", "pm": "\u00b1"} | {
    "times": "\u00d7", "to": "\u2192", "rightarrow": "\u2192", "cdot": "\u22c5", "infty": "\u221e",
}  # fmt: skip
"""Signs that TeX has names for. Greek letters have those of Unicode: https://www.unicode.org/charts/PDF/U0370.pdf."""
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_UNREAD = frozenset("$\\{}*_^~`'\"\u2018\u2019\u201c\u201d\u00ab\u00bb\u00b4")
"""Marks of TeX and Markdown, and quotation marks: whoever copies a text leaves them out, or writes others."""


def valid_quotes(quotes: Iterable[str], abstract: str) -> tuple[str, ...]:
    """Return, once each and as they stand there, the quotes from the abstract.

    The letters, digits and punctuation have to be the same; white space, the marks and commands of TeX and Markdown,
    quotation marks, accents and kinds of dashes may differ. Of a quote that leaves words out, as ``[...]``, the parts
    are returned, if all of them stand there in this order; of one with words around it that do not stand there, the
    others, if they are most of it.
    """
    text = _Text(" ".join(abstract.split()))
    found = (form for quote in quotes for form in _standing_in(quote, text))
    return tuple(dict.fromkeys(form for form in found if len(form) >= SHORTEST_QUOTE))[:QUOTES_KEPT]


class _Text:
    """A text in which quotes are looked for, and what is read of it: one character for each in ``plain``."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: tuple[str, Sequence[tuple[int, int]]] | None = None

    def find(self, quote: str, begin: int = 0) -> tuple[str, int] | None:
        """Return the quote as it stands in the text from ``begin`` on, and where it ends; None: it does not."""
        if not quote:
            return None
        if (at := self._text.find(quote, begin)) >= 0:
            return quote, at + len(quote)
        wanted = "".join(part for part, _, _ in _letters(quote))
        if self._read is None:
            letters = [(letter, start, end) for part, start, end in _letters(self._text) for letter in part]
            self._read = "".join(letter for letter, _, _ in letters), [place for _, *place in letters]  # type: ignore[misc]
        plain, places = self._read
        at = plain.find(wanted, next((n for n, (start, _) in enumerate(places) if start >= begin), len(places)))
        if at < 0 or not wanted:
            return None
        start, end = places[at][0], places[at + len(wanted) - 1][1]
        return self._text[start:end], end

    def longest_run(self, quote: str) -> list[str]:
        """Return the words of a quote that stand in the text one behind another, if they are most of it: a model may
        put words of its own before or behind them."""
        said, there = quote.split()[:_MOST_WORDS], self._text.split()
        run = SequenceMatcher(None, said, there, autojunk=False).find_longest_match()
        enough = run.size >= _FEWEST_WORDS and 3 * run.size >= 2 * len(said)
        return [" ".join(there[run.b : run.b + run.size])] if enough else []


def _letters(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what is read of a text, in parts of few characters, each with the place where it stands."""
    for token in _TOKEN.finditer(text):
        if token["name"]:
            read = _SIGNS.get(token["name"], token["name"].removeprefix("var"))
        elif token["other"]:
            read = _letter(token["other"])
        else:
            read = "-" if token[0].startswith("-") else "".join(map(_letter, html.unescape(token[0])))
            read = "" if token[0].startswith("\\") else read
        if read:
            yield read, token.start(), token.end()


def _letter(sign: str) -> str:
    """Return what is read of one character: no marks, a letter without its accent, the name of a Greek one."""
    if sign.isascii():
        return "" if sign in _UNREAD or sign.isspace() else sign
    if sign in _DASHES:
        return "-"
    if "\u0370" <= sign <= "\u03ff":
        return unicodedata.name(sign, "").split(" WITH ")[0].rpartition(" ")[2].casefold()
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(
        each for each in parts if not (each.isspace() or each in _UNREAD or unicodedata.category(each) in ("Mn", "Cf"))
    )


def _standing_in(quote: str, text: _Text) -> list[str]:
    """Return the quote as it stands in the text; if it does not, those of its parts, or what it puts in quotes."""
    if whole := _standing(quote, text):
        return [whole]
    if parts := _abridged(quote, text):
        return parts
    quoted = [first or second for first, second in _QUOTED.findall(quote)]
    parts = [part for part in _BETWEEN.split(quote) if part.strip()]
    separate = [_standing(part, text) for part in parts]
    if all(separate):
        return separate
    before = [[quote[: mark.start()] for mark in marks.finditer(quote)][-1:] for marks in (_REMARK, _BETWEEN)]
    for each in (before[0], quoted, before[1]):
        if found := [form for part in each if (form := _standing(part, text))]:
            return found
    return [form for form in separate if form] or text.longest_run(quote)


def _standing(quote: str, text: _Text) -> str:
    for form in _written(quote):
        bare = _BEFORE_QUOTE.sub("", form)
        ways = (form, form.strip(_AROUND), bare, bare.strip(_AROUND), _LABEL.sub("", form).strip(_AROUND))
        for trimmed in dict.fromkeys(ways):
            if found := text.find(trimmed):
                return found[0]
    return ""


def _abridged(quote: str, text: _Text) -> list[str]:
    """Return the parts of a quote that leaves words out; none, unless all are long enough and stand in this order."""
    found, end = [], 0
    for part in _OMITTED.split(quote):
        trimmed = " ".join(part.split()).strip(_AROUND + ",;:")
        if not trimmed:
            continue
        standing = text.find(trimmed, end)
        if standing is None or len(trimmed) < SHORTEST_QUOTE:
            return []
        found.append(standing[0])
        end = standing[1]
    return found


def _written(quote: str) -> Iterator[str]:
    """Yield the ways in which the same quote may be written: a model's encoding is no misquotation."""
    bare = _CODE_POINT.sub(lambda found: chr(int(found[1] or found[2], 16)), _TAG.sub("", quote))
    for form in dict.fromkeys((quote, quote.translate(_LATEX), bare)):
        yield " ".join(form.split())
