"""arXiv identifiers: read from any link or citation form, written in one.

Source: https://info.arxiv.org/help/arxiv_identifier.html (``YYMM.NNNNN``, four digits before 2015; until 2007
``archive.CLASS/YYMMNNN``; each may end in ``vN``) and https://info.arxiv.org/help/doi.html (``10.48550/arXiv.<id>``).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

# The month is not checked: a wrong id is found by looking it up, not by its digits.
_ID: Final = r"(?P<id>\d{4}\.\d{4,5}|(?P<archive>[a-z]+(?:-[a-z]+)*)(?:\.[a-zA-Z-]{2,})?/(?P<number>\d{7}))"
_HOST: Final = (
    r"(?:[a-z0-9-]+\.)?(?:arxiv\.org|ar5iv\.org|ar5iv\.labs\.arxiv\.org|alphaxiv\.org)/"
    r"(?:abs|pdf|html|format|src|e-print|ps|overview)/(?:arxiv:)?"
    r"|(?:www\.)?huggingface\.co/papers/|(?:www\.|api\.)?semanticscholar\.org/arxiv[:/]"
)
_FORM: Final = re.compile(
    rf"(?:(?:https?://)?(?:{_HOST})|(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.|arxiv:\s*)?"
    rf"{_ID}(?:v(?P<version>[1-9]\d{{0,4}}))?(?:\.pdf)?/?(?:[?#]\S*|\s+\[[\w.-]+\])?",
    re.IGNORECASE | re.ASCII,
)

# In running text new ids of five digits are known by their form, older ones by what stands before them.
# What stands before an id is looked at behind its first sign, so that the digits of a long text are soon found.
_NEW: Final = re.compile(r"\d(?<!\d\d)(?<!\d\.\d)\d(?:0[1-9]|1[0-2])\.\d{5}(?=v\d|(?!\d|\.\d))", re.ASCII)
_OLDER: Final = re.compile(r"[\d/](?:(?<=\d)\d{3}\.\d{4}|(?<=/)\d{7})(?!\d)", re.ASCII)
_NAMED: Final = re.compile(
    rf"(?:{_HOST}|10\.48550/arxiv\.|arxiv:\s*|arxiv\.org/\w+/){_ID}(?!\d)",
    re.IGNORECASE | re.ASCII,
)
_CONTEXT: Final = 80

_MONTH: Final = re.compile(r"\d\d(?:0[1-9]|1[0-2])\.|[a-z-]+/\d\d(?:0[1-9]|1[0-2])")


def _read(text: str) -> re.Match[str] | None:
    return _FORM.fullmatch(unquote(text).strip().strip("<>"))


def base_id(text: str) -> str | None:
    """Return the id without version, ``2305.10601`` or ``math/0309136``, or None when the text is no arXiv id or link.

    The subject class of an old id is dropped (``math.GT/0309136`` is ``math/0309136``), so that one paper has one id.
    The whole text must be the id or link: an id inside a sentence is not looked for.
    """
    match = _read(text)
    if match is None:
        return None
    return f"{match['archive'].lower()}/{match['number']}" if match["archive"] else match["id"]


def find_ids(text: str) -> frozenset[str]:
    """Return the base ids of all papers that a text names or links to, in whatever form."""
    if "%2" in text.lower() or "%3" in text.lower():
        text += "\n" + unquote(text)
    found = set(_NEW.findall(text))
    for older in _OLDER.finditer(text):
        for match in _NAMED.finditer(text, max(0, older.start() - _CONTEXT), min(len(text), older.end() + 1)):
            found.add(f"{match['archive'].lower()}/{match['number']}" if match["archive"] else match["id"])
    return frozenset(found)


def version_of(text: str) -> int | None:
    """Return N of the ``vN`` suffix, or None when there is none or the text is no arXiv id or link."""
    match = _read(text)
    return int(match["version"]) if match and match["version"] else None


def abs_url(arxiv_id: str) -> str:
    """Return the link of the abstract page, which always shows the latest version."""
    return f"https://arxiv.org/abs/{arxiv_id}"


def exists_by_form(arxiv_id: str) -> bool:
    """Say whether an id can exist: its month is one of twelve. For one that cannot, arXiv refuses a whole request."""
    return _MONTH.match(arxiv_id) is not None
