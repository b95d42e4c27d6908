"""A paper's title and authors as words that are safe in Markdown."""

from __future__ import annotations

import re
from typing import Final

from agent.core import escaping
from agent.core.catalog.pieces.labels import label_of
from agent.core.catalog.reading.scanned import is_meta_text
from agent.records import Paper

_MARKUP: Final = re.compile(r"[\\`*_\[\]$~|]")
# Entities, for what GitHub would link, or read as HTML, even behind a backslash.
# https://github.github.com/gfm/#autolinks-extension-, https://github.github.com/gfm/#entity-and-numeric-character-references
_ENTITIES: Final = (
    (re.compile(r"&(?=#|\w)"), "&amp;"),
    (re.compile(r"<"), "&lt;"),
    (re.compile(r">"), "&gt;"),
    (re.compile(r"(?<!\w)@(?=\w)"), "&#64;"),
    (re.compile(r"(?<!&)#(?=\w)"), "&#35;"),
    (re.compile(r":(?=//)"), "&#58;"),
    (re.compile(r"(?<=www)\.", re.IGNORECASE), "&#46;"),
)


def plain_title(title: str) -> str:
    """Return the title as it will read: white space collapsed, control, bidi and other invisible characters gone."""
    return " ".join(escaping.one_line(title).split())


def escape(text: str) -> str:
    """Return Markdown that shows just ``plain_title(text)``: no link, mention, HTML, math, emphasis or table cell."""
    return _with_entities(_MARKUP.sub(r"\\\g<0>", plain_title(text)))


def escape_html(text: str) -> str:
    """Return HTML that shows just ``plain_title(text)``: no tag, link or mention."""
    return _with_entities(plain_title(text))


def _with_entities(text: str) -> str:
    for pattern, entity in _ENTITIES:
        text = pattern.sub(entity, text)
    return text


def printed_title(paper: Paper) -> str:
    """Return the title its entry will read as: the paper's own, or its arXiv id if that has no visible character.

    A title that reads as something else gets the id too: without a word, a label such as ``Paper``, a venue, a date.
    """
    title = plain_title(paper.title)
    if label_of(title) or is_meta_text(title):
        return f"{title} (arXiv:{paper.id})"
    if not re.search(r"[^\W_]", title):
        return f"{title} (arXiv:{paper.id})" if title else f"arXiv:{paper.id}"
    return title


def author_name(author: str) -> str:
    """Return an author's name, safe to print; empty when no letter is left.

    Outside a link GitHub makes a mention of any @ and a reference of any #, escaped or not; no name holds either.
    """
    return escape(re.sub(r"[@#,;*_]", " ", author))
