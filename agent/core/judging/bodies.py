"""The body of an HTTP answer, decoded: one JSON value, also behind ``data:`` lines, comments and blank lines.

A server that was told ``"stream": false`` may stream all the same. Event streams:
https://html.spec.whatwg.org/multipage/server-sent-events.html; chunks of a completion:
https://platform.openai.com/docs/api-reference/chat-streaming.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    if not isinstance(value, dict) or value.get("choices") or value.get("error"):
        return value
    content: object
    match value:
        case {"candidates": [{"content": {"parts": [*content]}} as choice, *_]}:
            ending = choice.get("finishReason")
        case {"output": [*items]}:
            content = [item.get("content") for item in items if isinstance(item, dict)]
            ending = None
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
    return {"model": value.get("model"), "choices": [choice], "usage": _usage_of(value)}


def _usage_of(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the tokens under OpenAI's names."""
    usage = value.get("usage") or value.get("usageMetadata") or value
    usage = usage.get("tokens", usage) if isinstance(usage, dict) else None
    if not isinstance(usage, dict):
        return None
    given = {"prompt_tokens": ("input_tokens", "promptTokenCount", "prompt_eval_count")}
    given["completion_tokens"] = ("output_tokens", "candidatesTokenCount", "eval_count")
    found = {name: usage[other] for name, others in given.items() for other in others if other in usage}
    return dict(usage) | found if found or "prompt_tokens" in usage else None


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
    return False


def _joined(values: Sequence[Any]) -> object | None:
    """Return the one completion that the values hold: the last that is whole, an error, or the chunks as one."""
    for value in values:
        if isinstance(value, dict) and value.get("error"):
            return value
    whole = [value for value in values if isinstance(value, dict) and not _is_chunk(value)]
    chunks = [value for value in values if isinstance(value, dict) and _is_chunk(value)]
    if not chunks:
        return whole[-1] if whole else None
    texts: dict[str, list[str]] = {"content": [], "reasoning_content": [], "refusal": []}
    ending: dict[str, Any] = {}
    for chunk in chunks:
        delta, choice = _delta(chunk)
        for name, parts in texts.items():
            parts.append(str(delta.get(name) or ""))
        texts["reasoning_content"].append(str(delta.get("reasoning") or ""))
        ending |= {name: choice[name] for name in ("finish_reason", "error") if choice.get(name)}
    message = {name: "".join(parts) or None for name, parts in texts.items()}
    usage = next((value["usage"] for value in reversed(values) if isinstance(value, dict) and value.get("usage")), None)
    return {"model": chunks[0].get("model"), "choices": [{"message": message, **ending}], "usage": usage}


def _delta(chunk: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what a chunk adds to the message, and the choice around it."""
    match chunk:
        case {"choices": [{"delta": dict(delta)} as choice, *_]}:
            return delta, choice
        case {"choices": [dict(choice), *_]}:
            return {}, choice
        case {"message": dict(message)}:
            return message, {"finish_reason": chunk.get("done_reason")}
    return {}, {}


def _unwrapped(value: object | None) -> object | None:
    """Return the completion inside a list of one, or inside an object of a gateway that has no choices of its own."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and not value.keys() & {"choices", "error"}:
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, dict) and inner.keys() & {"choices", "error"}:
                return inner
    return value
