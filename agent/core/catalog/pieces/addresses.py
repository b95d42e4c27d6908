"""Addresses of papers on arXiv: the page of the abstract, or the PDF in lists that link those."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.arxiv.ids import abs_url

_ARXIV: Final = re.compile(
    r"arxiv\.org/(?P<kind>abs|pdf)/(?:[a-z-]+/)?\d[\d.]*\d(?:v\d+)?(?P<suffix>\.pdf)?", re.IGNORECASE
)
_FEWEST: Final = 2
_ENOUGH: Final = 5
_NEARLY_ALL: Final = 0.8


def address_of(paper_id: str, near: Sequence[str], every: Sequence[str]) -> str:
    """Return the address of a paper of that id: its PDF where nearly all of several others are such, ending with
    ``.pdf`` as most of those do; else the page of its abstract.

    ``near`` are the addresses of its neighbours; ``every`` those of the whole list too, where the neighbours are few
    and differ.
    """
    found = [match for other in near if (match := _ARXIV.search(other))]
    alike = len(found) >= _FEWEST and len({match["kind"].lower() for match in found}) == 1
    pdfs = sum(match["kind"].lower() == "pdf" for match in found)
    mixed = 1 - _NEARLY_ALL < pdfs / max(len(found), 1) < _NEARLY_ALL
    if not alike and (len(found) < _ENOUGH or mixed):
        found = [match for other in every if (match := _ARXIV.search(other))]
    direct = [match for match in found if match["kind"].lower() == "pdf"]
    if len(direct) < _FEWEST or len(direct) < _NEARLY_ALL * len(found):
        return abs_url(paper_id)
    suffix = Counter((match["suffix"] or "").lower() for match in direct).most_common(1)[0][0]
    return f"https://arxiv.org/pdf/{paper_id}{suffix}"
