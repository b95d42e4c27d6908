"""The evidence of a local judgment: a quote that says what the paper contributes, and the reason why it fits."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from agent.judges.local.quoting.sentences import name_in, rank_of, split_sentences
from agent.records import Paper

_WORD: Final = re.compile(r"\b\w\w+\b")
_LONGEST_PHRASE: Final = 8
"""Words."""

Weights = Mapping[str, float]
"""How much each word of a definition tells about its leaf."""


def choose_quote(paper: Paper, weights: Weights) -> tuple[str, ...]:
    """Return one sentence of the abstract, verbatim: of those that say what the paper does, the one that shares most
    with the definition, given as ``weights``. Background comes last. None of an empty abstract."""
    sentences = split_sentences(paper.abstract)
    if not sentences:
        return ()
    name = name_in(paper.title)
    ranks = [rank_of(sentence, name) for sentence in sentences]
    best = min(ranks)
    # Of several that say what is done, the earlier one is mostly the claim and the later ones its parts; of others, the
    # first ones lead up to it.
    early = 0.5 if best == 0 else 0.0
    fits = [(_fit(sentence, weights) + early / (1 + place), place) for place, sentence in enumerate(sentences)]
    _, place = max((fit, -place) for (fit, place), rank in zip(fits, ranks, strict=True) if rank == best)
    return (sentences[-place],)


def matching_phrase(sentences: Sequence[str], weights: Weights) -> str:
    """Return the words of the sentences that match the definition best, verbatim and at most ``_LONGEST_PHRASE`` words
    with both ends matching; empty when no two words match."""
    best, phrase = 0.0, ""
    for sentence in sentences:
        words = list(_WORD.finditer(sentence))
        worth = [weights.get(word[0].lower(), 0.0) for word in words]
        for start in (place for place, value in enumerate(worth) if value):
            end = max(place for place in range(start, min(start + _LONGEST_PHRASE, len(words))) if worth[place])
            shared = {words[place][0].lower(): worth[place] for place in range(start, end + 1)}
            if sum(value > 0 for value in shared.values()) >= 2 and sum(shared.values()) > best:
                best, phrase = sum(shared.values()), sentence[words[start].start() : words[end].end()]
    return " ".join(phrase.split())


def say_why(leaf: str, phrase: str, nearest: Sequence[str]) -> str:
    """Return one sentence: which definition, what in the abstract matches it, and the nearest papers of the leaf."""
    match = f', which its words "{phrase}" match' if phrase else ""
    listed = " and ".join(f'"{_one_line(title)}"' for title in nearest)
    near = f"; of the papers listed there it is nearest to {listed}" if listed else ""
    return f"Nearest to the definition of {leaf}{match}{near}."


def _fit(sentence: str, weights: Weights) -> float:
    words = [word.lower() for word in _WORD.findall(sentence)]
    shared = sum(weights.get(word, 0.0) for word in set(words))
    return shared / math.sqrt(4 + len(words))


def _one_line(text: str) -> str:
    return " ".join(text.split())
