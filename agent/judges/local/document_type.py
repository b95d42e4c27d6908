"""Recognise papers that say of themselves that they are of a document type, such as a survey."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agent.core.survey.taxonomy import Taxonomy
from agent.records import Paper


def allowed_leaves(paper: Paper, taxonomy: Taxonomy) -> tuple[bool, ...]:
    """Return for each leaf whether the paper may go there.

    A leaf with a document type takes only papers that say they are of it, by the cues of any leaf of that type; a paper
    that says so in its title goes to no other leaf.
    """
    cued = {(leaf.document_type, leaf.cues) for leaf in taxonomy.leaves if leaf.document_type and leaf.cues}
    titled = {kind for kind, cues in cued if _finds(cues.title, paper.title)}
    said = titled | {kind for kind, cues in cued if _finds(cues.abstract, paper.abstract)}
    return tuple(
        leaf.document_type in said if leaf.document_type else not (titled and leaf.headline) for leaf in taxonomy.leaves
    )


def _finds(cues: Sequence[str], text: str) -> bool:
    return bool(cues) and _pattern(tuple(cues)).search(text) is not None


@lru_cache(maxsize=64)
def _pattern(cues: tuple[str, ...]) -> re.Pattern[str]:
    words = ("[\\s-]+".join(re.escape(word) for word in cue.split()) for cue in cues)
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
