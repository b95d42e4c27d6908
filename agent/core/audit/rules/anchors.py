"""The places of a page that a link ``#name`` can lead to, as GitHub makes them.

The rule is that of GitHub's renderer:
https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from markdown_it import MarkdownIt

_MARKDOWN: Final = MarkdownIt("commonmark")
_HASHES: Final = re.compile(r"^[ \t>*+-]*#{1,6}(?:[ \t]+|$)|[ \t]+#+[ \t]*$")
_NAMED: Final = re.compile(r"<[a-z][^<>]*?\s(?:id|name)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
_HTML_HEADING: Final = re.compile(
    r"<h[1-6](?:\s[^<>]*)?>((?:(?!<h[1-6]).){0,1000}?)</h[1-6]\s*>", re.IGNORECASE | re.DOTALL
)
_TAG: Final = re.compile(r"<[^<>]*>")


def find_targets(lines: Sequence[str], headings: Iterable[int]) -> frozenset[str]:
    """Return the names, in the form of ``comparable``, that links of the page can lead to.

    ``lines`` are those of the page, ``headings`` the line numbers (1-based) of its headings. Of headings with the same
    text the second one ends in ``-1``, the third in ``-2``.
    """
    text = "".join(lines)
    targets = {comparable(next(filter(None, names), "")) for names in _NAMED.findall(text)}
    starts, position = [], 0
    for line in lines:
        starts.append(position)
        position += len(line)
    titles = {starts[line - 1]: _title(lines[line - 1]) for line in headings}
    for found in _HTML_HEADING.finditer(text):
        titles.setdefault(found.start(), _TAG.sub("", found[1]).strip())
    seen: Counter[str] = Counter()
    for _, title in sorted(titles.items()):
        name = slug(title)
        targets.add(comparable(f"{name}-{seen[name]}" if seen[name] else name))
        seen[name] += 1
    return frozenset(targets)


def slug(title: str) -> str:
    """Return the anchor of a heading: lower case, signs gone, each blank a hyphen.

    ``title`` is what the heading shows, blanks as written: a badge at its end leaves the blank before it.
    """
    return "".join("-" if c == " " else c for c in title.lower() if c in " -" or _is_word(c))


def comparable(anchor: str) -> str:
    """Return an anchor as it is compared: browsers find it in any case, and with or without what is left of emoji."""
    return re.sub(r"[^\w-]", "", anchor.casefold())


def _title(line: str) -> str:
    """Return the text that a heading's line shows, without images, tags and markup."""
    source = _HASHES.sub("", line.strip("\r\n")).strip()
    tokens = [token for inline in _MARKDOWN.parseInline(source) for token in inline.children or ()]
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline"))


def _is_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc")
