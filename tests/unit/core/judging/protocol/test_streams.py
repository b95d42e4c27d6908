"""Streams in the protocols of many vendors, put together into one completion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.core.judging import completions
from agent.core.judging.completions import RawAnswer
from agent.core.judging.protocol import bodies

TEXT = '{"relevance": "core",\u2028 "leaves": []}'
PIECES = [TEXT[:9], TEXT[9:20], TEXT[20:]]
ANTHROPIC = [
    {"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 7}}},
    {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "a draft"}},
    *[{"type": "content_block_delta", "delta": {"type": "text_delta", "text": piece}} for piece in PIECES],
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 8}},
]
GEMINI = [
    {"candidates": [{"content": {"parts": [{"text": "a draft", "thought": True}]}}]},
    *[{"candidates": [{"content": {"parts": [{"text": piece}]}}]} for piece in PIECES],
    {
        "candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 8},
    },
]
COHERE = [
    {"type": "content-start", "delta": {"message": {"content": {"type": "text", "text": ""}}}},
    *[{"type": "content-delta", "delta": {"message": {"content": {"text": piece}}}} for piece in PIECES],
    {"type": "message-end", "delta": {"usage": {"tokens": {"input_tokens": 7, "output_tokens": 8}}}},
]
BEDROCK = [
    *[{"contentBlockDelta": {"delta": {"text": piece}}} for piece in PIECES],
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 7, "outputTokens": 8}}},
]
OLLAMA = [
    *[{"response": piece, "done": False} for piece in PIECES],
    {"response": "", "done": True, "prompt_eval_count": 7, "eval_count": 8},
]
CLOUDFLARE = [
    *[{"response": piece} for piece in PIECES],
    {"response": "", "usage": {"prompt_tokens": 7, "completion_tokens": 8}},
]
DASHSCOPE = [
    *[{"output": {"choices": [{"message": {"content": piece}, "finish_reason": "null"}]}} for piece in PIECES],
    {"output": {"choices": [{"message": {"content": ""}}]}, "usage": {"input_tokens": 7, "output_tokens": 8}},
]
RESPONSES = [
    *[{"type": "response.output_text.delta", "delta": piece} for piece in PIECES],
    {
        "type": "response.completed",
        "response": {
            "error": None,
            "output": [{"content": [{"type": "output_text", "text": TEXT}]}],
            "usage": {"input_tokens": 7, "output_tokens": 8},
        },
    },
]
TGI = [
    *[{"token": {"id": 1, "text": piece, "special": False}, "generated_text": None} for piece in PIECES],
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 8}},
]
DIFY = [
    *[{"event": "message", "answer": piece} for piece in PIECES],
    {"event": "message_end", "metadata": {"usage": {"prompt_tokens": 7, "completion_tokens": 8}}},
]
ALL = [ANTHROPIC, GEMINI, COHERE, BEDROCK, OLLAMA, CLOUDFLARE, DASHSCOPE, RESPONSES, TGI, DIFY]
NAMES = ["anthropic", "gemini", "cohere", "bedrock", "ollama", "cloudflare", "dashscope", "responses", "tgi", "dify"]


def read(body: str) -> RawAnswer:
    answer = completions.read_completion(bodies.decode(body))
    assert isinstance(answer, RawAnswer)
    return answer


@pytest.mark.parametrize("rows", ALL, ids=NAMES)
def test_the_events_of_other_vendors_are_one_answer_with_its_tokens(rows: list[dict[str, Any]]) -> None:
    answer = read("".join(f"event: x\ndata: {json.dumps(row, ensure_ascii=False)}\n\n" for row in rows))
    assert (answer.content, answer.input_tokens, answer.output_tokens) == (TEXT, 7, 8)


def test_events_that_come_as_one_list_are_one_answer() -> None:
    assert read(json.dumps(GEMINI)).content == TEXT


def test_events_of_responses_without_an_end_are_read() -> None:
    assert read("".join(f"data: {json.dumps(row)}\n\n" for row in RESPONSES[:-1])).content == TEXT


def chunk(content: object, index: int = 0) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": content}}]}


def test_events_whose_value_stands_on_several_lines_are_one_answer() -> None:
    rows = [json.dumps(chunk(piece), indent=1).replace("\n", "\ndata: ") for piece in PIECES]
    for before in ("", ": ping\nevent: message\nid: 1\nretry: 5\n"):
        assert read("".join(f"{before}data: {row}\n\n" for row in rows)).content == TEXT


def test_pieces_in_objects_and_pieces_of_another_choice_are_told_apart() -> None:
    rows = [row for piece in PIECES for row in (chunk({"text": piece}), chunk("x", index=1))]
    assert read("".join(f"data: {json.dumps(row)}\n\n" for row in rows)).content == TEXT


def test_of_choices_in_a_stream_the_first_counts_whichever_comes_first_unless_another_holds_the_answer() -> None:
    other = TEXT.replace("core", "out")
    for first, second, expected in ((other, TEXT, TEXT), (TEXT, "Let me see.", TEXT)):
        rows = [chunk(first[at : at + 20], 1) for at in range(0, len(first), 20)]
        rows += [chunk(second[at : at + 20], 0) for at in range(0, len(second), 20)]
        together = [{"choices": [{"index": i, "delta": {"content": t}} for i, t in ((1, first), (0, second))]}]
        for stream in (rows, together):
            assert read("".join(f"data: {json.dumps(row)}\n\n" for row in stream)).content == expected


def test_pieces_that_are_texts_alone_are_one_answer() -> None:
    assert read("".join(f"data: {json.dumps(piece)}\n\n" for piece in PIECES) + "data: [DONE]\n\n").content == TEXT


def test_counts_behind_a_single_chunk_are_no_answer() -> None:
    rows = [chunk(TEXT), {"type": "usage", "usage": {"prompt_tokens": 7, "completion_tokens": 8}}]
    answer = read("".join(f"data: {json.dumps(row)}\n\n" for row in rows))
    assert (answer.content, answer.input_tokens) == (TEXT, 7)
