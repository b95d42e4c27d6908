"""Makes untrusted text safe to stand in GitHub Markdown: it renders as plain words and does nothing else."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NUMBER: Final = "|".join(rf"(?<=^\d{{{digits}}})[.](?=\s|$)" for digits in range(1, 10))
"""The full stop of a list number, which has up to nine digits (https://spec.commonmark.org/0.31.2/#list-items)."""
_MARKUP: Final = re.compile(rf"[\\`*_\[\]()<>|~$&@]|(?<=\w):(?=//)|(?<=www)\.|^[#+=-]|{_NUMBER}")
_ACTIVE: Final = re.compile(
    r"(?<=[@#])(?=\w)|(?<=GH-)(?=\w)|(?<=://)|(?<=\[)(?=(?:skip|ci|no|actions)\b)|(?<=skip)(?=-checks)", re.IGNORECASE
)
_HIDDEN: Final = {"Cc", "Cf", "Co", "Cs", "Cn"}


def one_line(text: str) -> str:
    """Return the text on one line, without control, bidirectional, zero-width and private-use characters."""
    spaced = " ".join(text.split())
    if spaced.isprintable():  # then it has none of them
        return spaced
    return "".join(char for char in spaced if unicodedata.category(char) not in _HIDDEN)


def printable(text: str) -> str:
    """Return the text, its lines and tabs kept, without what a terminal would obey or hide (as in ``one_line``)."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _HIDDEN)


def without_mentions(text: str) -> str:
    """Return one line in which nothing notifies, links, closes or skips on GitHub, a commit message included.

    GitHub looks for ``@name``, ``fixes #12`` and ``[skip ci]`` in the rendered text, where an escape or an entity would
    be gone again; an invisible blank inside the word, which is what dependency bots use, stops all of them.
    Sources: https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue,
    https://docs.github.com/en/actions/managing-workflow-runs/skipping-workflow-runs.
    """
    return _ACTIVE.sub("\u200b", one_line(text))


def as_plain_markdown(text: str) -> str:
    """Return one line of Markdown that renders as exactly this text: no markup, HTML, link, mention or table cell.

    Every character that can start markup in its place becomes a character reference, which CommonMark never reads as
    markup (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
    """
    escaped = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", without_mentions(text))
    return escaped.replace("\u200b", "&#8203;")
