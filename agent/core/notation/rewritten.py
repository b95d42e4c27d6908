"""A text as it may have been before a server or a model changed its marks, or wrote something behind it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from agent.core.notation import nearly_json

_ESCAPED = re.compile(r'\\(["\\/nrt]|u0022)')
_UNESCAPED = {"u0022": '"', '"': '"', "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t"}
_TYPOGRAPHIC = str.maketrans(
    "\uff5b\uff5d\uff3b\uff3d\uff1a\uff0c\uff02\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\u00a0\u3000\u202f",
    '{}[]:,"' + '"' * 10 + "   ",
    "\u200b\u200c\u200d\u2060\ufeff",
)
"""Full-width marks, typographic quotes, blanks of other widths and of none, and what they are in JSON."""
_NO_COMMA = re.compile(r'(?<=["\]}\d])\s+(?="[^"\n]{0,80}"\s*[:,\]}"])|(?<=true|null)\s+(?=")|(?<=")\s+(?=")')
"""The place of a comma that a model left out, between two strings, or between a value and the next name."""
_QUOTE_IN_TEXT = re.compile(r'(?<=[\w.;!?)] )"(?=[^\s,:}\]])|(?<=[^\s{\[,:\\])"(?=\s*[^\s,:}\]])')
"""A quote within a string of JSON that was to be escaped: nothing that ends or begins a string stands around it."""
_QUOTE_BEFORE_COMMA = re.compile(r'(?<=[^\s{\[,:\\])"(?=, (?!(?:true|false|null)\b)[A-Za-z])')
_TEXT = r'\s*"(?:[^"\\]|\\.){0,600}"'
_OPEN_LIST = re.compile(rf'(\[(?:{_TEXT}\s*,){{0,9}}{_TEXT})(?=\s*,\s*"\w{{1,40}}"\s*:)')
"""A list of texts that does not end before the next name."""
_OPEN_END = re.compile(r'(?<=[^\s"\]}\d])(?=\s{0,40}\}\s{0,9}(?:```)?\s{0,9}$)')
"""The place of the quote that is missing at the end of the last text."""
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
"""Within a word, where Python would begin or end no text."""
_TO_SCREENS = re.compile(r"\x1b\[[\d;]{0,20}m|\\([\[\]])")
"""Colours of terminals, and brackets as Markdown escapes them."""
_ENTITY = re.compile(r"&(?:quot|#34|#x22);", re.IGNORECASE)
_MARK = r"^(?:[>+|] ?|[ \t]{0,6}\d{1,4}(?:[:|\u2192][ \t]?|[ \t]+))"
_MARKED_LINE = re.compile(rf"{_MARK}\{{", re.MULTILINE)
_LINE_MARK = re.compile(_MARK, re.MULTILINE)
"""What stands before each line of a quotation, of a change, or of a listing."""
_HEADLESS = re.compile(r'^\s*(?:```\w*\s*)?(?="\w+"\s*:)')
_ENDING = re.compile(r"(?:```|<\|[^<>|]{0,40}\|>|</?[\w-]{1,40}>|\[/\w{1,20}\])$")
"""What may stand after a whole answer: fences, and tokens and tags of a template."""
LONGEST_ENDING, _MOST_ENDINGS = 48, 8


def readings(text: str) -> Iterator[str]:
    """Yield the text, and then as what it may have been before a server or a model changed its marks."""
    yield text
    if len(text) > nearly_json.LONGEST:
        return
    if '\\"' in text or "\\u0022" in text:
        yield _ESCAPED.sub(lambda found: _UNESCAPED[found[1]], text)
    for changed in (
        text.translate(_TYPOGRAPHIC),
        html.unescape(text) if _ENTITY.search(text) else text,
        unquote(text) if "%22" in text else text,
        _TO_SCREENS.sub(r"\1", text),
        _LINE_MARK.sub("", text) if _MARKED_LINE.search(text) else text,
        _QUOTE_IN_TEXT.sub(r'\\"', text),
        _QUOTE_BEFORE_COMMA.sub(r'\\"', _QUOTE_IN_TEXT.sub(r'\\"', text)),
        _NO_COMMA.sub(", ", text),
        _OPEN_LIST.sub(r"\1]", text),
        _OPEN_END.sub('"', text),
        _APOSTROPHE.sub("\u2019", text),
    ):
        if changed != text:
            yield changed
    if _HEADLESS.match(text):
        yield _HEADLESS.sub("{", text, count=1)
    if (end := without_ending(text)).endswith(('"', "]")):
        yield end + "}"


def without_ending(text: str) -> str:
    """Return the text without what may stand after a whole answer."""
    end = len(text.rstrip())
    for _ in range(_MOST_ENDINGS):
        if (found := _ENDING.search(text, max(0, end - LONGEST_ENDING), end)) is None:
            break
        end = len(text[: found.start()].rstrip())
    return text[:end]
