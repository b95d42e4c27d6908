"""The schema that servers are given, and the request around it."""

from __future__ import annotations

import gc
import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from agent.core.judging import answer
from agent.core.judging.answer import ModelAnswer, content_key, json_schema, request_body
from agent.core.judging.reading.names import fold
from agent.core.judging.reading.values import GRADES

LEAVES, TIERS = ("1.1", "2.1"), ("first", "second")
SCHEMA = json_schema(LEAVES, TIERS)
MESSAGES = [{"role": "system", "content": "static"}, {"role": "user", "content": "paper"}]


def forms(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield form
    for inner in [*form.get("properties", {}).values(), *([form["items"]] if "items" in form else [])]:
        yield from forms(inner)


def test_only_keywords_that_strict_mode_accepts_are_used() -> None:
    for form in forms(SCHEMA):
        assert set(form) <= answer.SCHEMA_KEYWORDS


def test_every_object_requires_all_its_properties_and_no_others() -> None:
    for form in forms(SCHEMA):
        if form["type"] == "object":
            assert form["required"] == list(form["properties"])
            assert form["additionalProperties"] is False


def test_the_fields_come_in_the_order_in_which_the_model_should_think() -> None:
    order = ["operation", "tier", "relevance", "fit", "leaves", "secondary", "evidence", "reason"]
    assert list(json_schema(LEAVES, TIERS, fit=True)["properties"]) == order == list(ModelAnswer.model_fields)
    assert list(SCHEMA["properties"]) == [name for name in order if name != "fit"]


@pytest.mark.parametrize(
    "given",
    [
        87, 87.0, "87", " 87/100 ", "87 %", {"value": 87}, 0.87, "0.87", "8.7/10", "87 out of 100", "**87**", "`87`",
        "~87", [87], ["87"], "\uff18\uff17", 86.6,
    ],
)  # fmt: skip
def test_a_fit_is_read_in_the_spellings_of_models(given: Any) -> None:
    assert ModelAnswer(relevance="core", leaves=["1.1"], fit=given).fit == 87


@pytest.mark.parametrize("name", ["Fit", "fit_score", "fitScore", "fit (0-100)", "fit_value"])
def test_a_fit_is_found_under_the_names_that_models_give_it(name: str) -> None:
    assert ModelAnswer.model_validate({"relevance": "core", "leaves": ["1.1"], name: 87}).fit == 87


@pytest.mark.parametrize(
    "given",
    [
        None, True, "high", 101, -1, "-5", "8 or 9", "75-80", ">90", "12/10", 100.6, float("nan"), 10**30, [87, 90],
        [[87]], {}, "",
    ],
)  # fmt: skip
def test_what_is_no_fit_is_none_and_no_fault_of_the_answer(given: Any) -> None:
    assert ModelAnswer(relevance="core", leaves=["1.1"], fit=given).fit is None


def test_leaves_tiers_and_grades_are_closed() -> None:
    properties = SCHEMA["properties"]
    assert properties["leaves"] == {"type": "array", "items": {"type": "string", "enum": ["1.1", "2.1", "NO_LEAF"]}}
    assert properties["secondary"]["items"]["enum"] == ["1.1", "2.1"]
    assert properties["tier"]["enum"] == ["first", "second"]
    assert properties["relevance"]["enum"] == list(GRADES)


def test_the_schema_is_within_the_limits_of_strict_mode() -> None:
    big = json_schema([f"{n}.{m}" for n in range(30) for m in range(15)], TIERS)
    enums = [form["enum"] for form in forms(big) if "enum" in form]
    assert sum(map(len, enums)) <= 1000
    assert all(len("".join(enum)) <= 15_000 for enum in enums if len(enum) > 250)


def test_a_request_names_model_messages_and_the_strict_schema() -> None:
    body = request_body("m", MESSAGES, SCHEMA, reasoning_effort="low", max_completion_tokens=7)
    assert body == {
        "model": "m",
        "messages": MESSAGES,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA},
        },
        "max_completion_tokens": 7,
        "reasoning_effort": "low",
    }


def test_without_schemas_the_form_stands_at_the_end_of_the_first_message() -> None:
    body = request_body("m", MESSAGES, SCHEMA, mode="json_object")
    assert body["response_format"] == {"type": "json_object"}
    assert "reasoning_effort" not in body
    first, last = body["messages"]
    assert first["content"].startswith("static\n")
    assert json.loads(first["content"].splitlines()[-1]) == SCHEMA
    assert last == MESSAGES[1]
    assert MESSAGES[0]["content"] == "static", "the caller's messages stay as they were"


def test_half_a_character_in_a_paper_can_still_be_sent() -> None:
    body = request_body("m", [{"role": "user", "content": "a\ud83d\0"}], SCHEMA)
    assert body["messages"][0]["content"].encode() == b"a?"


@pytest.mark.parametrize(
    "other",
    [
        ("n", MESSAGES, SCHEMA, "low"),
        ("m", [*MESSAGES, MESSAGES[0]], SCHEMA, "low"),
        ("m", MESSAGES, json_schema(LEAVES[:1], TIERS), "low"),
        ("m", MESSAGES, SCHEMA, "high"),
    ],
)
def test_the_key_of_an_answer_changes_with_anything_that_is_asked(other: tuple[Any, ...]) -> None:
    key = content_key("m", MESSAGES, SCHEMA, "low")
    assert key == content_key("m", [dict(m) for m in MESSAGES], json_schema(LEAVES, TIERS), "low")
    assert key != content_key(*other)


@pytest.mark.parametrize("messages", [MESSAGES, MESSAGES[:1], [*MESSAGES, {"role": "user", "content": 'é "\n'}]])
def test_the_key_of_an_answer_is_the_hash_of_the_question_as_json(messages: list[dict[str, str]]) -> None:
    question = json.dumps(["m", messages, SCHEMA, "low"], sort_keys=True)
    for _ in range(2):
        assert content_key("m", messages, SCHEMA, "low") == hashlib.sha256(question.encode()).hexdigest()


def test_a_long_text_in_the_place_of_a_name_is_compared_and_not_kept() -> None:
    text = " ".join(["Leaf", *map(str, range(900))])
    before = sys.getrefcount(text)
    assert fold(text).startswith("leaf_0_1_2_")
    with pytest.raises(ValidationError):
        ModelAnswer.model_validate({text: "core"})
    gc.collect()
    assert sys.getrefcount(text) == before
