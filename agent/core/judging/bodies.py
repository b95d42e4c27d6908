"""The body of an HTTP answer, decoded: one JSON value, also behind ``data:`` lines, comments and blank lines.

A server that was told ``"stream": false`` may stream all the same. Event streams:
https://html.spec.whatwg.org/multipage/server-sent-events.html; chunks of a completion:
https://platform.openai.com/docs/api-reference/chat-streaming.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from agent.core.json_text import read_value

_WRAPPERS = ("response", "data", "result", "completion", "body", "output")
"""Names under which gateways put the completion of the server behind them."""


def decode(text: str) -> object | None:
    """Return the JSON value in the body, chunks of a stream put together; None when there is none."""
    stripped = text.lstrip("\ufeff \t\r\n\0")
    found = _first_value(stripped)
    if found is None:
        values = [value for line in stripped.splitlines() if (value := _first_value(_data(line))) is not None]
        # One value may stand on several lines of an event.
        found = _joined(values) or _first_value("\n".join(map(_data, stripped.splitlines())).lstrip())
    elif _is_chunk(found):
        found = _joined(list(_values(stripped)))
    return _as_completion(_unwrapped(found))


def _as_completion(value: object | None) -> object | None:
    """Return a completion for an answer in the protocol of another vendor, which some gateways pass on as it came.

    Anthropic's messages, OpenAI's responses, Gemini's candidates, Cohere's and Ollama's chat, and a text under one name
    (TGI, KoboldCpp, Cloudflare) are known; anything else is returned as it is.
    """
    if not isinstance(value, dict) or value.get("choices") or is_error(value.get("error")):
        return value
    content: object
    match value:
        case {"candidates": [{"content": {"parts": [*content]}} as choice, *_]}:
            ending = choice.get("finishReason")
        case {"output": [*items]}:
            content = [item.get("content") for item in items if isinstance(item, dict)]
            ending = None
            if not any(content):
                return value
        case {"message": dict(message)} if "content" in message:
            content, ending = message["content"], value.get("finish_reason") or value.get("done_reason")
        case {"content": list() | str() as content, **rest} if rest.keys() & {"role", "stop_reason", "type"}:
            ending = rest.get("stop_reason")
        case {"results": [{"text": str(content)} as choice, *_]}:
            ending = choice.get("finish_reason")
        case {"generated_text": str(content)} | {"response": str(content)} | {"output_text": str(content)}:
            ending = value.get("finish_reason")
        case _:
            return value
    choice = {"message": {"content": content}, "finish_reason": ending}
    return {"model": value.get("model"), "choices": [choice], "usage": usage_of(value)}


def is_error(value: object) -> bool:
    """Tell whether what stands under ``error`` says that there is one: some servers send the field always."""
    if isinstance(value, dict):
        succeeds = any(value.get(name) in (0, "0", 200, "200") for name in ("code", "status"))
        return not succeeds and any(value.values())
    return isinstance(value, str | list) and bool(value)


def usage_of(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the tokens under OpenAI's names; ``input_tokens`` as it is, since what it counts differs."""
    usage = value.get("usage") or value.get("usageMetadata") or value
    usage = usage.get("tokens", usage) if isinstance(usage, dict) else None
    if not isinstance(usage, dict):
        return None
    given = {
        "prompt_tokens": ("promptTokenCount", "prompt_eval_count"),
        "completion_tokens": ("output_tokens", "candidatesTokenCount", "eval_count", "outputTokens"),
    }
    found = {name: usage[other] for name, others in given.items() for other in others if other in usage}
    counted = found or usage.keys() & {"prompt_tokens", "input_tokens", "inputTokens"}
    return dict(usage) | found if counted else None


def _data(line: str) -> str:
    """Return what a line of an event stream carries; empty for comments and other fields."""
    name, colon, value = line.partition(":")
    return value.strip() if colon and name.strip() == "data" else line.strip()


def _first_value(text: str) -> Any | None:
    """Return the object or list at the start of the text; what stands after it (``data: [DONE]``) is ignored."""
    if not text.startswith(("{", "[", '"')):
        return None
    try:
        found, _ = read_value(text)
        if isinstance(found, str):
            found, _ = read_value(found.strip())
    except ValueError:
        return None
    return found if isinstance(found, dict | list) and found != ["DONE"] else None


