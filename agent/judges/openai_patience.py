"""How long to wait for a model server, and what its Retry-After means."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
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
    """Return the seconds a server asks to wait, from RFC 9110's Retry-After (seconds or HTTP date); None: not said."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
