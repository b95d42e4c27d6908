"""The first message of a question: a prompt filled with the taxonomy and with the entries that the list has."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from agent.core.judging import precedents, prompt
from agent.core.judging.precedents import Ranking
from agent.core.judging.prompt import Precedents, Prompt
from agent.core.survey.known_papers import Knowledge
from agent.core.survey.taxonomy import Taxonomy
from agent.records import Paper

STATIC_LIMIT = 80_000
"""Characters of the first message, about 20,000 tokens: precedents fill what the guidance leaves of it."""

PRECEDENTS_LIMIT = 30_000
"""Characters that precedents may take where the guidance is short."""

PAPER_TOKENS = 2_500
"""What the second message takes: a dozen entries of the list and a long abstract."""

CHARACTERS_PER_TOKEN = 4
"""Of English text, in the common tokenizers; the same as in ``costs.estimate``."""


class Guidance:
    """The first message of a question. It is one text for all papers that the list does not have.

    A paper that the list has gets the text that it would have got if neither it nor its twins had ever been listed.
    """

    def __init__(self, asked: Prompt, taxonomy: Taxonomy, knowledge: Knowledge, rank: Ranking) -> None:
        self.prompt = asked
        self._taxonomy = taxonomy
        self._knowledge = knowledge
        self._rank = rank
        around = prompt.render_static(asked, taxonomy, [Precedents(leaf="", entries=())])
        self._room = min(PRECEDENTS_LIMIT, STATIC_LIMIT - len(around))
        # A paper is asked for its text several times, and several papers are asked about at once.
        self._without = lru_cache(maxsize=32)(self._render)

    def text(self, paper: Paper) -> str:
        """Return the first message for this paper."""
        return self._without(self._knowledge.about(paper))

    def tokens(self, max_output: int) -> int:
        """Return about how many tokens of context a question with its answer of ``max_output`` tokens takes."""
        return math.ceil(len(self._without(frozenset())) / CHARACTERS_PER_TOKEN) + PAPER_TOKENS + max_output

    def _render(self, left_out: frozenset[str]) -> str:
        shown: Sequence[Precedents] = ()
        if self.prompt.wants_precedents:
            kept = self._knowledge.without(left_out).papers
            shown = precedents.select(kept, self._taxonomy, self._room, self._rank)
        return prompt.render_static(self.prompt, self._taxonomy, shown)


def choose(candidates: Sequence[Guidance], context: int | None, max_output: int) -> Guidance:
    """Return the newest of the candidates that fits into a context of so many tokens.

    The shortest is taken when none fits, and when nobody knows how long the context is (None): a server that gets too
    much may cut the prompt without a word.
    """
    newest_first = sorted(candidates, key=lambda each: _version(each.prompt), reverse=True)
    fitting = [each for each in newest_first if context is not None and each.tokens(max_output) <= context]
    return fitting[0] if fitting else min(newest_first, key=lambda each: each.tokens(max_output))


def _version(asked: Prompt) -> tuple[list[int], str]:
    """Return what sorts ``judge/v10`` after ``judge/v9``."""
    return [int(number) for number in re.findall(r"\d+", asked.version)], asked.version
