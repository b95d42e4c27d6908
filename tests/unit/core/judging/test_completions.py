"""Batch lines out and in: joined by id, never by order; a broken line costs its own paper only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging.completions import RawAnswer, Unanswered, read_completion, read_lines, request_line
from agent.core.judging.protocol.bodies import decode
from agent.core.notation import json_text


def completion(content: object = "{}", **changes: Any) -> dict[str, Any]:
    body = {
        "model": "m",
        "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}},
    }
    return body | changes


def line(custom_id: str, body: object = None, status: int = 200, error: object = None) -> str:
    response = {"status_code": status, "request_id": "r", "body": completion() if body is None else body}
    return json.dumps({"id": "batch_1", "custom_id": custom_id, "response": response, "error": error})


def only(text: str) -> RawAnswer | Unanswered:
    (answer,) = read_lines([text]).values()
    return answer


def test_a_request_line_has_the_four_fields_of_the_batch_format() -> None:
    assert request_line("2511.1", {"model": "m"}) == {
        "custom_id": "2511.1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m"},
    }


def test_an_answer_is_read_with_its_model_and_tokens() -> None:
    assert only(line("a")) == RawAnswer(
        model="m", content="{}", finish_reason="stop", input_tokens=10, cached_input_tokens=8, output_tokens=4
    )


def test_answers_are_joined_by_id_in_any_order() -> None:
    lines = [line(key, completion(content=key)) for key in ("c", "a", "b")]
    found = read_lines(lines)
    assert {key: answer.content for key, answer in found.items() if isinstance(answer, RawAnswer)} == {
        "a": "a",
        "b": "b",
        "c": "c",
    }


@pytest.mark.parametrize("broken", ["", "\n", "not json", '{"custom_id": 3}', "[]", "null", line("a")[:-9], "[" * 9999])
def test_a_line_that_belongs_to_no_one_is_left_out(broken: str) -> None:
    assert list(read_lines([broken, line("b")])) == ["b"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line("a", status=500), "status 500"),
        (line("a", body={"error": {"message": "too long"}}, status=400), "status 400: too long"),
        (line("a", error={"code": "batch_expired", "message": "expired"}), "is an error: expired"),
        (line("a", body={"choices": []}), "not a chat completion"),
        (line("a", body={"error": {"message": "overloaded"}}), "error: overloaded"),
        (line("a", body="text"), "not a chat completion"),
        ('{"custom_id": "a"}', "no response"),
        ('{"custom_id": "a", "response": null, "error": null}', "no response"),
    ],
)
def test_a_line_without_an_answer_says_why(text: str, reason: str) -> None:
    answer = only(text)
    assert isinstance(answer, Unanswered)
    assert reason in answer.reason


def test_a_byte_order_mark_costs_no_line() -> None:
    assert list(read_lines(["\ufeff" + line("a"), line("b")])) == ["a", "b"]


def test_of_two_lines_with_one_id_the_first_answer_counts() -> None:
    lines = [line("a", status=500), line("a", completion("one")), line("a", completion("two")), line("a", status=500)]
    answer = read_lines(lines)["a"]
    assert isinstance(answer, RawAnswer)
    assert answer.content == "one"


@pytest.mark.parametrize(
    ("choice", "stopped"),
    [
        ({"message": {"content": None, "refusal": "no"}}, "the model refused: no"),
        (
            {"message": {"content": "{"}, "finish_reason": "length"},
            "the answer was cut at the length limit after 0 tokens; raise [judge] max_output_tokens, or the server's "
            "context where that ends first",
        ),
        ({"message": {}, "finish_reason": "content_filter"}, "the answer was stopped by the content filter"),
        ({"message": {"content": " "}, "finish_reason": "stop"}, "the answer is empty"),
        ({"message": {"content": [{"type": "thinking", "text": "{}"}]}}, "the answer is empty"),
        ({"message": {"content": [{"type": "thinking"}, {"type": "text", "text": "{}"}]}}, None),
        (
            {"message": {"content": None, "tool_calls": [{"id": "1"}]}, "finish_reason": "tool_calls"},
            "the answer is empty",
        ),
        ({"message": {"content": "{}"}}, None),
    ],
)
def test_why_an_answer_cannot_be_read(choice: dict[str, Any], stopped: str | None) -> None:
    answer = read_completion({"choices": [choice]})
    assert isinstance(answer, RawAnswer)
    assert answer.stopped == stopped


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens_details": None}, 3, "many"])
def test_usage_that_is_missing_in_part_counts_as_zero(usage: object) -> None:
    answer = read_completion(completion(usage=usage))
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.cached_input_tokens, answer.output_tokens) == (0, 0, 0)
    assert not answer.reported


def test_an_answer_without_choices_was_paid_for_all_the_same() -> None:
    answer = read_completion(completion() | {"choices": []})
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.output_tokens, answer.stopped) == (10, 4, "the answer is empty")


def test_half_a_character_in_an_answer_can_still_be_stored() -> None:
    answer = only(line("a", completion("x\ud83d", model="m\ud83d")))
    assert isinstance(answer, RawAnswer)
    assert (answer.content, answer.model) == ("x?", "m?")
    assert answer.model_dump_json()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["choices", "message", "usage", "x"]), inner),
)


@given(JSON)
def test_no_body_breaks_the_reader(body: object) -> None:
    assert isinstance(read_completion(body), RawAnswer | Unanswered)


@given(st.lists(st.text()))
def test_no_file_breaks_the_reader(lines: list[str]) -> None:
    read_lines(lines)


def test_a_draft_in_the_thinking_is_no_answer_and_a_whole_answer_at_its_end_is() -> None:
    whole = '{"operation": "-", "tier": "-", "relevance": "core", "leaves": ["1.1"], "evidence": []}'
    for thought, reason, stopped in (
        ('Perhaps {"relevance": "core", "leaves": ["1.1"]}? Or', "stop", True),
        ('Perhaps {"relevance": "core", "leaves": ["1.1"]}', "stop", True),
        (f"Perhaps {whole}? Or", "stop", True),
        (f"So: {whole}", "stop", False),
        (f"So: {whole}", "length", True),
        (f"So: {whole}", "MAX_TOKENS", True),
    ):
        message = {"content": "", "reasoning_content": thought}
        answer = read_completion({"choices": [{"message": message, "finish_reason": reason}]})
        assert isinstance(answer, RawAnswer)
        assert (answer.stopped is not None) is stopped, thought


ANSWER = {"operation": "-", "tier": "-", "relevance": "core", "leaves": ["1.1"], "evidence": []}
SAID = json.dumps(ANSWER)
ASKED = {"messages": [{"role": "user", "content": SAID}]}


@pytest.mark.parametrize(
    "body",
    [
        ANSWER,
        {"result": {"response": SAID}, "success": True, "errors": []},
        {"result": {"response": ANSWER}, "success": True},
        {"object": "chat.completion", "result": SAID},
        {"output": {"text": SAID, "finish_reason": "stop"}},
        {"output": {"message": {"content": [{"text": SAID}]}}, "stopReason": "end_turn"},
        {"output": [{"choices": [{"tokens": [SAID]}]}]},
        {"Response": {"Choices": [{"Message": {"Content": SAID}}]}},
        {"results": [{"generated_text": SAID}]},
        {"predictions": [SAID]},
        {"output": [SAID[:20], SAID[20:]], "status": "succeeded", "error": None},
        {"choices": [{"message": {"content": None}, "tool_calls": [{"function": {"arguments": SAID}}]}]},
        {"text_output": f"```json\n{SAID}\n```"},
        {"request": ASKED, "reply": SAID},
        {"choices": [{"messages": SAID}]},
        {"choices": [{"role": "assistant", "content": SAID}]},
        {"choices": {"0": {"message": {"content": SAID}}}},
        {"choices": [SAID]},
        {"statusCode": 200, "body": json.dumps(completion(SAID))},
        {"code": 0, "data": {"result": completion(SAID)}},
        completion(SAID, error={"message": None, "code": None}),
        completion(SAID, error={"message": "success", "code": 0}),
        completion([{"type": "text", "text": {"value": SAID}}]),
        completion([{"type": "output_json", "json": ANSWER}]),
        completion({"type": "message", "content": [{"type": "output_text", "text": SAID}]}),
    ],
)
def test_an_answer_is_found_in_a_body_of_any_shape(body: object) -> None:
    answer = read_completion(decode(json.dumps(body)))
    assert isinstance(answer, RawAnswer), answer
    assert json.loads(answer.content.strip("`json\n")) == ANSWER
    assert answer.stopped is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "login fail"),
        ({"Response": {"Error": {"Code": "AuthFailure", "Message": "no such id"}}}, "no such id"),
        ({"error_code": 17, "error_msg": "daily limit reached"}, "daily limit reached"),
        ({"fault": {"faultstring": "Invalid ApiKey"}}, "Invalid ApiKey"),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, "SAFETY"),
        ({"detail": "no", "request": ASKED}, "no"),
        ({"error": {"message": "down"}, "reply": SAID}, "down"),
        ({"id": "1", "status": "IN_QUEUE"}, "not a chat completion"),
        ({"id": "1", **ASKED}, "not a chat completion"),
        ({"reply": {"relevance": {"type": "string"}, "leaves": {}, "evidence": {}, "reason": {}}}, "not a chat"),
    ],
)
def test_an_error_in_any_shape_and_a_question_that_comes_back_are_no_answer(body: object, reason: str) -> None:
    found = read_completion(body)
    assert isinstance(found, Unanswered)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("finish", "stopped"),
    [
        ("content_filter: PROHIBITED_CONTENT", "content filter"),
        ("token_limit", "length limit"),
        ("MAX_TOKENS_REACHED", "length limit"),
        ("end_turn", None),
        ("eos_token", None),
    ],
)
def test_an_ending_is_known_by_parts_of_its_words(finish: str, stopped: str | None) -> None:
    body = completion('{"relevance"', choices=[{"finish_reason": finish, "message": {"content": '{"relevance"'}}])
    answer = read_completion(body)
    assert isinstance(answer, RawAnswer)
    assert (answer.stopped is None) if stopped is None else (stopped in (answer.stopped or ""))


def test_of_several_choices_the_one_that_says_it_is_the_first_counts() -> None:
    other = SAID.replace("core", "out")
    assert other != SAID
    choices = [{"index": index, "message": {"content": text}} for index, text in ((1, other), (0, SAID), (2, other))]
    answer = read_completion(completion(choices=choices))
    assert isinstance(answer, RawAnswer)
    assert answer.content == SAID


def test_a_refusal_beside_a_whole_answer_is_none() -> None:
    choice = {"finish_reason": "stop", "message": {"content": SAID, "refusal": "null"}}
    answer = read_completion(completion(choices=[choice]))
    assert isinstance(answer, RawAnswer)
    assert answer.stopped is None


@pytest.mark.parametrize(
    ("counted", "given", "cached"),
    [
        ({"prompt_tokens": 300, "cache_read_input_tokens": 8760}, 9060, 8760),
        ({"prompt_tokens": 9060, "cache_read_input_tokens": 8760}, 9060, 8760),
        ({"prompt_tokens": 9060, "prompt_tokens_details": {"cached_tokens": 8760}, "input_tokens": 300}, 9060, 8760),
        ({"input_tokens": 11000, "cache_read_input_tokens": 9000}, 20000, 9000),
        ({"input_tokens": 0, "cache_read_input_tokens": 9000}, 9000, 9000),
        ({"input_tokens": 100, "cache_creation_input_tokens": 20000, "cache_read_input_tokens": 0}, 20100, 0),
        ({"input_tokens": 100, "cache_creation_input_tokens": 20000}, 20100, 0),
        ({"inputTokens": 100, "cacheReadInputTokens": 9000, "cacheWriteInputTokens": 500}, 9600, 9000),
        ({"input_tokens": 300}, 300, 0),
        ({"prompt_tokens": 1000, "cache_creation_input_tokens": 9000, "cache_read_input_tokens": 0}, 10000, 0),
        ({"prompt_tokens": 9060, "cache_creation_input_tokens": 9000, "cache_read_input_tokens": 0}, 9060, 0),
        ({"input_tokens": 9060, "input_tokens_details": {"cached_tokens": 8760}}, 9060, 8760),
    ],
)
@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
def test_tokens_that_were_remembered_are_part_of_the_prompt(
    counted: dict[str, Any], given: int, cached: int, protocol: str
) -> None:
    used = counted | {"output_tokens": 80}
    message = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": SAID}], "usage": used}
    body = message if protocol == "anthropic" else completion(SAID, usage=used)
    answer = read_completion(decode(json.dumps(body)))
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.cached_input_tokens, answer.output_tokens) == (given, cached, 80)
    assert answer.reported


@pytest.mark.parametrize(
    ("counted", "written"),
    [
        ({"total_tokens": 1480}, 580),
        ({"total_tokens": 1480, "completion_tokens_details": {"reasoning_tokens": 500}}, 580),
        ({"total_tokens": 1480, "completion_tokens_details": {"reasoning_tokens": 500},
          "prompt_tokens_details": {"cached_tokens": 800}}, 580),
        ({"total_tokens": 1480, "prompt_tokens_details": {"cached_tokens": 500}}, 80),
        ({"total_tokens": 980, "completion_tokens_details": {"reasoning_tokens": 50}}, 80),
        ({"total_tokens": 0}, 80),
    ],
)  # fmt: skip
def test_what_was_thought_beside_the_answer_is_known_by_the_total(counted: dict[str, Any], written: int) -> None:
    answer = read_completion(completion(SAID, usage={"prompt_tokens": 900, "completion_tokens": 80} | counted))
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.output_tokens) == (900, written)


@pytest.mark.parametrize(
    "around",
    [
        {"x_groq": {"id": "r", "usage": {"prompt_tokens": 900, "completion_tokens": 80}}},
        {"meta": {"tokens": {"input_tokens": 900, "output_tokens": 80}, "billed_units": {}}},
        {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 900, "outputTokenCount": 80}},
        {"usage": {"promptTokens": 900, "completionTokens": 80}},
        {"usage": {"prompt_tokens": 900, "generated_tokens": 80}},
    ],
)
def test_tokens_are_found_where_gateways_put_them(around: dict[str, Any]) -> None:
    answer = read_completion(completion(SAID, usage=None) | around)
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.output_tokens) == (900, 80)


def test_what_gemini_thought_is_paid_for_as_a_part_of_the_answer() -> None:
    counted = {"promptTokenCount": 900, "candidatesTokenCount": 80, "thoughtsTokenCount": 500}
    candidates = [{"content": {"parts": [{"text": SAID}]}, "finishReason": "STOP"}]
    answer = read_completion(decode(json.dumps({"candidates": candidates, "usageMetadata": counted})))
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.output_tokens) == (900, 580)


@pytest.mark.parametrize(
    "body",
    [
        {"done": True, "choices": [{"message": {"content": None, "parsed": ANSWER}}]},
        {"done": True, "message": {"content": "", "tool_calls": [{"function": {"arguments": ANSWER}}]}},
        {"done": True, "message": {"content": "", "thinking": f"So: {SAID}"}},
        {"result": {"choices": [{"message": {"content": SAID}}]}, "done": True},
    ],
)
def test_a_body_that_says_it_is_done_is_read_whole(body: dict[str, Any]) -> None:
    answer = read_completion(decode(json.dumps(body)))
    assert isinstance(answer, RawAnswer)
    assert json.loads(answer.content.removeprefix("So: ")) == ANSWER


DRAFT = json.dumps({"thought": 'Perhaps {"relevance": "out"}?', "relevance": "out"})


def called(*arguments: str) -> list[dict[str, Any]]:
    return [{"function": {"name": f"tool{number}", "arguments": each}} for number, each in enumerate(arguments)]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "</think>", "reasoning_content": f"So: {SAID}"},
        {"content": "null", "reasoning": f"So: {SAID}"},
        {"content": "```json\n```<|im_end|>", "reasoning": f"So: {SAID}"},
        {"content": None, "tool_calls": called(DRAFT, SAID)},
        {"content": "I call.", "tool_calls": called(*(json.dumps({name: each}) for name, each in ANSWER.items()))},
    ],
)
def test_a_content_of_marks_and_a_tool_for_thinking_hide_no_answer(message: dict[str, Any]) -> None:
    answer = read_completion(completion(choices=[{"message": message, "finish_reason": "stop"}]))
    assert isinstance(answer, RawAnswer)
    assert json_text.find_answer(answer.content, "relevance") == ANSWER


def test_a_long_content_of_blanks_is_read_in_time() -> None:
    answer = read_completion(completion(" " * 100_000 + "x"))
    assert isinstance(answer, RawAnswer)


def test_counts_beside_a_completion_that_has_none_are_kept() -> None:
    counted = {"prompt_tokens": 900, "completion_tokens": 80}
    answer = read_completion(decode(json.dumps({"result": completion(SAID, usage=None), "usage": counted})))
    assert isinstance(answer, RawAnswer)
    assert (answer.input_tokens, answer.output_tokens) == (900, 80)
