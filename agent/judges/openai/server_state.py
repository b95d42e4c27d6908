"""The facts that a run has learnt about its model server; they decide whether asking it goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from agent.core.judging.questions import Answers
from agent.errors import ConfigError, JudgeError
from agent.judges.openai.endpoint import SHORTEST_SECRET, Endpoint
from agent.judges.openai.server_features import FeatureMemory, ModelFeatures

TOO_MANY_LOST = 5
"""Papers lost to the server, with no answer ever received, before the rest is not asked about at all."""

LOST_BY_SILENCE = 3
"""A paper lost to a server that stays silent counts for so many: it took the time of several requests."""

SLOWER = "raise [judge] timeout_seconds or lower [judge] concurrency, if the server is only slow"

_TELLING = 5
"""Characters of a key that are not shown."""

_MASKED = re.compile(r"[*\u2022]{2}|\S(\.\.\.|\u2026)\S|(?=\S*\d)[\w+/=-]{20}")
"""A key of which the middle is masked, its hash or its number."""


class ServerState:
    """``known_context`` is how many tokens of context each of its models has at least (None: not known)."""

    def __init__(
        self, endpoint: Endpoint, answers: Answers, today: Callable[[], date], known_context: int | None
    ) -> None:
        self.endpoint = endpoint
        self.known_context = known_context
        self.key_lost = False
        """Whether a key that was taken before was refused twice in a row."""
        self.stop: JudgeError | ConfigError | None = None
        self._answers = answers
        self._today = today
        self._models: dict[str, ModelFeatures] = {}
        self._lost = 0
        self._turned_away = False

    def model(self, name: str) -> ModelFeatures:
        """Return what this model takes: a second one, for second opinions, may take other things than the first."""
        if name not in self._models:
            memory = FeatureMemory(self._answers, self.endpoint.base_url, name)
            self._models[name] = ModelFeatures(memory, self._today, self.known_context)
        return self._models[name]

    @property
    def answered(self) -> bool:
        """Whether there was any answer in this run."""
        return any(model.answered for model in self._models.values())

    def may_doubt(self, refusal: str) -> bool:
        """Tell whether a key, refused in these words (in lower case), may be taken again: a gateway that cannot reach
        the list of its keys for a moment refuses one that it took before, and says of none that it has expired."""
        return self.answered and not self.key_lost and "expire" not in refusal

    def give_up(self, reason: str, *, may_be_the_paper: bool = False) -> JudgeError | ConfigError:
        """Before any answer nothing was done, and nothing will be: end the run. Later, only this paper fails.

        What ``may_be_the_paper`` that is turned away ends the run with the second one.
        """
        if self.answered:
            return JudgeError(reason)
        if may_be_the_paper and not self._turned_away:
            self._turned_away = True
            return self.lose(reason)
        self.stop = ConfigError(reason)
        return self.stop

    def lose(self, reason: str, weight: int = 1) -> JudgeError:
        """Count a paper lost to the server, and set ``stop`` after a few; ``OpenAIJudge._wait_while_failing`` raises it
        as long as none was answered."""
        self._lost += weight
        if self._lost >= TOO_MANY_LOST and not self.stop:
            self.stop = JudgeError(f"not asked, several papers were lost before: {reason}")
        return JudgeError(reason)

    def without_key(self, text: str) -> str:
        """Return a server's words, which may repeat the key, without it and in one line."""
        return " ".join(self.endpoint.without_key(text).split())[:300]

    def without_parts_of_key(self, text: str) -> str:
        """Return a server's words about the key without those that repeat a part of it, or its hash."""
        key = self.endpoint.secret
        parts = (
            {key[at : at + _TELLING] for at in range(len(key) - _TELLING + 1)} if len(key) >= SHORTEST_SECRET else set()
        )
        words = self.without_key(text).split()
        telling = (_MASKED.search(word) or any(part in word for part in parts) for word in words)
        return " ".join("***" if tells else word for word, tells in zip(words, telling, strict=True))
