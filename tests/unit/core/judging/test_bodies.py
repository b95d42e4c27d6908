"""One JSON value out of a body, whatever a server puts around it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging import bodies, completions
from agent.core.judging.completions import RawAnswer

WHOLE = {"choices": [{"message": {"content": "x"}}]}


def chunk(text: str, **more: object) -> dict[str, object]:
    return {"object": "chat.completion.chunk", "choices": [{"delta": {"content": text}, **more}]}


@pytest.mark.parametrize(
    "around",
    [
        "{}", "\ufeff{}", "\n\n  {}", "{}\ndata: [DONE]", "data: {}\n\ndata: [DONE]\n\n", ": PROCESSING\n\n{}", "[{}]",
        "event: message\nid: 1\ndata: {}\n\n", '{{"result": {}, "success": true}}', '{{"data": {}}}', "data:{}\r\n\r\n",
    ],
)  # fmt: skip
def test_a_completion_is_found_in_what_is_around_it(around: str) -> None:
    assert bodies.decode(around.format(json.dumps(WHOLE))) == WHOLE


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
