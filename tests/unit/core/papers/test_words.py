"""The words of a text, in ASCII and beyond."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from agent.core.papers.words import find_words


def test_words_are_runs_of_letters_and_digits() -> None:
    assert find_words("GPT-4o: don't_stop (2024)") == ["GPT", "4o", "don", "t", "stop", "2024"]
    assert find_words("") == []


@given(st.text())
def test_the_fast_way_finds_what_the_pattern_finds(text: str) -> None:
    assert find_words(text) == re.findall(r"[^\W_]+", text)
    ascii_only = text.encode("ascii", "ignore").decode()
    assert find_words(ascii_only) == re.findall(r"[^\W_]+", ascii_only)
