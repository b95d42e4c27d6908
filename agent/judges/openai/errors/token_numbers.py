"""The numbers of tokens in a server's error: which is of its context, which of the prompt, which of an answer."""

from __future__ import annotations

import re

from agent.judges.openai.errors import words as server_words
from agent.records import Record

FEWEST_TOKENS = 256
"""A smaller number in an error is none of tokens."""


class Sent(Record):
    """What a request held: the estimated tokens of its prompt, and the longest answer that it asked for."""

    prompt: int = 0
    output: int = 0


NOTHING_SENT = Sent()


def first_number(patterns: list[re.Pattern[str]], said: str) -> int | None:
    """Return the number that the first pattern with one finds; None: none does."""
    for pattern in patterns:
        if found := pattern.search(said):
            digits = re.sub(r"\D", "", found[1])
            if 0 < len(digits) < 10:
                return int(digits)
    return None


def context_among(words: str, codes: set[int], sent: Sent) -> int | None:
    """Return the smallest number that is no code, nor the answer's limit, nor about the prompt's length; None: no
    number."""
    found = _numbers(server_words.EXCESS.sub(" ", words))
    numbers = [number for number in found if number not in codes and number != sent.output]
    others = [number for number in numbers if not 0.88 * sent.prompt < number < 1.12 * sent.prompt]
    return min(others or numbers, default=None)


def limit_among(words: str, sent: Sent) -> int | None:
    """Return the largest number below what was asked for, and one less than it where it is excluded; None: no such."""
    numbers = _numbers(words)
    below = max((number for number in numbers if number < sent.output), default=None)
    if below is None:
        excluded = sent.output in numbers and re.search(r"less than|lower than|below", words)
        return sent.output - 1 if excluded else None
    return below - 1 if f"{below} (exclusive)" in words else below


def total_among(words: str, sent: Sent) -> int | None:
    """Return a number too large for an answer and too small for prompt and answer; None: there is none."""
    numbers = [number for number in _numbers(words) if sent.output < number < sent.prompt + sent.output]
    return min(numbers, default=None)


def _numbers(words: str) -> list[int]:
    words = server_words.THOUSANDS.sub(r"\g<1>000", words)
    found = (int(re.sub(r"\D", "", digits)) for digits in re.findall(r"\d[\d,_]*", words) if len(digits) < 12)
    return [number for number in found if number >= FEWEST_TOKENS]
