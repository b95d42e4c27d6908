"""The tokens that a server reports, under the names of many vendors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agent.records import Record

MOST_TOKENS = 10_000_000
"""Of one call: a larger count is no count."""

_OTHER_NAMES = {
    "prompt_tokens": ("promptTokenCount", "prompt_eval_count", "promptTokens", "inputTokenCount"),
    "completion_tokens": (
        "output_tokens",
        "candidatesTokenCount",
        "eval_count",
        "outputTokens",
        "completionTokens",
        "outputTokenCount",
        "generated_tokens",
    ),
}

_OF_ANSWER = frozenset({"choices", "message", "delta", "output", "candidates", "content", "error"})
"""Names under which a body holds the answer, or what went wrong."""
_DEEPEST = 3


class Tokens(Record):
    """The tokens of one call; null is what was not said, or cannot be.

    ``given`` are those of the prompt as a whole, ``cached`` those of them that the server remembered, ``kept`` those
    that it put into its memory now, which some vendors bill at a price of their own.
    """

    given: int | None = None
    cached: int | None = None
    kept: int | None = None
    written: int | None = None


def read_usage(usage: object) -> Tokens:
    """Return the counts of a ``usage`` field.

    Under ``input_tokens`` Anthropic, and Bedrock under ``inputTokens``, count neither what was remembered nor what was
    put into memory: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching. Gateways that say
    ``prompt_tokens`` differ: there a prompt shorter than what was remembered of it, or put into memory, shows that this
    was left out.
    """
    details = (
        usage.get("prompt_tokens_details") or usage.get("input_tokens_details") if isinstance(usage, dict) else None
    )
    cached = _count(details, "cached_tokens")
    cached = cached if cached is not None else _count(usage, "prompt_cache_hit_tokens", "cachedContentTokenCount")
    read = _count(usage, "cache_read_input_tokens", "cacheReadInputTokens")
    kept = _count(usage, "cache_creation_input_tokens", "cacheWriteInputTokens")
    written = _count(usage, "completion_tokens", "output_tokens", "outputTokens")
    if (thoughts := _count(usage, "thoughtsTokenCount")) is not None:
        written = (written or 0) + thoughts  # Gemini counts them beside the answer, and bills both
    written = _with_thoughts(usage, written, cached=bool(cached or read or kept))
    beside = (read or 0) + (kept or 0)
    given, own = _count(usage, "prompt_tokens"), _count(usage, "input_tokens", "inputTokens")
    if given is None:
        given, cached = own + beside if own is not None else None, read if read is not None else cached
    else:
        remembered = read if cached is None else 0
        cached = read if cached is None else cached
        given += beside if max(remembered or 0, kept or 0) > given else 0
    return Tokens(given=given, cached=cached, kept=kept, written=written)


def _with_thoughts(usage: object, written: int | None, *, cached: bool) -> int | None:
    """Return what was written, with what was thought where that is counted beside it, as the total then shows.

    So xAI counts, https://docs.x.ai/docs/guides/reasoning, and Gemini under OpenAI's names. What was ``cached`` may be
    in the total, too.
    """
    given, total = _count(usage, "prompt_tokens"), _count(usage, "total_tokens")
    if not isinstance(usage, dict) or given is None or written is None or total is None:
        return written
    thought = _count(usage.get("completion_tokens_details"), "reasoning_tokens")
    beside = total - given - written
    return written + beside if beside > 0 and (beside == thought or not cached) else written


def usage_of(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the tokens that a body reports, under OpenAI's names; ``input_tokens`` as it is, since what it counts
    differs. None: it reports none."""
    for usage in _holders(value):
        found = {name: usage[other] for name, others in _OTHER_NAMES.items() for other in others if other in usage}
        if found or usage.keys() & {"prompt_tokens", "input_tokens", "inputTokens"}:
            return dict(usage) | found
    return None


def _holders(value: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the objects that may hold counts, the likeliest first: gateways add such of their own, as ``x_groq``."""
    usual = [value.get(name) for name in ("tokens", "usage", "usageMetadata")]
    others = [each for name, each in value.items() if name not in _OF_ANSWER]
    for holder in (*usual, value, *others):
        if holder is value:
            yield value
        elif isinstance(holder, dict) and depth < _DEEPEST:
            yield from _holders(holder, depth + 1)


def usage_of_stream(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the tokens that the rows of a stream report; some vendors report the prompt's first, the answer's last."""
    found: dict[str, Any] = {}
    for row in rows:
        for holder in (row, *(row.get(name) for name in ("message", "delta", "metadata", "response"))):
            if isinstance(holder, dict):
                found |= usage_of(holder) or {}
    return found or None


def _count(usage: object, *names: str) -> int | None:
    """Return the first count under these names; None for what is missing, no number, or below zero.

    Some servers write counts as text or with a decimal point.
    """
    for name in names:
        value = usage.get(name) if isinstance(usage, dict) else None
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS:
            return value
    return None
