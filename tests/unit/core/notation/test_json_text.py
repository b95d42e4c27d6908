"""JSON objects in hostile text: found, and without reading the text again and again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from agent.core.notation import objects, thinking
from agent.core.notation.json_text import final_answer, find_answer, first_answer
from agent.core.notation.objects import find_objects, read_list

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
    monkeypatch.setattr(objects, "DECODER", decoder)
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

    monkeypatch.setattr(thinking, "_ENDS", {kind: Counted(pattern) for kind, pattern in thinking._ENDS.items()})
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
    monkeypatch.setattr(objects, "DECODER", decoder)
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


OUT, CORE = '{"relevance": "out", "leaves": []}', '{"relevance": "core", "leaves": ["4.10"]}'


@pytest.mark.parametrize(
    ("rest", "whole"),
    [
        ("", True), ("\n```\n", True), (f"\n{OUT}\n{OUT[:20]}", True), (f"\n```\n```json\n{OUT[:9]}", True),
        (f"<|eot_id|>{OUT}<|eot_id|>", True), ('\n\nWait, corrected:\n{"relevance": "core", "tier":', False),
        (f"\n{CORE[:30]}", False), ("\n\nWait, it does train", False),
        (' Or {"relevance": "core", "leaves": ["1.1"]', False),
    ],
)  # fmt: skip
def test_a_cut_text_is_whole_only_if_nothing_but_its_first_answer_follows_again(rest: str, whole: bool) -> None:
    found = first_answer(OUT + rest, "relevance") or final_answer(OUT + rest, "relevance")
    assert (found == json.loads(OUT)) if whole else (found is None)


@pytest.mark.parametrize(
    "text",
    [
        f"<answer>{OUT}</answer> no wait <output>{CORE}</output>",
        f"<output>{OUT}</output> no wait <answer>{CORE}</answer>",
        f"<answer>{OUT}</answer>\nOn reflection: {CORE}",
        f'<answer>{CORE}</answer> I had considered {{"relevance": "out"}}',
    ],
)
def test_of_answers_in_tags_the_last_whole_one_counts(text: str) -> None:
    assert find_answer(text, "relevance") == json.loads(CORE)


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```"])
@pytest.mark.parametrize(
    "quote", ["in <|begin_of_thought|> and <|end_of_thought|> tokens", "a <think>x</think> block", r"<think>$\\alpha$"]
)
def test_marks_of_thinking_in_a_quote_are_words_of_it(around: str, quote: str) -> None:
    text = around.replace("{}", json.dumps({"relevance": "core", "evidence": [quote]}))
    for read in (find_answer, final_answer):
        assert read(text, "relevance") == {"relevance": "core", "evidence": [quote]}


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[4.10,]", ["4.10"]), ("['4.10', 'a']", ["4.10", "a"]), ("[4.10, 5]", ["4.10", 5]),
        ("[{'id': 4.10}]", [{"id": "4.10"}]),
        ("[4.2.1]", ["4.2.1"]), ("[1.selection, in scope]", ["1.selection", "in scope"]),
        ("[1] and [2]", None), ('["a" b "c"]', None), ("[4.2.1", None),
    ],
)  # fmt: skip
def test_a_number_in_a_list_keeps_its_zeros(text: str, items: list[Any] | None) -> None:
    assert read_list(text) == items


def test_a_number_in_what_is_nearly_an_object_keeps_its_zeros() -> None:
    assert find_answer("{relevance: 'core', leaves: [4.10, -0.50,]}", "relevance") == {
        "relevance": "core",
        "leaves": ["4.10", "-0.50"],
    }


@pytest.mark.parametrize(
    "between",
    [
        "<|im_end|>\n<|im_start|>user\nTITLE: Tea\n<|im_end|>\n<|im_start|>assistant\n",
        "\n\nHuman: And tea?\n\nAssistant: ",
        "\n```\n\n### Input:\nTea\n\n### Response:\n```json\n",
        "<end_of_turn>\n<start_of_turn>user\nTea<end_of_turn>\n",
        "</s>[INST] Tea [/INST] ", "\n\nTITLE: Tea\nABSTRACT: Tea.\n\n",
    ],
)  # fmt: skip
def test_questions_that_a_model_asks_and_answers_itself_are_left_out(between: str) -> None:
    other = CORE.replace("4.10", "4.11")
    for answer in (OUT, CORE, f'<think>"{CORE}"? No.</think>{OUT}'):
        own = json.loads(answer.rpartition(">")[2])
        for read in (find_answer, final_answer):
            assert read(f"{answer}{between}{other}", "relevance") == own
            assert read(f"{answer}{between}{other[:20]}", "relevance") == own


def test_answers_with_other_leaves_are_not_sure_unless_the_last_corrects_the_first() -> None:
    other = CORE.replace("4.10", "4.11")
    assert find_answer(f"{CORE}\n{other}", "relevance") is None
    assert find_answer(f"{CORE}\nNo, rather:\n{other}", "relevance") == json.loads(other)


def test_fields_in_pairs_are_read() -> None:
    assert find_answer('[["relevance", "core"], ["leaves", ["4.10"]]]', "relevance") == json.loads(CORE)
    assert find_answer('[["relevance", "core"], ["relevance", "out"]]', "relevance") is None
