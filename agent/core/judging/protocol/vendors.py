"""Answers in the protocols of other vendors, as the chat completions that they mean."""

from __future__ import annotations

from agent.core.judging.protocol.errors import is_error
from agent.core.judging.protocol.usage import usage_of


def as_completion(value: object | None) -> object | None:
    """Return a completion for an answer in the protocol of another vendor, which some gateways pass on as it came.

    Anthropic's messages, OpenAI's responses, Gemini's candidates, Cohere's and Ollama's chat, and a text under one name
    (TGI, KoboldCpp, Cloudflare) are known; anything else is returned as it is.
    """
    if not isinstance(value, dict) or value.get("choices") or is_error(value.get("error")):
        return value
    content: object
    match value:
        case {"candidates": [dict(choice), *_]} if "content" in choice or "finishReason" in choice:
            inner = choice.get("content")
            content = inner.get("parts") if isinstance(inner, dict) else None
            ending = choice.get("finishReason")
        case {"output": [str(), *_] as pieces}:
            content, ending = "".join(map(str, pieces)), None  # Replicate's
        case {"output": [*items]}:
            content = [item.get("content") for item in items if isinstance(item, dict)]
            details = value.get("incomplete_details")
            ending = details.get("reason") if isinstance(details, dict) else None
            if not any(content) and ending is None:
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
