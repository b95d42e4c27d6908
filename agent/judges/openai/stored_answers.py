"""Memory and money around a model server: no answer is asked for twice, none is paid for above the cap."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from decimal import Decimal

from agent.core.judging import costs, questions, verdict
from agent.core.judging.completions import RawAnswer
from agent.core.judging.questions import Answers, Messages, Questions
from agent.core.judging.reading.values import GRADES
from agent.core.judging.verdict import Verdict
from agent.errors import CapReached, ConfigError, JudgeError, PaperRefused
from agent.judges.openai.spending_cap import NOTHING, Reservation, SpendingCap
from agent.records import Judgment, Paper, Usage

_NEARLY = 1.1
"""Two prompts of a night differ so much in length, and need the same context."""

Send = Callable[[str, Messages, Reservation], Awaitable[RawAnswer]]
"""Send one question to a model, by name, and return its answer, readable or not; every request is first reserved for.
Raises JudgeError."""

MOST_REFUSALS = 3
"""Runs in which a model may refuse a paper; then a person decides."""

_MARK = 16
"""Characters that make the beginning of a prompt another one."""

_LIKELY = 0.5
"""Relevance from which the local judge would show a paper to a person."""


class Asking:
    """Every answer is in ``answers`` before anyone reads it, and paid for within ``cap``.

    Raises ConfigError for a cap with a model whose price is not known.
    """

    def __init__(self, given: Questions, answers: Answers, prices: Mapping[str, costs.Price], cap: SpendingCap) -> None:
        self.questions = given
        self._answers = answers
        self._prices = prices
        self._cap = cap
        self.spent = Usage()
        self.replayed = Usage()
        self._longest_counted: dict[str, int] = {}
        self._counts_doubted: set[str] = set()
        self.doubting = asyncio.Lock()
        """Held while one paper finds out how the server counts; each event loop needs one of its own."""
        if cap.limit is not None:
            self._check_prices()

    def _check_prices(self) -> None:
        for model in filter(None, (self.questions.model, self.questions.second_model)):
            if costs.price_of(model, self._prices) is None:
                known = ", ".join(sorted(self._prices)) or "none"
                raise ConfigError(
                    f"the cost cap (--max-cost, judge.max_cost_usd) needs a price for model {model!r}; known: {known}; "
                    "add it to data/prices.toml, or say --no-cap"
                )

    async def decide(self, paper: Paper, send: Send, *, replay: bool = True) -> Judgment:
        """Judge one paper from stored answers as far as they go, else from new ones; without ``replay`` from new ones.

        A paper that the model refuses in the third run is left to a person. Raises JudgeError.
        """
        try:
            return await self._decide(paper, send, replay)
        except PaperRefused as refused:
            return self._leave_to_a_person(paper, refused)

    async def answer(self, messages: Messages, readable: Callable[[str], bool], send: Send) -> RawAnswer:
        """Return the stored answer to a question about no paper if its text is ``readable``, else a new one.

        Raises JudgeError.
        """
        asked = _PaperAnswers(self, send, replay=True)
        answer = await asked.ask(self.questions.model, messages)
        if asked.fresh or readable(answer.content):
            return answer
        return await _PaperAnswers(self, send, replay=False).ask(self.questions.model, messages)

    async def _decide(self, paper: Paper, send: Send, replay: bool) -> Judgment:
        asked = _PaperAnswers(self, send, replay=replay)
        try:
            return await questions.decide(self.questions, paper, asked.ask)
        except CapReached:
            raise  # the stored answers hold, and only lack what the cap did not allow
        except JudgeError:
            if asked.fresh or not asked.replayed:
                raise
        # Only old answers were read and they come to nothing: ask anew, or the paper would fail for ever.
        return await questions.decide(self.questions, paper, _PaperAnswers(self, send, replay=False).ask)

    def _leave_to_a_person(self, paper: Paper, refused: PaperRefused) -> Judgment:
        """Count the refusal, and return a judgment that waits in the queue after the last; before, raise it."""
        key = f"refusals:{self.questions.model}:{paper.id}v{paper.version}"
        count = int((self._answers.get(key) or {}).get("count", 0)) + 1
        self._answers.put(key, {"count": count, "reason": str(refused)})
        if count < MOST_REFUSALS:
            raise refused
        local = self.questions.look(paper)
        undecided = Verdict(
            grade=GRADES["in_scope" if local.relevance >= _LIKELY else "adjacent"],
            primary=None,
            top=local.leaves[: verdict.LEAVES_KEPT],
            secondary=(),
            operation="",
            evidence=(),
            reason="Not judged by the model; relevance and sections are the local judge's.",
            unsure=f"not judged in {count} runs: {refused}",
        )
        return verdict.judgment(undecided, paper, local.relevance, self.questions.identity)

    def find(self, model: str, key: str) -> RawAnswer | None:
        """Return the answer stored under this key if it can be read, or None."""
        stored = self._answers.get(key)
        answer = RawAnswer.model_validate(stored) if stored is not None else None
        if answer is None or answer.stopped:
            return None
        self.replayed = costs.total([self.replayed, self._priced(model, answer)])
        return answer

    async def pay(self, model: str, messages: Messages, key: str, send: Send) -> RawAnswer:
        """Ask once, within the cap, count what it cost whatever the answer says, and store it under ``key``.

        Counts that cannot be those of this call are not believed: it costs what it can cost at most.
        Raises JudgeError, also for an answer to a prompt that the server has cut.
        """
        answer, reported = await self._pay_once(model, messages, send)
        cut = self.is_cut(model, messages, reported)
        if cut and not await self._leaves_out_remembered(model, messages, reported, send):
            raise JudgeError(cut_words(reported.input_tokens, messages, self.questions.max_output))
        self._answers.put(key, answer.model_dump(mode="json"))
        return answer

    async def _pay_once(self, model: str, messages: Messages, send: Send) -> tuple[RawAnswer, Usage]:
        """Return the answer to one question, and the tokens that were reported for it, which may not be believed."""
        reservation = self._cap.open(self._worst(model, messages))
        try:
            answer = await send(model, messages, reservation)
            believed, dollars = self.count(model, messages, answer)
            reservation.close(dollars)
        finally:
            reservation.close(None)
        return believed, answer.usage

    def count(self, model: str, messages: Messages, answer: RawAnswer) -> tuple[RawAnswer, Decimal]:
        """Count the tokens of what came back, be it of use or not; return it, and the dollars to set against the cap.

        Counts that cannot be those of this call are left out of it: it costs what it can cost at most.
        """
        if not costs.can_be(answer.usage, messages, self._most(messages), answer.content):
            answer = answer.without_usage()
        usage = self._priced(model, answer)
        self.spent = costs.total([self.spent, usage])
        return answer, self._worst(model, messages) if usage.usd is None else usage.usd

    def _most(self, messages: Messages) -> costs.MostUsage:
        return costs.most_usage(messages, self.questions.max_output, self.questions.schema)

    def _worst(self, model: str, messages: Messages) -> Decimal:
        """Return the dollars that one call can cost at most: none, where the model has no price."""
        price = costs.price_of(model, self._prices)
        return self._most(messages).cost(price) if price else NOTHING

    async def _leaves_out_remembered(self, model: str, messages: Messages, reported: Usage, send: Send) -> bool:
        """Tell whether a server that reports few tokens has cut no prompt, and only counts what it did not remember.

        Until it answers, and then no more in this run, it is asked the same with another beginning, which it cannot
        remember: it then counts the whole.
        """
        async with self.doubting:
            if model not in self._counts_doubted:
                mark = self.questions.key(model, messages)[:_MARK]
                first, *others = messages
                again = [{**first, "content": f"[{mark}]\n\n{first['content']}"}, *others]
                with suppress(JudgeError):
                    _, counted = await self._pay_once(model, again, send)
                    self._counts_doubted.add(model)
                    self.is_cut(model, again, counted)
        return not self.is_cut(model, messages, reported)

    def is_cut(self, model: str, messages: Messages, usage: Usage) -> bool:
        """Tell whether the server has cut the prompt, as far as it counts: some count only what they do not remember
        of the last prompt, so one that counted as long a prompt whole before has cut none.
        """
        length = costs.estimated_tokens(messages)
        if costs.cut_prompt(messages, usage):
            return length > _NEARLY * self._longest_counted.get(model, 0)
        if usage.input_tokens >= costs.FEWEST_CUT:
            self._longest_counted[model] = max(length, self._longest_counted.get(model, 0))
        return False

    def _priced(self, model: str, answer: RawAnswer) -> Usage:
        price = costs.price_of(model, self._prices) if answer.reported else None
        dollars = costs.cost(answer.usage, price, answer.cache_write_tokens)
        return answer.usage.model_copy(update={"usd": dollars})


def cut_words(reported: int, messages: Messages, max_output: int) -> str:
    """Return why an answer to a cut prompt is none, with the context that the server needs."""
    sent = costs.estimated_tokens(messages)
    return (
        f"the server cut the prompt: about {sent} tokens were sent, {reported} arrived; raise num_ctx (Ollama) or the "
        f"context size of your server to at least {context_needed(sent, max_output)}"
    )


def context_needed(prompt: int, max_output: int) -> int:
    """Return the context, in tokens and a multiple of 1024, that holds the prompt and the longest answer."""
    return -(-(prompt * 11 // 10 + max_output) // 1024) * 1024


class CutTwice(JudgeError):
    """Both answers about a paper end at a limit before they say anything."""


class _PaperAnswers:
    """The answers about one paper: stored ones where ``replay`` allows it, else new ones; counts both."""

    def __init__(self, asking: Asking, send: Send, *, replay: bool) -> None:
        self._asking = asking
        self._send = send
        self._replay = replay
        self.replayed = 0
        self.fresh = 0

    async def ask(self, model: str, messages: Messages) -> RawAnswer:
        key = self._asking.questions.key(model, messages)  # of 80,000 characters: once
        if self._replay and (stored := self._asking.find(model, key)):
            self.replayed += 1
            return stored
        for _ in range(2):
            answer = await self._asking.pay(model, messages, key, self._send)
            self.fresh += 1
            if answer.stopped is None:
                return answer
        if answer.refused:
            raise PaperRefused(f"{answer.refused}, twice")
        raise (CutTwice if answer.cut else JudgeError)(f"{answer.stopped}, twice")
