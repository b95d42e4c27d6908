"""The rows of an event stream, put together into one chat completion.

Chunks of a completion: https://platform.openai.com/docs/api-reference/chat-streaming. Gateways also pass on the events
of other vendors: OpenAI's responses, Anthropic, Gemini, Cohere, Bedrock, Ollama, llama.cpp, Cloudflare, DashScope.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from agent.core.judging.protocol.errors import is_error
from agent.core.judging.protocol.messages import place_of
from agent.core.judging.protocol.search import is_thinking
from agent.core.judging.protocol.usage import usage_of_stream

Row = Mapping[str, Any]
Added = tuple[Row, Row]
"""What a row adds to the message, and to the choice around it."""


def is_chunk(row: object) -> bool:
    """Tell whether a row can only be a part of a stream."""
    match row:
        case {"choices": [{"delta": dict()}, *_]}:
            return True
        case {"object": "chat.completion.chunk"}:
            return True
        case {"done": True, "choices": [{"message": dict()}, *_]}:
            return False  # a whole completion, whose gateway adds that it is one
        case {"done": bool()} | {"stop": bool(), "content": str()}:
            return True  # a line of Ollama's own protocol, or llama.cpp's
        case {"type": "content_block_delta" | "content-delta" | "response.output_text.delta"}:
            return True  # Anthropic's, Cohere's, OpenAI's responses
        case {"contentBlockDelta": dict()}:
            return True  # Bedrock's
    return False


def is_progress(row: object) -> bool:
    """Tell whether a row only says that the answer is being made."""
    return isinstance(row, dict) and row.keys() <= _OF_PROGRESS


_OF_PROGRESS = frozenset({"id", "object", "status", "type", "created", "event", "progress"})


def join(values: Sequence[Any]) -> object | None:
    """Return the one completion that the values hold: an error, the last that is whole, or the chunks as one."""
    rows = [value for value in values if isinstance(value, dict)]
    for row in rows:
        if is_error(row.get("error")):
            return row
        if isinstance(row.get("message"), str) and row.keys() & {"code", "status"} and not row.get("choices"):
            return {"error": row}
    ended = [row["response"] for row in rows if str(row.get("type")).startswith("response.") and _is_ended(row)]
    if ended:
        return ended[-1]  # type: ignore[no-any-return]
    whole = [row for row in rows if not is_chunk(row) and row.keys() - _OF_COUNTS]
    chunks = [row for row in rows if is_chunk(row)]
    loose = [row for row in rows if _added(row) is not None]
    if not chunks and len(loose) < 2 and whole:
        return whole[-1]
    if len(chunks) == 1 and len(loose) == 1 and whole:
        return whole[-1]
    return _one_of(loose, rows) if loose else None


_OF_COUNTS = _OF_PROGRESS | {"usage", "model"}
"""Names in a row that holds nothing of the answer."""


def _is_ended(row: Row) -> bool:
    response = row.get("response")
    return isinstance(response, dict) and bool(response.get("output"))


def _one_of(chunks: Sequence[Row], rows: Sequence[Row]) -> Row:
    """Return the chunks as one completion, with a choice for each index; what it used may stand in another of the
    ``rows``."""
    by_index: dict[int, list[Added]] = {}
    for chunk in chunks:
        for delta, choice in _added_to_choices(chunk):
            by_index.setdefault(place_of(choice), []).append((delta, choice))
    return {
        "model": chunks[0].get("model"),
        "choices": [{"index": index, **_choice_of(added)} for index, added in sorted(by_index.items())],
        "usage": usage_of_stream(rows),
    }


def _choice_of(added: Sequence[Added]) -> Row:
    """Return the choice that was added to piece by piece."""
    texts: dict[str, list[str]] = {"content": [], "reasoning_content": [], "refusal": [], "arguments": []}
    ending: dict[str, Any] = {}
    for delta, choice in added:
        for name, pieces in texts.items():
            pieces.append(_piece(delta.get(name)) if not is_thinking(delta) else "")
        texts["reasoning_content"] += [_piece(delta.get("reasoning")), _piece(delta.get("thinking"))]
        texts["arguments"].append(_arguments(delta))
        ending |= {name: choice[name] for name in ("finish_reason", "error") if choice.get(name)}
    message: dict[str, Any] = {name: _together(pieces) or None for name, pieces in texts.items()}
    if called := message.pop("arguments"):
        message["tool_calls"] = [{"function": {"arguments": called}}]
    return {"message": message, **ending}


def _added_to_choices(row: Row) -> Iterator[Added]:
    """Yield what a row adds to each of the choices that it names, or to the one that it means."""
    choices = row.get("choices")
    each_alone = [{"choices": [choice]} for choice in choices] if isinstance(choices, list) and choices else [row]
    yield from (added for alone in each_alone if (added := _added(alone)) is not None)


def _added(row: Row) -> Added | None:
    """Return what a row adds to the completion; None: nothing that is known."""
    match row:
        case {"choices": [{"delta": dict(delta)} as choice, *_]} | {
            "choices": [{"message": dict(delta)} as choice, *_]
        }:
            return delta, choice
        case {"choices": [dict(choice), *_]}:
            return {"content": choice.get("text")}, choice
        case {"output": dict(output)}:
            return _added(output) or ({"content": output.get("text")}, output)
        case {"candidates": [dict(candidate), *_]}:
            return _added_by_gemini(candidate)
        case {"message": dict(message)}:
            return message, {"finish_reason": row.get("done_reason")}
    return _added_by_event(row)


def _added_by_event(row: Row) -> Added | None:
    match row:
        case {"delta": {"message": {"content": dict(content)}}}:
            return {"content": content.get("text")}, {}
        case {"delta": dict(delta)}:
            ending = delta.get("stop_reason") or delta.get("finish_reason")
            return {"content": delta.get("text") or delta.get("partial_json")}, {"finish_reason": ending}
        case {"type": "response.output_text.delta", "delta": str(text)}:
            return {"content": text}, {}
        case {"contentBlockDelta": {"delta": dict(delta)}}:
            return {"content": delta.get("text")}, {}
        case {"messageStop": dict(stop)}:
            return {}, {"finish_reason": stop.get("stopReason")}
        case {"response": str(text)}:
            return {"content": text}, {"finish_reason": row.get("done_reason")}
        case {"content": str(text), "stop": bool()} | {"token": {"text": str(text)}} | {"text": str(text)}:
            return {"content": text}, {}
        case {"answer": str(text)} | {"delta": str(text)} | {"completion": str(text)} | {"token": str(text)}:
            return {"content": text}, {}
    return None


def _added_by_gemini(candidate: Row) -> Added:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return {"content": parts}, {"finish_reason": candidate.get("finishReason")}


def _together(pieces: Sequence[str]) -> str:
    """Return the text of the pieces; of a stream in which each one repeats all before it, the last."""
    said = [piece for piece in pieces if piece]
    if len(said) > 2 and all(later.startswith(earlier) for earlier, later in pairwise(said)):
        return said[-1]
    return "".join(said)


def _piece(value: object) -> str:
    """Return the text of what a chunk adds: a text, or parts of which those that think are left out."""
    if isinstance(value, list):
        return "".join(_piece(part.get("text")) for part in value if isinstance(part, dict) and not is_thinking(part))
    if isinstance(value, dict):
        return _piece([value])
    return value if isinstance(value, str) else ""


def _arguments(delta: Row) -> str:
    """Return what a chunk adds to the arguments of the first tool that is called; an object, as of Ollama, as JSON."""
    match delta:
        case {"tool_calls": [{"function": {"arguments": str(text)}}, *_]} | {"function_call": {"arguments": str(text)}}:
            return text
        case {"tool_calls": [{"function": {"arguments": dict(whole)}}, *_]}:
            return json.dumps(whole)
    return ""
