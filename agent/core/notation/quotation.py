"""The words with which a model says that what it writes is quoted, or that it takes back what it answered before."""

from __future__ import annotations

import re

NEAR = 400
"""So many characters before an answer are looked at."""
TAG = re.compile(r"<[^<>]{1,60}>")
CORRECTS = re.compile(
    r"\b(?:wait|no|nope|hm+|sorry|mistake|correct\w*|rather|actually|instead|reflection|reconsider\w*|second thoughts?|"
    r"revis\w+|better|however|closer|so|final\w*|assistantfinal|answer|verdict)\b",
    re.IGNORECASE,
)
"""Words with which a model takes back what it answered before."""
SPEAKS_OF = re.compile(
    r"\b(?:abstract|paper|inject\w*|quot\w*|contain\w*|ignor\w*|instruct\w*|tells?|asks?|steer\w*|attempt\w*)\b",
    re.IGNORECASE,
)
"""Words of a sentence about a text that gives an answer of its own."""
_QUOTES_BEFORE = re.compile(
    r"\b(?:abstract|paper|text)\b(?![^.{}]*\b(?:my|here|so|thus|answer|verdict|therefore)\b)[^.{}]{0,80}"
    r"\b(?:contain\w*|ends?|tells?|asks? (?:me|you|for|to)|instruct\w*|embed\w*|inject\w*)\b[^.{}]{0,80}\Z",
    re.IGNORECASE,
)
_QUOTES_BEFORE_ABROAD = re.compile(
    r"(?:zusammenfassung|abstract|\btext|artikel|r\u00e9sum\u00e9|\btexte|article|resumen|art\u00edculo|resumo|artigo|riassunto|articolo"
    r"|\u0430\u043d\u043d\u043e\u0442\u0430\u0446|\u0441\u0442\u0430\u0442\u044c|\u6458\u8981|\u8bba\u6587|\u6587\u672c|\u8981\u65e8|\u8ad6\u6587)[^.{}\u3002]{0,80}"
    r"(?:enth\u00e4lt|endet|verlangt|fordert|sagt|steht|contient|termine|demande|dit\b|contiene|pide|dice|cont\u00e9m|pede|diz|chiede"
    r"|\u0441\u043e\u0434\u0435\u0440\u0436|\u0433\u043e\u0432\u043e\u0440|\u0442\u0440\u0435\u0431\u0443|\u5305\u542b|\u542b\u6709|\u5199\u9053|\u8981\u6c42|\u58f0\u79f0|\u8aaa|\u8bf4|\u542b\u3080|\u6c42\u3081)"
    r"[^.{}\u3002]{0,80}\Z",
    re.IGNORECASE,
)
"""The same in other languages: a paper, a summary or a text which holds, ends with, says or asks for what follows."""
_QUOTES_AFTER = re.compile(
    r"[\s\"'`\u201d\u2019)]{0,20}(?:</?\w{1,20}>)?[,;]?\s{0,9}(?:which|that|is|are|was|as an?|in an? (?:attempt|effort)"
    r"|to (?:trick|steer|manipulate))\b"
)
"""Words of one sentence with an object, which say that it is quoted: ``the abstract ends with {...}, which ...``."""


_SENTENCE_BEGINS = re.compile(r"[^\W\d_][ \t]?[\"'`\u201c\u201e\u00ab(]?\Z")
_SENTENCE_GOES_ON = re.compile(r"[\"'`\u201d\u201c\u00bb)]?,?[ \t]?[\uff0c\u3002]?[^\W\d_]")
"""Of an object that stands, without a colon or a new line, in the middle of a sentence, in whatever language."""


def without_quotation(text: str) -> str:
    """Return the text without the lines that are quoted as in a mail, if there are others."""
    lines = text.splitlines(keepends=True)
    own = [line for line in lines if not _QUOTED_LINE.match(line)]
    return "".join(own) if any(line.strip() for line in own) else text


_QUOTED_LINE = re.compile(r"[ \t]{0,3}>(?=[ \t]|$)")


def is_spoken_of(text: str, begins: int, ends: int) -> bool:
    """Tell whether the words around what stands there say that it is quoted."""
    said = text[max(0, begins - NEAR) : begins]
    before = _QUOTES_BEFORE.search(said) or _QUOTES_BEFORE_ABROAD.search(said)
    if _SENTENCE_BEGINS.search(said) and _SENTENCE_GOES_ON.match(text, ends):
        return True
    return before is not None or _QUOTES_AFTER.match(text, ends) is not None


def are_lines_quoted(text: str, key: str) -> bool:
    """Tell whether the words around the last fence, or else before the line with ``key``, say that it is quoted."""
    ends = text.rfind("```")
    if (begins := text.rfind("```", 0, max(ends, 0))) >= 0:
        return is_spoken_of(text, begins, ends + 3)
    line = re.search(rf"^\W{{0,9}}{key}\b", text, re.IGNORECASE | re.MULTILINE)
    return line is not None and is_spoken_of(text, line.start(), len(text))
