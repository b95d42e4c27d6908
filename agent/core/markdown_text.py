"""Makes untrusted text safe to stand in GitHub Markdown: it renders as plain words and does nothing else."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MARKUP: Final = re.compile(r"[\\`*_\[\]()<>|~$&@]|(?<=\w):(?=//)|(?<=www)\.|^[#+=-]|(?<=^\d)[.]|(?<=^\d\d)[.]")
_MENTION: Final = re.compile(r"([@#]|\bGH-)(?=\w)", re.IGNORECASE)
_HIDDEN: Final = {"Cc", "Cf", "Co", "Cs", "Cn"}


def one_line(text: str) -> str:
    """Return the text on one line, without control, bidirectional, zero-width and private-use characters."""
    spaced = " ".join(text.split())
    return "".join(char for char in spaced if unicodedata.category(char) not in _HIDDEN)


def unlinked(text: str) -> str:
    """Return one line that pings no one and closes no issue, for places without Markdown such as commit messages.

    A zero-width space after ``@``, ``#`` and ``GH-`` is what dependency bots use: GitHub looks for mentions and issue
    numbers in the rendered text, where an escape or an entity would be gone again.
    """
    return _MENTION.sub("\\1\u200b", one_line(text))


def safe(text: str) -> str:
    """Return one line of Markdown that renders as exactly this text: no markup, HTML, link, mention or table cell.

    Every character that can start markup in its place becomes a character reference, which CommonMark never reads as
    markup (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
    """
    escaped = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", unlinked(text))
    return escaped.replace("\u200b", "&#8203;")
