"""The wait before a model server is asked again: as it says in headers or in words, or as its kind usually needs."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from agent.core.http import read_date, seconds_to_wait
from agent.records import Record

DEADLINE_SHARE = 2.5
"""The time for one paper, in times of one request: an answer, a repair of it, and some waiting."""


class RetryPolicy(Record):
    """The times to wait, in seconds: for one request, between attempts, and for one paper in all.

    ``attempts`` counts requests that failed, ``timeouts`` those that got no answer in time: a slow server is waited
    for, not asked again and again. The time in which a paper waits for its turn counts nowhere.

    Without a Retry-After the wait doubles from ``first_wait`` to at most ``longest_backoff``, with jitter; a
    Retry-After is honoured up to ``longest_wait``.
    """

    attempts: int = 5
    timeouts: int = 2
    first_wait: float = 0.5
    longest_backoff: float = 30.0
    longest_wait: float = 120.0
    request_timeout: float = 120.0
    deadline: float = 300.0

    @classmethod
    def within(cls, timeout: float) -> RetryPolicy:
        """Return the policy with a server whose answers may take ``timeout`` seconds each."""
        return cls(request_timeout=timeout, deadline=DEADLINE_SHARE * timeout)

    def wait(self, attempt: int, asked: float | None) -> float:
        """Return the seconds to wait after the ``attempt``-th try (from 1); ``asked``: what the server asks for.

        Who asks for no time at all while turning requests away is not believed.
        """
        return min(asked, self.longest_wait) if asked else self.backoff(attempt)

    def backoff(self, attempt: int) -> float:
        """Return the seconds to wait when the server does not say: doubling, plus up to ``first_wait`` of jitter."""
        return min(self.first_wait * 2.0 ** (attempt - 1) + random.uniform(0, self.first_wait), self.longest_backoff)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds a server asks to wait; None: not said.

    OpenAI and Azure say it in retry-after-ms too; RFC 9110's Retry-After is in seconds or an HTTP date. Some gateways
    add a unit, or what another one behind them asked for.
    """
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (wait := seconds_to_wait(headers.get(name, ""), now)) is not None and wait < _EPOCH:
            return wait * unit
    others = (text for name, text in headers.items() if "retry-after" in name and not name.endswith("-ms"))
    waits = (_until(re.split("[,;]", text)[0].strip(), now) for text in (headers.get("retry-after", ""), *others))
    return next((wait for wait in waits if wait is not None), None)


_DURATION = (
    r"\d{1,3}:\d\d:\d\d\b"
    r"|(?!\d{4}-\d\d-)"
    r"(?:\d{1,9}(?!\d)(?:\.\d{1,20})? ?(?:milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|[smhd])? ?){1,8}"
)
_ASKS = re.compile(
    r"\b(?:try again|retry|retry-after|wait|retryDelay|estimated_time|retry_after(?:_seconds)?|available"
    r"|resets?(?=[ _](?:in|after)\b|_in_)|resets_in_seconds|reset_after(?:_seconds)?|quotaResetDelay|replenished)"
    r"[\"': ]{0,5}(?:(?:after|in|for|about|approximately|at least)[\"': ]{1,3}){0,3}(" + _DURATION + ")",
    re.IGNORECASE,
)
"""Every repetition has a bound: servers send what they like, and the words are looked for everywhere in it. A date, or
the seconds since 1970, is no duration."""
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|[smhd])?", re.IGNORECASE)
_UNITS = {"ms": 0.001, "mi": 60.0, "m": 60.0, "h": 3600.0, "ho": 3600.0, "d": 86400.0}
_MILLISECONDS = re.compile(r"retry[_-]?after[_-]?ms[\"': ]{0,5}(\d{1,12}(?:\.\d{1,9})?)", re.IGNORECASE)
_EPOCH, _EPOCH_MS = 1e9, 1e12
"""Numbers from which on a time is one since 1970, in seconds or milliseconds, and no duration."""


def wait_in_words(text: str) -> float | None:
    """Return the seconds that an error asks to wait ("Please try again in 1m7.2s", ``retryDelay``); None: not said."""
    said = " ".join(text[:20_000].split())
    if exact := _MILLISECONDS.search(said):
        return float(exact[1]) * 0.001
    if found := _ASKS.search(said):
        return duration(found[1])
    found = _AFTERWARDS.search(said)
    return int(found[1]) * _CHINESE_UNITS[found[2]] if found else None


_CHINESE_UNITS = {"秒": 1.0, "分钟": 60.0, "小时": 3600.0}
_AFTERWARDS = re.compile(r"(\d{1,5}) ?(秒|分钟|小时)[之以]?[后後]")


def wait_for_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds until a used-up limit is reset, as headers say it; None: not said.

    A name with ``remaining`` has a sibling with ``reset`` in its place: OpenAI's
    (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), Groq's, Cerebras', Anthropic's, and
    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/. Where nothing says which limit is used up,
    one of them is: the soonest reset counts.
    """
    limits = {name: text for name, text in headers.items() if "ratelimit" in name.replace("rate-limit", "ratelimit")}
    left = {name: text for name, text in limits.items() if "remaining" in name}
    names = [name.replace("remaining", "reset") for name, text in left.items() if _NOTHING.fullmatch(text.strip())]
    used_up = _USED_UP.search(headers.get("ratelimit", ""))
    told = bool(left or used_up)
    resets = [_until(headers.get(name, ""), now) for name in (names if told else limits) if "reset" in name]
    resets += [float(used_up[1] or used_up[2])] if used_up else []
    return (max if told else min)((reset for reset in resets if reset is not None), default=None)


_NOTHING = re.compile(r"0(?:\.0+)?|-\d+")
_USED_UP = re.compile(r"\br=0\b[^,]{0,40}?\bt=(\d{1,9})\b|\bremaining=0, ?reset=(\d{1,9})\b")
"""The draft's header ``RateLimit: "day";r=0;t=7200``, or as it was before: nothing remains, for so many seconds."""


def _until(text: str, now: datetime) -> float | None:
    """Return the seconds from ``now`` to a reset: a duration, a time since 1970 or an ISO date."""
    try:
        return max(0.0, (datetime.fromisoformat(text) - now).total_seconds())
    except (ValueError, TypeError):
        seconds = duration(text)
    if seconds is None and (date := read_date(text)) is not None:
        return max(0.0, (date - now).total_seconds())
    if seconds is None or seconds < _EPOCH:
        return seconds
    return max(0.0, (seconds / 1000 if seconds >= _EPOCH_MS else seconds) - now.timestamp())


_STANDARD = re.compile(r"\d{1,3}:\d\d:\d\d(?:\.\d{1,6})?|P(?:\d{1,3}D)?T[\dHMS.]{1,20}")
_TIMES = TypeAdapter(timedelta)
"""Reads ISO 8601's durations, and those of clocks."""


def duration(text: str) -> float | None:
    """Return the seconds of ``7.2s``, ``1m30s``, ``230ms``, ``20``, ``00:01:30`` or ``PT1M30S``; None for anything
    else."""
    if _STANDARD.fullmatch(text):
        try:
            return _TIMES.validate_python(text).total_seconds()
        except ValidationError:
            return None
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        return None
    return sum(float(number) * _UNITS.get(unit.lower(), _UNITS.get(unit.lower()[:2], 1.0)) for number, unit in parts)
