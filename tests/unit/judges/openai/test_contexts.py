"""The contexts of models that their makers serve."""

from __future__ import annotations

import pytest

from agent.judges.openai.contexts import known_context


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-4o-mini", 128_000),
        ("openai/gpt-4.1-2025-04-14", 1_000_000),
        ("models/gemini-2.5-flash", 1_000_000),
        ("llama3.2:3b", None),
        ("", None),
    ],
)
def test_a_context_is_found_by_the_beginning_of_the_name(model: str, tokens: int | None) -> None:
    assert known_context(model) == tokens
