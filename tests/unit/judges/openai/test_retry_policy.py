"""The waits that servers ask for, in words and in headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.judges.openai.retry_policy import duration, retry_after, wait_for_reset, wait_in_words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 7.2s.", 7.2),
        ("Please try again in 1m30s", 90.0),
        ("Please try again in 230ms", 0.23),
        ("retry after 20 seconds", 20.0),
        ('{"retryDelay": "34s"}', 34.0),
        ('{"error": "loading", "estimated_time": 20.5}', 20.5),
        ("Please wait 2 minutes", 120.0),
        ("try again later", None),
        ('{"retry_after_ms": 1500}', 1.5),
        ('{"retryAfter": 20}', 20.0),
        ("Limit 6000, Used 5900", None),
        ("try again after\n  at least:  20 s", 20.0),
        ("The service is unavailable 503", None),
        ("The model will be available in 20 s", 20.0),
        ("Your quota will reset after 18h31m10s.", 66670.0),
        ('{"type": "usage_limit_reached", "resets_in_seconds": 13000}', 13000.0),
        ("Quota will be replenished in 12:34:56.", 45296.0),
        ("请30秒后重试", 30.0),
        ("upstream reset reason: 5", None),
        ("Please try again after 2026-11-27T00:00:00Z", None),
        ('{"retry_after": 1763020400}', None),
    ],
)
def test_the_wait_is_read_from_the_words(text: str, seconds: float | None) -> None:
    assert wait_in_words(text) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3h"}, 10800),
        ({"retry-after": "10ms"}, 0.01),
        ({"retry-after": "7;w=60"}, 7),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30),
        ({"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "33011.38"}, 33011.38),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1767225610"}, 10),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767225610000"}, 10),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:10Z",
            },
            10,
        ),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1767225610"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"x-ratelimit-reset": "7200"}, 7200),
        ({"x-ratelimit-reset-after": "0.5"}, 0.5),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 1),
        ({"ratelimit": '"minute";r=5;t=20, "day";r=0;t=7200'}, 7200),
        ({"ratelimit": '"minute";r=5;t=20'}, None),
        ({"retry-after": "2026-01-01T00:00:10Z"}, 10),
        ({"retry-after": "1767225610"}, 10),
        ({"x-ms-retry-after-ms": "15"}, 0.015),
        ({"retry-after": "00:01:30"}, 90),
        ({"retry-after": "PT1M30S"}, 90),
        ({"retry-after": "5 minutes"}, 300),
        ({"x-rate-limit-retry-after-seconds": "30"}, 30),
        ({"ratelimit": "limit=100, remaining=0, reset=30"}, 30),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "30"}, 30),
        ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "Thu, 01 Jan 2026 00:00:10 GMT"}, 10),
    ],
)
def test_the_wait_is_read_from_headers_of_many_forms(headers: dict[str, str], seconds: float | None) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    asked = retry_after(headers, now)
    assert (wait_for_reset(headers, now) if asked is None else asked) == seconds


@given(st.text())
def test_no_duration_breaks_the_reader(text: str) -> None:
    seconds = duration(text)
    assert seconds is None or seconds >= 0
