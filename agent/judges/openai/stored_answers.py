"""Memory and money around a model server: no answer is asked for twice, none is paid for above the cap."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from agent.core.judging import costs, questions
from agent.core.judging.completions import RawAnswer
from agent.core.judging.questions import Answers, Messages, Questions
from agent.errors import ConfigError, JudgeError
from agent.judges.openai.spending_cap import Purse, Tab
from agent.records import Judgment, Paper, Usage

Send = Callable[[str, Messages, Tab], Awaitable[RawAnswer]]
"""Send one question to a model, by name, and return its answer, readable or not; every request is first put on the
tab. Raises JudgeError."""


class Asking:
    """Every answer is in ``answers`` before anyone reads it. ``cap`` is in US dollars (None: no cap).

    Raises ConfigError for a cap that is not positive, and for a cap with a model whose price is not known.
    """

    def __init__(
        self, asked: Questions, answers: Answers, prices: Mapping[str, costs.Price], cap: float | None
    ) -> None:
        self._questions = asked
        self._answers = answers
        self._prices = prices
        self._purse = Purse(cap)
        self.spent = Usage()
        self.replayed = Usage()
        if cap is not None:
            self._check(cap)

    def _check(self, cap: float) -> None:
        if not cap > 0:
            raise ConfigError(f"--max-cost {cap:g}: no call could be made; give US dollars above 0, or leave it out")
        for model in filter(None, (self._questions.model, self._questions.second_model)):
            if costs.price_of(model, self._prices) is None:
                known = ", ".join(sorted(self._prices)) or "none"
                raise ConfigError(
                    f"--max-cost needs a price for model {model!r}; known: {known}; add it to data/prices.toml"
                )

    async def decide(self, paper: Paper, send: Send) -> Judgment:
        """Judge one paper from stored answers as far as they go, else from new ones. Raises JudgeError."""
        hearing = _Hearing(self, send, replay=True)
        try:
            return await questions.decide(self._questions, paper, hearing.ask)
        except JudgeError:
            if hearing.fresh or not hearing.replayed:
                raise
        # Only old answers were read and they come to nothing: ask anew, or the paper would fail for ever.
        return await questions.decide(self._questions, paper, _Hearing(self, send, replay=False).ask)

    def find(self, model: str, key: str) -> RawAnswer | None:
        """Return a stored answer that can be read, or None."""
        stored = self._answers.get(key)
        answer = RawAnswer.model_validate(stored) if stored is not None else None
        if answer is None or answer.stopped:
            return None
        self.replayed = costs.total([self.replayed, self._priced(model, answer)])
        return answer

    async def pay(self, model: str, messages: Messages, send: Send) -> RawAnswer:
        """Ask once, within the cap, count what it cost whatever the answer says, and store it."""
        price = costs.price_of(model, self._prices)
        worst = costs.worst_case(messages, self._questions.max_output, price) if price else 0.0
        tab = self._purse.open(worst)
        try:
            answer = await send(model, messages, tab)
            usage = self._priced(model, answer)
            self.spent = costs.total([self.spent, usage])
            tab.close(worst if usage.usd is None else usage.usd)
        finally:
            tab.close(None)
        self._answers.put(self._questions.key(model, messages), answer.model_dump(mode="json"))
        return answer

    def key(self, model: str, messages: Messages) -> str:
        return self._questions.key(model, messages)

    def _priced(self, model: str, answer: RawAnswer) -> Usage:
        dollars = costs.cost(answer.usage, costs.price_of(model, self._prices)) if answer.reported else None
        return answer.usage.model_copy(update={"usd": dollars})


class _Hearing:
    """What happens for one paper: whether stored answers may be used, and how many answers were old and new."""

    def __init__(self, asking: Asking, send: Send, *, replay: bool) -> None:
        self._asking = asking
        self._send = send
        self._replay = replay
        self.replayed = 0
        self.fresh = 0

    async def ask(self, model: str, messages: Messages) -> RawAnswer:
        if self._replay and (stored := self._asking.find(model, self._asking.key(model, messages))):
            self.replayed += 1
            return stored
        for _ in range(2):
            answer = await self._asking.pay(model, messages, self._send)
            self.fresh += 1
            if answer.stopped is None:
                return answer
        raise JudgeError(f"{answer.stopped}, twice")
