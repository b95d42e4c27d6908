"""Asks any server that speaks OpenAI's chat completions: OpenAI, Azure, vLLM, Ollama, llama.cpp, gateways.

What differs from server to server is learnt while asking: what it takes
(``server_features``), how much at a time (``concurrency``), how long its context is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar

from agent.core.judging import costs
from agent.core.judging.completions import RawAnswer
from agent.core.judging.questions import Answers, Messages, Questions
from agent.errors import ConfigError
from agent.judges.openai.concurrency import Concurrency, ConcurrencyMemory, Slot, UnderWay, uncounted
from agent.judges.openai.connection import Connection
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.question import Question, TooLong
from agent.judges.openai.retry_policy import RetryPolicy
from agent.judges.openai.sending import Chat, ServerAccess
from agent.judges.openai.server_state import LOST_BY_SILENCE, SLOWER, ServerState
from agent.judges.openai.spending_cap import Reservation, SpendingCap
from agent.judges.openai.stored_answers import Asking, CutTwice, Send
from agent.records import JudgeIdentity, Judgment, Paper, Usage

T = TypeVar("T")

START, START_ON_LOOPBACK = 2, 1
"""Requests at a time in the first run; a server on this machine is often one that answers one at a time."""


@dataclass
class _Session:
    """The objects that belong to one event loop: made for the first paper asked about, closed after the last."""

    access: ServerAccess
    users: int = 0
    under_way: UnderWay = field(default_factory=UnderWay)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class OpenAIJudge:
    """Judges by asking ``endpoint``; every answer is in ``answers`` before anyone reads it, and asked for only once.

    ``concurrency`` is how many papers are asked about at a time at most. ``cap`` is shared by all judges of a command.
    ``compact`` asks the same in fewer words, for a context too short for ``questions`` (None: nothing does).
    ``context`` is the model's context in tokens, where it is known. Raises ConfigError for a cap with a model whose
    price is not known.
    """

    def __init__(
        self,
        questions: Questions,
        answers: Answers,
        endpoint: Endpoint,
        *,
        concurrency: int = 16,
        prices: Mapping[str, costs.Price] | None = None,
        cap: SpendingCap | None = None,
        policy: RetryPolicy | None = None,
        compact: Questions | None = None,
        context: int | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._endpoint = endpoint
        self._concurrency = concurrency
        self._policy = policy or RetryPolicy()
        self._asking = Asking(questions, answers, prices or {}, cap or SpendingCap(None))
        self._compact = compact
        self._server = ServerState(endpoint, answers, today, context)
        self._taken_before = ConcurrencyMemory(answers, endpoint.base_url)
        self._session: _Session | None = None

    @property
    def identity(self) -> JudgeIdentity:
        return self._asking.questions.identity

    @property
    def usage(self) -> Usage:
        return self._asking.spent

    @property
    def replayed(self) -> Usage:
        """The usage of the answers taken from memory, as it was when they were new."""
        return self._asking.replayed

    def prepare(self, tonight: Sequence[Paper]) -> None:
        self._asking.questions.prepare(tonight)

    async def judge(self, paper: Paper) -> Judgment:
        """Judge one paper. Raises JudgeError, or ConfigError when key, model or address are wrong from the start."""
        return await self._connect_for(lambda send: self._asking.decide(paper, send))

    async def ask(self, messages: Messages, readable: Callable[[str], bool]) -> RawAnswer:
        """Ask something about no paper in particular: within the same cap, and only once unless what was answered in an
        earlier run is not ``readable``. Raises as ``judge`` does."""
        return await self._connect_for(lambda send: self._asking.answer(messages, readable, send))

    async def _connect_for(self, decide: Callable[[Send], Awaitable[T]]) -> T:
        session: _Session | None = None
        try:
            async with self._connected() as session, session.access.slots.slot() as slot:
                await session.access.asking.take()
                return await self._decide(session, slot, decide)
        except ConfigError:
            # It ends the run, and whoever ends a run cancels the rest: let no request be under way then.
            if session is not None:
                await session.closed.wait()
            raise

    async def _decide(self, session: _Session, slot: Slot, decide: Callable[[Send], Awaitable[T]]) -> T:
        deadline, questions = self._policy.deadline, self._asking.questions
        try:
            async with asyncio.timeout(deadline) as clock:

                async def send(model: str, messages: Messages, reservation: Reservation) -> RawAnswer:
                    with uncounted(clock):
                        await slot.take()
                        await self._wait_while_failing(session, slot)
                    try:
                        with session.under_way.one():
                            chat = Chat(session.access, self._asking, model, messages, reservation, slot, clock)
                            return await Question(chat).ask()
                    finally:
                        slot.step_aside()  # who waits for another paper before the next question keeps no slot from it

                return await decide(send)
        except TimeoutError:
            raise self._server.lose(f"no answer within {deadline:g} s; {SLOWER}", LOST_BY_SILENCE) from None
        except CutTwice as cut:
            raise self._server.lose(str(cut)) from None
        except TooLong as too_long:
            if not self._ask_shorter(questions):
                raise self._server.lose(str(too_long)) from None
        return await self._decide(session, slot, decide)

    def _ask_shorter(self, asked: Questions) -> bool:
        """Ask in fewer words from now on. Who judges must not change after a first verdict."""
        if self._asking.questions is not asked:
            return True  # another paper has found it out meanwhile
        if self._compact is None or self._server.answered or self._asking.replayed.calls:
            return False
        self._asking.questions, self._compact = self._compact, None
        return True

    async def _wait_while_failing(self, session: _Session, slot: Slot) -> None:
        """Before more is asked of a server that only loses papers, wait for what is under way: it may be slow."""
        while stop := self._server.stop:
            if isinstance(stop, ConfigError) or not session.under_way.count:
                raise stop
            slot.step_aside()  # what is under way may need it
            await session.under_way.ended()
            await slot.take()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[_Session]:
        if self._session is None:
            start = self._taken_before.load(START_ON_LOOPBACK if self._endpoint.on_loopback else START)
            timeout = self._policy.request_timeout
            slots = Concurrency(start, self._concurrency, timeout)
            self._asking.doubting = asyncio.Lock()
            self._session = _Session(
                ServerAccess(self._server, Connection(self._endpoint, timeout), slots, self._policy)
            )
        session = self._session
        session.users += 1
        try:
            yield session
        finally:
            session.users -= 1
            if not session.users:
                self._session = None
                await session.access.connection.close()
                session.closed.set()
                if self._server.answered:
                    self._taken_before.save(session.access.slots.proven)
