"""JSON objects in hostile text: found, and without reading the text again and again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from agent.core import json_text
from agent.core.json_text import find_answer, find_objects

HALVES = {
    "nested": '{"a":' * 900 + "x",
    "nested in lists": '{"a":[' * 450 + "x",
    "with a value before": '{"b":1,"a":' * 450 + "x",
    "in one another's texts": '{"a":"{"a":"',
    "escaped": '{"\\"a\\":',
}
ANSWER = '{"grade": 3, "leaf": "1.2"}'


class CountingDecoder(json.JSONDecoder):
    """Counts the characters that it was made to read."""

    read = 0

    def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
        try:
            found, end = super().raw_decode(s, idx)
        except json.JSONDecodeError as error:
            self.read += error.pos - idx
            raise
        self.read += end - idx
        return found, end


@pytest.mark.parametrize("name", HALVES)
def test_half_objects_are_not_read_again_and_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = CountingDecoder(strict=False, parse_float=str)
    monkeypatch.setattr(json_text, "_DECODER", decoder)
    text = HALVES[name] * (100_000 // len(HALVES[name]))
    found = list(find_objects(text + ANSWER))
    assert decoder.read <= 12 * len(text)
    assert {"grade": 3, "leaf": "1.2"} in found


@pytest.mark.parametrize("begins", ["<think>", "<Reasoning>", "[THINK]", "<|channel|>analysis"])
def test_thinking_that_never_ends_is_looked_through_once(begins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []

    class Counted:
        def __init__(self, pattern: re.Pattern[str]) -> None:
            self.pattern = pattern

        def search(self, text: str, start: int) -> re.Match[str] | None:
            searched.append(len(text) - start)
            return self.pattern.search(text, start)

    monkeypatch.setattr(json_text, "_ENDS", {kind: Counted(pattern) for kind, pattern in json_text._ENDS.items()})
    text = begins * (100_000 // len(begins)) + ANSWER
    assert find_answer(text, "grade") == {"grade": 3, "leaf": "1.2"}
    assert sum(searched) <= 2 * len(text)


def test_blocks_of_thinking_are_left_out_of_one_another() -> None:
    text = '<think> {"grade": 1} <reasoning> </think> {"grade": 2} <THINK>{"grade": 0}</think> x </reasoning>'
    assert find_answer(text.removesuffix(" x </reasoning>"), "grade") == {"grade": 2}
    assert find_answer('<|channel|>analysis {"grade": 1}<|channel|>final {"grade": 3}', "grade") == {"grade": 3}


def test_an_object_in_a_half_one_is_found() -> None:
    assert find_answer('{"result": {"grade": 3}, and then', "grade") == {"grade": 3}


def test_nothing_is_looked_for_in_what_is_nested_beyond_all_use(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = CountingDecoder(strict=False, parse_float=str)
    monkeypatch.setattr(json_text, "_DECODER", decoder)
    assert list(find_objects('{"a":' * 200_000 + ANSWER)) == []
    assert decoder.read == 0


def test_a_number_of_thousands_of_digits_is_read_as_its_text() -> None:
    digits = "9" * 5000
    assert find_answer(f'{{"relevance": "core", "n": {digits}}}', "relevance") == {"relevance": "core", "n": digits}
    assert find_answer(f'"{{\\"relevance\\": {digits}}}"', "relevance") == {"relevance": digits}


@pytest.mark.parametrize("value", ["[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300])
def test_an_object_that_is_nested_beyond_all_use_is_not_found(value: str) -> None:
    assert find_answer(f'{{"relevance": "core", "reason": {value}}}', "relevance") is None


def test_a_quoted_word_before_the_object_does_not_hide_it() -> None:
    assert find_answer('"well" {"relevance": "core"}', "relevance") == {"relevance": "core"}
