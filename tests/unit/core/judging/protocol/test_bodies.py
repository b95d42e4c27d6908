"""One JSON value out of a body, whatever a server puts around it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging import completions
from agent.core.judging.completions import RawAnswer
from agent.core.judging.protocol import bodies, errors

WHOLE = {"choices": [{"message": {"content": "x"}}]}


def chunk(text: str, **more: object) -> dict[str, object]:
    return {"object": "chat.completion.chunk", "choices": [{"delta": {"content": text}, **more}]}


@pytest.mark.parametrize(
    "around",
    [
        "{}", "\ufeff{}", "\n\n  {}", "{}\ndata: [DONE]", "data: {}\n\ndata: [DONE]\n\n", ": PROCESSING\n\n{}", "[{}]",
        "event: message\nid: 1\ndata: {}\n\n", '{{"result": {}, "success": true}}', '{{"data": {}}}', "data:{}\r\n\r\n",
        "data: data: {}\n\ndata: data: [DONE]\n\n", "callback({});", '{{"status": "processing"}}\n{}',
        '{{"code": 0, "data": {{"response": {{"body": {}}}}}}}',
    ],
)  # fmt: skip
def test_a_completion_is_found_in_what_is_around_it(around: str) -> None:
    assert bodies.decode(around.format(json.dumps(WHOLE))) == WHOLE


@pytest.mark.parametrize("around", ["{}", "[{}]", "data: {}\n\n"])
def test_a_body_as_python_prints_it_is_read(around: str) -> None:
    assert bodies.decode(around.format(WHOLE)) == WHOLE


@pytest.mark.parametrize("form", ["data: {}\n\n", "{}\n", "{}"])
def test_chunks_are_put_together(form: str) -> None:
    rows = [chunk("a{"), chunk("b"), chunk("", finish_reason="stop"), {"choices": [], "usage": {"prompt_tokens": 7}}]
    body = bodies.decode("".join(form.format(json.dumps(row)) for row in rows))
    answer = completions.read_completion(body)
    assert isinstance(answer, RawAnswer)
    assert (answer.content, answer.finish_reason, answer.input_tokens) == ("a{b", "stop", 7)


def test_an_error_in_a_stream_is_an_error() -> None:
    body = bodies.decode(f'data: {json.dumps(chunk("a"))}\n\ndata: {{"error": {{"message": "down"}}}}\n\n')
    found = completions.read_completion(body)
    assert not isinstance(found, RawAnswer)
    assert (found.error, "down" in found.reason) == (True, True)


@pytest.mark.parametrize(
    "text", ["", "   ", "<html>", "data: [DONE]", "no", "{", '"text"', "[" * 100_000, '{"a":' * 100_000]
)
def test_a_body_without_a_value_is_none(text: str) -> None:
    assert bodies.decode(text) is None


@given(st.text(alphabet='{}[]":,data choices\n0', max_size=200))
def test_no_body_breaks_the_decoder(text: str) -> None:
    completions.read_completion(bodies.decode(text))


_NAMES = st.sampled_from(
    [
        "choices", "message", "delta", "content", "text", "type", "thinking", "usage", "tokens", "input_tokens",
        "prompt_tokens", "prompt_tokens_details", "cached_tokens", "usageMetadata", "output", "response", "candidates",
        "parts", "finishReason", "finish_reason", "done", "results", "generated_text", "output_text", "role", "code",
        "status", "metadata", "raw", "loc", "detail", "tool_calls", "function", "arguments", "parsed", "refusal",
        "model", "error", "relevance", "object", "reasoning", "errors",
    ]
)  # fmt: skip
_PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["chat.completion.chunk", "stop", "error", "0400", "9" * 5000, '{"relevance": 1}', '["'])
)
_JSON = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12
)


@given(st.lists(_JSON, min_size=1, max_size=3), st.sampled_from(["", "data: "]))
def test_whatever_a_server_sends_as_json_has_the_designed_outcome(values: list[object], before: str) -> None:
    body = bodies.decode("\n".join(before + json.dumps(value) for value in values))
    answer = completions.read_completion(body)
    assert isinstance(answer, RawAnswer | completions.Unanswered)
    assert "\n" not in errors.error_words(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"response": "x", "tokens": 5}',
        '{"output_text": "x", "usage": {"tokens": 5}}',
        '{"output": [{"content": 5}, {"content": "x"}]}',
    ],
)
def test_fields_of_other_kinds_than_documented_are_passed_over(body: str) -> None:
    answer = completions.read_completion(bodies.decode(body))
    assert isinstance(answer, RawAnswer)
    assert (answer.content, answer.reported) == ("x", False)


@pytest.mark.parametrize(
    "content", ["[" * 600 + "]" * 600, "9" * 5000, '{"a":' * 600 + "1" + "}" * 600], ids=["lists", "number", "objects"]
)
def test_a_body_that_cannot_be_read_holds_no_answer(content: str) -> None:
    body = f'{{"choices": [{{"message": {{"content": {content}}}}}]}}'
    assert bodies.decode(body) is None
    line = f'{{"custom_id": "a", "response": {{"status_code": 200, "body": {body}}}}}'
    assert completions.read_lines([line]) == {}


def test_a_status_of_thousands_of_digits_is_none() -> None:
    failed = completions.read_completion({"error": {"message": "m", "code": "0429" + "0" * 5000}})
    assert isinstance(failed, completions.Unanswered)
    assert failed.code is None
