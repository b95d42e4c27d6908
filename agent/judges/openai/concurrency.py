"""The number of requests that a model server is sent at a time: found out while asking, since no server says it.

The limit starts low, or where all went well in an earlier run. It grows as long as answers take about as long as before
(so that more at a time means more in the same time), goes back when they only wait for one another, and is lowered when
the server refuses work or does not answer in time: additive increase, multiplicative decrease (RFC 5681 calls the fast
beginning slow start).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from agent.core.judging.questions import Answers

FLAT = 0.4
"""Share of the added requests by which latency may grow; a server that does one at a time grows by all of it."""

FASTEST = 3
"""By how much the limit is multiplied in the beginning, until a larger one brings nothing."""

NOISE = 0.05
"""Seconds: shorter latencies say nothing."""

ROUNDS_BEFORE_NEXT_TRY = 4
SAFE_SHARE = 0.8
"""Of the time of one request: an answer must arrive within it, even if the server turns out to do one at a time."""


class Concurrency:
    """Slots for requests. ``start`` and ``ceiling`` are numbers of requests, ``longest`` the seconds of one."""

    def __init__(self, start: int, ceiling: int, longest: float) -> None:
        self.limit = self._start = min(start, ceiling)
        self.in_use = 0
        self._ceiling = ceiling
        self._longest = longest
        self._new: deque[asyncio.Future[None]] = deque()
        self._again: deque[asyncio.Future[None]] = deque()
        self._aside = 0
        self.round = 0
        """Counts the changes of the limit: an answer tells only about the limit that it was asked for under."""
        self._latencies: list[float] = []
        self._before: tuple[int, float] | None = None
        """While a larger limit is on trial: the limit before it, and the mean latency there."""
        self._good = 0
        """The largest limit under which as many requests were answered in time, and none was turned away."""
        self._overloaded = False
        self._fast = True
        self._step_share = 4
        self._rounds_to_wait = 0
        self._not_before = 0.0

    @property
    def proven(self) -> int:
        """The number of requests at a time that a later run may start with: 0 when the server turned fewer away."""
        return self._good if self._overloaded else max(self._good, self._start)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for a slot, and hold it until the end of the block."""
        slot = Slot(self)
        await slot.take()
        try:
            yield slot
        finally:
            slot.give_back()

    async def enter(self, *, again: bool) -> None:
        """Wait for a slot: what is asked ``again`` goes first, what is new waits for all who stepped aside."""
        if self.in_use + (0 if again else self._aside + len(self._new)) >= self.limit:
            turn = asyncio.get_running_loop().create_future()
            (self._again if again else self._new).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.leave()
                raise
        else:
            self.in_use += 1
        try:
            while (pause := self._not_before - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(pause)
        except asyncio.CancelledError:
            self.leave()
            raise

    def leave(self) -> None:
        """Give a slot back for good."""
        self.in_use -= 1
        self._wake()

    def step_aside(self) -> None:
        """Give a slot back for a while."""
        self.in_use -= 1
        self._aside += 1
        self._wake()

    def came_back(self) -> None:
        """One who had stepped aside has a slot again."""
        self._aside -= 1

    def stays_away(self) -> None:
        """One who had stepped aside wants no slot any more."""
        self._aside -= 1
        self._wake()

    def request(self) -> Request:
        """Return the measurement of a request that is sent now."""
        return Request(self, self.round, asyncio.get_running_loop().time())

    def pause(self, seconds: float) -> None:
        """Let no request begin for so long: the server has asked for it."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    def note_answer(self, round_number: int, seconds: float) -> None:
        """Take the latency of an answer into account, if it was asked for under the present limit."""
        if round_number != self.round:
            return
        self._latencies.append(seconds)
        if len(self._latencies) >= self.limit:
            mean = sum(self._latencies) / len(self._latencies)
            self._latencies.clear()
            self._end_round(mean)

    def note_overload(self, round_number: int, *, silent: bool = False) -> None:
        """Lower the limit, once for all requests that were under way together.

        It is halved towards the largest limit under which all went well, and towards zero where there is none below,
        or the server was ``silent``: then nothing is known of what it can do.
        """
        if round_number != self.round:
            return
        self._before = None
        self._overloaded = True
        self._fast = False
        self._step_share = self._ceiling  # one at a time from now on
        if silent or self._good >= self.limit:
            self._good = 0
        lower = max(1, (self._good + self.limit) // 2)
        self._rounds_to_wait = 2 * ROUNDS_BEFORE_NEXT_TRY if lower == self._good else 1
        self._set(lower)

    def _end_round(self, mean: float) -> None:
        if self._before is not None:
            low, mean_before = self._before
            self._before = None
            if mean > max(NOISE, mean_before * (1 + FLAT * (self.limit - low) / low)):
                self._fast = False
                self._rounds_to_wait = ROUNDS_BEFORE_NEXT_TRY
                self._set(low)
                return
        self._good = max(self._good, self.limit)
        self._rounds_to_wait -= 1
        if self._rounds_to_wait < 0:
            self._try_more(mean)

    def _try_more(self, mean: float) -> None:
        step = (FASTEST - 1) * self.limit if self._fast else max(1, self.limit // self._step_share)
        more = min(self._ceiling, self.limit + step)
        if more > self.limit and mean * more / self.limit <= SAFE_SHARE * self._longest:
            self._before = (self.limit, mean)
            self._set(more)

    def _set(self, limit: int) -> None:
        self.limit = limit
        self.round += 1
        self._latencies.clear()
        self._wake()

    def _wake(self) -> None:
        while self._again and self.in_use < self.limit:
            self._grant(self._again.popleft())
        while self._new and self.in_use + self._aside < self.limit:
            self._grant(self._new.popleft())

    def _grant(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            self.in_use += 1
            turn.set_result(None)


class EventLoopTurns:
    """Turns at the processor, one for each round of the event loop, in the order in which they were asked for.

    Answers that come together would otherwise be worked on side by side, so that all of them are finished, and all the
    next requests sent, at the end: from then on the server and this program wait for one another. Taken one after the
    other, the first request is on its way while the last answer is being read.
    """

    def __init__(self) -> None:
        self._taken = asyncio.Lock()

    async def take(self) -> None:
        """Wait for a turn: it lasts until the next time that the caller waits for anything."""
        async with self._taken:
            await asyncio.sleep(0)


class Slot:
    """A place among the requests under way, given back for as long as its question only waits."""

    def __init__(self, concurrency: Concurrency) -> None:
        self._concurrency = concurrency
        self._held = self._aside = False

    async def take(self) -> None:
        """Wait for the slot, unless it is held: first behind all others, after ``step_aside`` before what is new."""
        if self._held:
            return
        await self._concurrency.enter(again=self._aside)
        self._held = True
        if self._aside:
            self._concurrency.came_back()
            self._aside = False

    def step_aside(self) -> None:
        """Give the slot back until ``take``, if it is held."""
        if self._held:
            self._held, self._aside = False, True
            self._concurrency.step_aside()

    def give_back(self) -> None:
        """Give the slot back for good."""
        if self._held:
            self._concurrency.leave()
        elif self._aside:
            self._concurrency.stays_away()
        self._held = self._aside = False


@contextmanager
def uncounted(clock: asyncio.Timeout) -> Iterator[None]:
    """Stop the clock for the block, which only waits for others; its deadline is as far away afterwards as before."""
    until, loop = clock.when(), asyncio.get_running_loop()
    began = loop.time()
    clock.reschedule(None)
    try:
        yield
    finally:
        clock.reschedule(None if until is None else until + loop.time() - began)


class Request:
    """One request under way: how long it takes, and under which limit it was sent."""

    def __init__(self, concurrency: Concurrency, round_number: int, began: float) -> None:
        self._concurrency = concurrency
        self._round = round_number
        self._began = began
        self._latency = 0.0

    def ended(self) -> None:
        """Stop the measurement: what came back is there, and the time until it is read is not the server's."""
        self._latency = asyncio.get_running_loop().time() - self._began

    def answered(self) -> None:
        """Count the latency: what came back is an answer."""
        self._concurrency.note_answer(self._round, self._latency)

    def overloaded(self, *, silent: bool = False) -> None:
        """Lower the limit: the server turned the request away, or was ``silent`` until its time was over."""
        self._concurrency.note_overload(self._round, silent=silent)


class UnderWay:
    """The number of papers that have neither been answered nor lost yet."""

    def __init__(self) -> None:
        self.count = 0
        self._news = asyncio.Event()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one more until it ends."""
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
            self._news.set()
            self._news = asyncio.Event()

    async def ended(self) -> None:
        """Wait until any of them ends."""
        await self._news.wait()


class ConcurrencyMemory:
    """The number of requests at a time that a server took in earlier runs, by its address."""

    def __init__(self, answers: Answers, base_url: str) -> None:
        self._answers = answers
        self._key = f"server-concurrency:{hashlib.sha256(base_url.rstrip('/').encode()).hexdigest()}"

    def load(self, default: int) -> int:
        """Return the number to start with: the last one that all went well with, else ``default``."""
        kept = (self._answers.get(self._key) or {}).get("at_a_time")
        return max(default, kept) if isinstance(kept, int) else default

    def save(self, at_a_time: int) -> None:
        """Keep a number, unless it is the one that is kept."""
        row = {"at_a_time": at_a_time}
        if self._answers.get(self._key) != row:
            self._answers.put(self._key, row)
