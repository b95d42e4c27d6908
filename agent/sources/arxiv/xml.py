"""Parses the XML of arXiv's feeds, which may be damaged or hostile."""

from __future__ import annotations

import re
from html.entities import html5
from typing import Any, Final
from xml.sax.saxutils import escape

from lxml import etree

from agent.errors import SourceError

_CONTROL: Final = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r")
"""The control characters that XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets), and DEL: terminals obey some."""
_CONTROL_ABOVE: Final = re.compile(rb"\xc2[\x80-\x9f]")
"""The others of Unicode's control characters, U+0080 to U+009F, in UTF-8."""
_BLANKS: Final = bytes.maketrans(_CONTROL, b" " * len(_CONTROL))
_LONGEST_HEAD: Final = 20_000
_REFERENCE: Final = re.compile(
    rb"&#0{0,9}(?:[0-8]|1[124-9]|2[0-9]|3[01]|12[7-9]|1[345][0-9]);|&#x0{0,9}(?:[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f]);",
    re.IGNORECASE,
)
_AMPERSAND: Final = re.compile(
    r"&(?:#x(?P<hex>[0-9a-f]{1,8});|#(?P<decimal>[0-9]{1,9});|(?P<name>[a-z]\w{0,30};))?", re.I
)
_OF_XML: Final = frozenset({"lt;", "gt;", "amp;", "quot;", "apos;"})
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


class NotXml(ValueError):
    """A document that is not well-formed, for instance since it was cut off."""


def parse_feed(body: bytes, item: str) -> tuple[Any, bytes, int]:
    """Return the root element of a feed, the feed as it was parsed, and how many of its items were left out as damaged.

    A control character becomes a blank, what HTML alone allows (``&nbsp;``, ``R&D``) what it means there; an element
    ``item`` that is not well-formed even so costs itself only.
    Raises NotXml when another try may give a whole feed, SourceError for a document that is none of arXiv's.
    """
    body = _REFERENCE.sub(b" ", _CONTROL_ABOVE.sub(b" ", body.translate(_BLANKS)))
    try:
        return _parse(body), body, 0
    except NotXml:
        body, damaged = _without_damaged(body, item.encode())
        return _parse(body), body, damaged


def _without_damaged(body: bytes, item: bytes) -> tuple[bytes, int]:
    opening = re.search(rb"<(rss|feed)\b[^>]*>", body[:_LONGEST_HEAD])
    if opening is None:
        return body, 0
    kept, damaged, at = [], 0, 0
    while (start := body.find(b"<" + item, at)) >= 0 and (end := body.find(b"</" + item + b">", start)) >= 0:
        end += len(item) + 3
        kept.append(body[at:start])
        whole = _whole(body[start:end], opening)
        damaged += whole is None
        kept.append(whole or b"")
        at = end
    return b"".join([*kept, body[at:]]), damaged


def _whole(element: bytes, opening: re.Match[bytes]) -> bytes | None:
    """Return an element that is well-formed below ``opening``, mended if need be, or None if nothing helps."""
    for form in (element, _mended(element)):
        try:
            _parse(opening[0] + form + b"</" + opening[1] + b">")
        except NotXml:
            continue
        return form
    return None


def _mended(element: bytes) -> bytes:
    """Return the element with characters where it has references that XML lacks, and signs for what is no character."""
    text = _AMPERSAND.sub(_as_xml, element.decode("utf-8", "replace"))
    return _NO_CHARACTER.sub(" ", text).encode()


def _as_xml(reference: re.Match[str]) -> str:
    name, digits = reference["name"], reference["hex"] or reference["decimal"]
    if digits:
        code = int(digits, 16 if reference["hex"] else 10)
        # A surrogate is half a character: nothing tells that the other half is beside it.
        return reference[0] if code <= 0x10FFFF and not _NO_CHARACTER.match(chr(code)) else " "
    if name in _OF_XML:
        return reference[0]
    return escape(html5.get(name or "", reference[0]))


def _parse(body: bytes) -> Any:
    """Return the root element. Neither entities nor anything outside the document is read.

    Elements may be nested 256 deep: the stack would overflow on what is deeper, and libxml2 refuses it by itself
    (https://lxml.de/FAQ.html#how-do-i-use-lxml-safely-as-a-web-service-endpoint).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        said = " ".join(str(error).split())[:100]
        if re.search(r"depth|amplification|limit|too long|entity loop", said, re.IGNORECASE):
            raise SourceError(f"arXiv: the answer is no feed of arXiv's ({said}); check the endpoint") from None
        raise NotXml(said) from None
    if root.getroottree().docinfo.internalDTD is not None and root.tag != "html":
        raise SourceError("arXiv: the answer declares entities, which no feed of arXiv's does; check the endpoint")
    return root


def text_of(element: Any, path: str) -> str:
    """Return the text of the first element at ``path``, its markup left out, empty when there is none."""
    found = element.find(path)
    return "" if found is None else "".join(found.itertext(with_tail=False))
