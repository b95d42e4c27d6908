"""The words by which the titles of a leaf differ from those of the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from sklearn.feature_extraction.text import TfidfVectorizer

from agent.core.survey.drafting.leaf_headings import Home

_TERMS: Final = 8
_NICKNAME_WORDS: Final = 3
_ENOUGH_LEAVES: Final = 4
_CLAUSE: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]{7}")
"""Chinese and Japanese have no blanks: so long a run of characters is a clause, no term."""


def distinctive_terms(homes: Sequence[Home], unseen: frozenset[int]) -> dict[int, tuple[str, ...]]:
    """Return the words and pairs of words that tell a leaf's titles from the others' (TF-IDF, each leaf a document).

    Nicknames before a colon are left out: they name one paper. Terms of several titles go before terms of one.
    """
    titles = [
        [_without_nickname(entry.title) for row in home.rows for entry in row.entries if entry.line not in unseen]
        for home in homes
    ]
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        stop_words="english",
        sublinear_tf=True,
        max_df=0.5 if len(homes) >= _ENOUGH_LEAVES else 1.0,
        token_pattern=r"(?u)\b[^\W\d_][\w-]+\b",
    )
    try:
        weights = vectorizer.fit_transform(["\n".join(listed) for listed in titles]).tocsr()
    except ValueError:  # no title has a word
        return {home.row.line: () for home in homes}
    words = [str(word) for word in vectorizer.get_feature_names_out()]
    read = vectorizer.build_analyzer()
    terms = {}
    for place, home in enumerate(homes):
        counts = Counter(term for title in titles[place] for term in set(read(title)))
        weighed = weights.getrow(place)
        ranked = sorted(
            (counts[words[column]] < 2, -weight, words[column])
            for weight, column in zip(weighed.data, weighed.indices, strict=True)
        )
        terms[home.row.line] = _distinct([term for _, _, term in ranked])
    return terms


def _without_nickname(title: str) -> str:
    before, colon, after = title.partition(":")
    return after if colon and len(before.split()) <= _NICKNAME_WORDS and len(after.split()) > 1 else title


def _distinct(ranked: Sequence[str]) -> tuple[str, ...]:
    """Return the first terms, none a part of another."""
    kept: list[str] = []
    for term in ranked[: 5 * _TERMS]:
        words = set(term.split())
        if _CLAUSE.search(term):
            continue
        if not any(words <= set(other.split()) or set(other.split()) <= words for other in kept):
            kept.append(term)
        if len(kept) == _TERMS:
            break
    return tuple(kept)
