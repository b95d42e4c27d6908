"""The number of requests in flight, on servers whose time is simulated."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable

import pytest

from agent.judges.openai.concurrency import Concurrency, ConcurrencyMemory, EventLoopTurns
from tests.support.judge_cases import Memory


class Simulated:
    """A server with ``slots`` that takes ``latency`` seconds an answer, and turns away what is above ``most`` at once.

    ``run`` returns the seconds that so many answers take; time is counted, not waited for.
    """

    def __init__(self, slots: int, latency: float = 2.0, most: int | None = None) -> None:
        self.slots, self.latency, self.most = slots, latency, most
        self.turned_away = 0
        self.peak = 0

    def run(self, limit: Concurrency, answers: int) -> float:
        now, queue, free = 0.0, [], [0.0] * self.slots
        left, under_way, order = answers, 0, 0
        while left or under_way:
            while left and under_way < limit.limit:
                under_way, left, order = under_way + 1, left - 1, order + 1
                self.peak = max(self.peak, under_way)
                if self.most is not None and under_way > self.most:
                    self.turned_away += 1
                    limit.note_overload(limit.round)
                    under_way, left = under_way - 1, left + 1
                    break
                begins = max(now, heapq.heappop(free))
                heapq.heappush(free, begins + self.latency)
                heapq.heappush(queue, (begins + self.latency, order, now, limit.round))
            now, _, began, sent_in = heapq.heappop(queue)
            under_way -= 1
            limit.note_answer(sent_in, now - began)
        return now


def test_a_server_that_does_one_at_a_time_is_not_flooded() -> None:
    server, limit = Simulated(slots=1), Concurrency(1, 64, longest=600)
    assert server.run(limit, 107) == 107 * 2
    assert server.peak <= 3


def test_a_server_that_needs_minutes_for_an_answer_is_never_sent_what_it_could_not_answer_in_time() -> None:
    server, limit = Simulated(slots=1, latency=250), Concurrency(1, 64, longest=600)
    server.run(limit, 40)
    assert server.peak * 250 <= 600


@pytest.mark.parametrize("slots", [4, 8, 32])
def test_all_slots_of_a_server_are_found_and_used(slots: int) -> None:
    server, limit = Simulated(slots), Concurrency(1, 64, longest=600)
    assert server.run(limit, 1000) <= 1.2 * -(-1000 // slots) * 2


def test_the_ceiling_is_never_passed() -> None:
    server = Simulated(slots=32)
    server.run(Concurrency(2, 5, longest=600), 200)
    assert server.peak == 5


def test_a_later_run_begins_with_what_went_well_and_takes_less_time() -> None:
    first, memory = Concurrency(1, 32, longest=600), ConcurrencyMemory(Memory(), "http://localhost/v1")
    took = Simulated(slots=32).run(first, 200)
    memory.save(first.proven)
    assert memory.load(1) == 32
    assert Simulated(slots=32).run(Concurrency(memory.load(1), 32, longest=600), 200) == 200 // 32 * 2 + 2 < took


def test_a_run_too_short_to_find_anything_out_changes_nothing_that_is_remembered() -> None:
    limit = Concurrency(32, 64, longest=600)
    Simulated(slots=32).run(limit, 3)
    assert limit.proven == 32


def test_a_later_run_begins_below_what_was_turned_away() -> None:
    limit = Concurrency(32, 64, longest=600)
    Simulated(slots=8, most=8).run(limit, 200)
    assert limit.proven <= 8


@pytest.mark.parametrize("kept", [{}, {"at_a_time": "many"}, {"at_a_time": 0}])
def test_a_number_that_says_nothing_is_no_start(kept: dict[str, object]) -> None:
    answers = Memory()
    memory = ConcurrencyMemory(answers, "http://localhost/v1/")
    memory.save(5)
    for key in answers:
        answers.put(key, kept)
    assert ConcurrencyMemory(answers, "http://localhost/v1").load(2) == 2


def test_a_server_that_turns_away_what_is_above_eight_is_used_below() -> None:
    server, limit = Simulated(slots=8, most=8), Concurrency(1, 64, longest=600)
    assert server.run(limit, 400) <= 1.25 * 400 / 8 * 2
    assert server.turned_away <= 10


def test_an_overload_halves_the_limit_once_for_all_that_was_under_way() -> None:
    async def run() -> list[int]:
        limit = Concurrency(16, 16, longest=60)
        requests = [limit.request() for _ in range(5)]
        seen = []
        for request in requests:
            request.overloaded()
            seen.append(limit.limit)
        limit.request().overloaded()
        return [*seen, limit.limit]

    assert asyncio.run(run()) == [8, 8, 8, 8, 8, 4]


async def test_what_is_asked_again_comes_before_what_is_new_and_who_is_cancelled_takes_no_slot() -> None:
    limit, order = Concurrency(1, 1, longest=60), list[str]()

    async def ask(name: str) -> None:
        async with limit.slot():
            order.append(name)

    async with limit.slot() as slot:
        tasks = [asyncio.create_task(ask(name)) for name in ("dropped", "new")]
        await asyncio.sleep(0)
        slot.step_aside()
        tasks[0].cancel()
        await asyncio.sleep(0)
        assert (order, limit.in_use) == ([], 0), "what is new waits until who stepped aside is back"
        await slot.take()
        order.append("again")
        slot.step_aside()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["again", "new"]
    assert limit.in_use == 0


async def test_a_pause_that_the_server_asks_for_holds_for_all() -> None:
    limit = Concurrency(2, 2, longest=60)
    clock: Callable[[], float] = asyncio.get_running_loop().time
    limit.pause(0.05)
    began = clock()
    async with limit.slot():
        assert clock() - began >= 0.04


async def test_of_answers_that_come_together_the_first_leads_to_a_request_before_the_last_is_read() -> None:
    turns, order = EventLoopTurns(), list[str]()

    async def go_on(name: str) -> None:
        await turns.take()
        order.append(f"read {name}")
        for _ in range(2):  # what a client waits for while it sends
            await asyncio.sleep(0)
        order.append(f"sent {name}")

    await asyncio.gather(*(go_on(name) for name in "abcdefgh"))
    assert order.index("sent a") < order.index("read c")
    assert [each for each in order if each.startswith("read")] == [f"read {name}" for name in "abcdefgh"]


async def test_who_is_cancelled_while_waiting_for_a_turn_keeps_it_from_nobody() -> None:
    turns, order = EventLoopTurns(), list[str]()

    async def go_on(name: str) -> None:
        await turns.take()
        order.append(name)

    tasks = [asyncio.create_task(go_on(name)) for name in "abc"]
    await asyncio.sleep(0)
    for task in tasks[:2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["c"]


async def test_the_latency_of_an_answer_ends_when_it_is_there_not_when_it_is_read() -> None:
    class Noted(Concurrency):
        latency = -1.0

        def note_answer(self, round_number: int, seconds: float) -> None:
            self.latency = seconds

    limit = Noted(1, 1, longest=60)
    request = limit.request()
    request.ended()
    before = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - before < 0.02:
        await asyncio.sleep(0)
    request.answered()
    assert 0 <= limit.latency < 0.02
