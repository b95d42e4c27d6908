"""The names of journals."""

from __future__ import annotations

import re
from typing import Final

_JOURNAL_WORDS: Final = frozenset(
    """
    access advances annals bioinformatics biology bulletin cell chemistry communications computational computing
    conference data electronics engineering frontiers genomics health intelligence journal knowledge language
    letters linguistics machine magazine medicine methods natural nature patterns physics press proceedings
    psychology quarterly reports research review reviews robotics science sciences security society software
    symposium systems technologies technology transactions workshop
    """.split()  # noqa: SIM905 (read as prose)
)
_ASCII_WORD: Final = re.compile(r"[a-z]+")
JOURNAL: Final = re.compile(
    r"[\s*_(\[]*(?P<name>(?:The )?(?:Nature|Science|Cell|Lancet|JAMA|PLOS|PLoS|BMC|npj"
    r"|Scientific|Physical|Annals|Frontiers|Journal|Proceedings|Transactions|Communications|IEEE|ACM)"
    r"(?: (?:[A-Z][\w&-]*|of|on|in|and|the|for)){1,6})[\s*_)\].,]*"
)
"""The name of a journal that is all of a text, where it has no year: ``Nature Medicine``."""


def names_journal(text: str) -> bool:
    """Say whether a text has a word that names of journals have, and names of people have not."""
    return not _JOURNAL_WORDS.isdisjoint(_ASCII_WORD.findall(text.casefold()))
