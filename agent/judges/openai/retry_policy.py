"""How long to wait for a model server, what its Retry-After means, and what is still under way."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from agent.records import Record


class Patience(Record):
    """How long to wait, in seconds: for one request, between attempts, and for one paper in all.

    Without a Retry-After the wait doubles from ``first_wait`` to at most ``longest_backoff``, with jitter; a
    Retry-After is honoured up to ``longest_wait``.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_backoff: float = 30.0
    longest_wait: float = 120.0
    request_timeout: float = 60.0
    deadline: float = 300.0

    def wait(self, attempt: int, headers: Mapping[str, str] | None) -> float:
        """Return the seconds to wait after the ``attempt``-th try (from 1).

        ``headers`` came with the server's error; None: there was no answer at all.
        """
        asked = retry_after(headers, datetime.now(UTC)) if headers is not None else None
        return self.backoff(attempt) if asked is None else min(asked, self.longest_wait)

    def backoff(self, attempt: int) -> float:
        """Return the seconds to wait when the server does not say: doubling, plus up to ``first_wait`` of jitter."""
        return min(self.first_wait * 2.0 ** (attempt - 1) + random.uniform(0, self.first_wait), self.longest_backoff)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds a server asks to wait; None: not said.

    OpenAI and Azure say it in retry-after-ms too; RFC 9110's Retry-After is in seconds or an HTTP date.
    """
    for value, unit in ((headers.get("retry-after-ms", ""), 0.001), (headers.get("retry-after", ""), 1.0)):
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        return max(0.0, (parsedate_to_datetime(headers.get("retry-after", "")) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


class UnderWay:
    """How many questions the server has neither answered nor failed to answer yet."""

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
