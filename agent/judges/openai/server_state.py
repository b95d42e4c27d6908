"""The facts that a run has learnt about its model server; they decide whether asking it goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from agent.core.judging.questions import Answers
from agent.errors import ConfigError, JudgeError
from agent.judges.openai.endpoint import SHORTEST_SECRET, Endpoint
from agent.judges.openai.errors.meanings import ServerError
from agent.judges.openai.server_features import FeatureMemory, ModelFeatures

TOO_MANY_LOST = 5
"""Papers lost to the server in a row, before the rest is not asked about at all."""

LOST_BY_SILENCE = 3
"""A paper lost to a server that never said a word counts for so many: it took the time of several requests."""

MOST_DOUBTED = 10
"""Refusals of a key or a model in a row after which they are believed."""

SLOWER = "raise [judge] timeout_seconds or lower [judge] concurrency, if the server is only slow"

_TELLING = 5
"""Characters of a key that are not shown."""

_ENDED = re.compile(
    r"expire|\b(revoked|disabled|deleted|deactivated|suspended|deprecated|retired|decommissioned|discontinued|removed)\b"
    r"|\bend of life\b|\bshut down\b"
)
"""Words of what was, and will not be again."""

_MASKED = re.compile(r"[*\u2022]{2}|\S(\.\.\.|\u2026)\S|(?=\S*\d)[\w+/=-]{20}")
"""A key of which the middle is masked, its hash or its number."""


class ServerState:
    """``known_context`` is how many tokens of context each of its models has at least (None: not known)."""

    def __init__(
        self, endpoint: Endpoint, answers: Answers, today: Callable[[], date], known_context: int | None
    ) -> None:
        self.endpoint = endpoint
        self.known_context = known_context
        self.refused_in_a_row = 0
        """Requests since the last answer of which the key or the model was refused."""
        self.stop: JudgeError | ConfigError | None = None
        self._answers = answers
        self._today = today
        self._models: dict[str, ModelFeatures] = {}
        self._heard = False
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

    def may_doubt(self, refusal: ServerError) -> bool:
        """Tell whether a key or a model that was taken before and is refused may be taken again.

        A gateway that cannot reach the list of its keys for a moment refuses each of them, and one of several servers
        behind an address may know fewer models than the others; none of them says that anything has ended.
        """
        ended = refusal.status == 410 or _ENDED.search(refusal.said) is not None
        return self.refused_in_a_row <= MOST_DOUBTED and not ended

    def heard(self) -> None:
        """Note an answer that says something: what was lost before it was not lost for good."""
        self._heard = True
        self._lost = self.refused_in_a_row = 0
        self.stop = None

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
        """Count a paper lost to the server, and set ``stop`` after a few without an answer between them;
        ``OpenAIJudge._wait_while_failing`` raises it.

        A server that has answered before may fail for some minutes. Its silence counts all the same, if less: a night
        of papers that are waited for one after the other would not end before the next.
        """
        self._lost += int(weight == LOST_BY_SILENCE) if self._heard else weight
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