def _values(text: str) -> Iterator[Any]:
    """Yield the values of a body of JSON lines, or of objects that follow one another without any line end."""
    at = 0
    while (at := text.find("{", at)) >= 0:
        try:
            found, at = read_value(text, at)
        except ValueError:
            return
        yield found


def _is_chunk(value: object) -> bool:
    match value:
        case {"choices": [{"delta": dict()}, *_]}:
            return True
        case {"object": "chat.completion.chunk"}:
            return True
        case {"message": dict(), "done": bool()}:
            return True  # a line of Ollama's own protocol
        case {"type": "content_block_delta", "delta": dict()}:
            return True  # Anthropic's
    return False


def _joined(values: Sequence[Any]) -> object | None:
    """Return the one completion that the values hold: an error, the last that is whole, or the chunks as one."""
    rows = [value for value in values if isinstance(value, dict)]
    for row in rows:
        if is_error(row.get("error")):
            return row
        if isinstance(row.get("message"), str) and row.keys() & {"code", "status"} and not row.get("choices"):
            return {"error": row}
    whole = [row for row in rows if not _is_chunk(row)]
    chunks = [row for row in rows if _is_chunk(row)] or [row for row in rows if row.get("choices")]
    if len(chunks) < 2 and whole:
        return whole[-1]
    return _one_of(chunks, rows) if chunks else None


def _one_of(chunks: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the chunks as one completion; what it used may stand in another of the ``rows``."""
    texts: dict[str, list[str]] = {"content": [], "reasoning_content": [], "refusal": [], "arguments": []}
    ending: dict[str, Any] = {}
    for chunk in chunks:
        delta, choice = _delta(chunk)
        for name, pieces in texts.items():
            pieces.append(_piece(delta.get(name)))
        texts["reasoning_content"].append(_piece(delta.get("reasoning")))
        texts["arguments"].append(_arguments(delta))
        ending |= {name: choice[name] for name in ("finish_reason", "error") if choice.get(name)}
    message: dict[str, Any] = {name: _together(pieces) or None for name, pieces in texts.items()}
    if called := message.pop("arguments"):
        message["tool_calls"] = [{"function": {"arguments": called}}]
    usage = next((row["usage"] for row in reversed(rows) if row.get("usage")), None)
    return {"model": chunks[0].get("model"), "choices": [{"message": message, **ending}], "usage": usage}


def _together(pieces: Sequence[str]) -> str:
    """Return the text of the pieces; of a stream in which each one repeats all before it, the last."""
    said = [piece for piece in pieces if piece]
    if len(said) > 2 and all(later.startswith(earlier) for earlier, later in pairwise(said)):
        return said[-1]
    return "".join(said)


def _piece(value: object) -> str:
    """Return the text of what a chunk adds: a text, or parts of which those that think are left out."""
    if isinstance(value, list):
        return "".join(_piece(part.get("text")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _arguments(delta: Mapping[str, Any]) -> str:
    """Return what a chunk adds to the arguments of the first tool that is called."""
    match delta:
        case {"tool_calls": [{"function": {"arguments": str(text)}}, *_]} | {"function_call": {"arguments": str(text)}}:
            return text
    return ""


def _delta(chunk: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what a chunk adds to the message, and the choice around it."""
    match chunk:
        case {"choices": [{"delta": dict(delta)} as choice, *_]} | {
            "choices": [{"message": dict(delta)} as choice, *_]
        }:
            return delta, choice
        case {"choices": [dict(choice), *_]}:
            return {"content": choice.get("text")}, choice
        case {"message": dict(message)}:
            return message, {"finish_reason": chunk.get("done_reason")}
        case {"delta": dict(delta)}:
            return {"content": delta.get("text") or delta.get("partial_json")}, {}
    return {}, {}


def _unwrapped(value: object | None) -> object | None:
    """Return the completion inside a list of one, or inside an object of a gateway that has no choices of its own."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and not value.keys() & {"choices", "error"}:
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, str) and inner.startswith("{"):
                inner = _first_value(inner)
            if isinstance(inner, dict) and inner.keys() & {"choices", "error"}:
                return inner
    return value
