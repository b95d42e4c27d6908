"""The text of a message, in whatever field and form a server put it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent.core.judging.answer import encodable
from agent.core.judging.protocol import search
from agent.core.judging.reading.names import fold
from agent.core.notation import json_text

_DEEPEST = 8
_NOTHING = re.compile(
    r"(?:\s|```\w{0,10}|<\|[^<>|]{0,40}\|>|</?\w{1,20}>|\[/?\w{1,20}\]|[.\u2026-]|null|none|n/a)*", re.IGNORECASE
)
"""A content of fences, and of tokens and tags of a template, when the answer stands elsewhere."""
_PART_TEXTS = ("text", "content", "value", "thinking", "summary")
_PART_OBJECTS = ("input", "arguments", "args", "json", "parsed")


_CALLS = ("tool_calls", "function_call")
"""Of a message, beside which some servers put them."""


def holds_message(choice: object) -> bool:
    """Tell whether a choice has a message, or its text."""
    return isinstance(choice, dict) and bool(choice.keys() & {"message", "delta", "text", "content"})


def place_of(choice: Mapping[Any, Any]) -> int:
    """Return which of several choices it says it is: some servers list them as they ended."""
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def message_of(choice: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return the message of a choice. Some servers send its text only, call it otherwise, or send a list of them."""
    for name in ("message", "delta"):
        found = choice.get(name)
        if isinstance(found, list):
            found = next((each for each in reversed(found) if isinstance(each, dict)), None)
        if isinstance(found, dict):
            return {each: choice[each] for each in _CALLS if each in choice} | found
        if isinstance(found, str):
            return {"content": found}
    return {"content": choice.get("content") or choice.get("text")}


def content_of(message: Mapping[Any, Any], *, cut: bool) -> str:
    """Return the text of a message: its content, else an answer that a server put into another of its fields.

    Of a message that was ``cut`` the thinking is not read: what it holds by then is a draft.
    """
    content = _parts(message.get("content"), thoughts=False)
    others = list(_others(message))
    if not _NOTHING.fullmatch(content) and (not others or holds_answer(content)):
        return content
    # A tool for thinking may be called before the one for the answer, and one for each field.
    whole = [text for text in others if search.ends_with_answer(text)]
    for text in (*whole[-1:], "\n".join(others)):
        if holds_answer(text):
            return text
    if not _NOTHING.fullmatch(content):
        return content
    if (found := next(search.answers_in(message, outside=()), None)) is not None:
        return found
    # What is thought may hold drafts: only an answer with which it ends is one.
    for text in (*_thoughts(message), _parts(message.get("content"), thoughts=True)) if not cut else ():
        if search.ends_with_answer(text):
            return text
    return content


def refusal_of(message: Mapping[Any, Any]) -> str | None:
    """Return the words with which the model refused to answer; None: it did not."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    said = (part.get("refusal") for part in parts if isinstance(part, dict) and part.get("type") == "refusal")
    return next((text for each in (message.get("refusal"), *said) if (text := text_of(each))), None)


def holds_answer(text: str) -> bool:
    """Tell whether a text holds an object with a grade."""
    found = json_text.find_answer(text, "relevance")
    return found is not None and any(fold(str(name)) == "relevance" for name in found)


def text_of(value: object) -> str:
    """Return a text as it can be kept; empty for anything else."""
    return encodable(value) if isinstance(value, str) else ""


def _others(message: Mapping[Any, Any]) -> Iterator[str]:
    """Yield what stands beside the content: the parsed form of the answer, and the arguments of tools."""
    if text := _parts(message.get("parsed"), thoughts=False):
        yield text
    calls = message.get("tool_calls") or [message.get("function_call")]
    for call in calls if isinstance(calls, list) else [calls]:
        called = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(called, dict):
            continue
        for name in _PART_OBJECTS:
            if text := _parts(called.get(name), thoughts=False) or _as_json(called.get(name)):
                yield text


def _as_json(value: object) -> str:
    return encodable(json.dumps(value)) if isinstance(value, dict) and value else ""


def _thoughts(message: Mapping[Any, Any], depth: int = 0) -> Iterator[str]:
    """Yield the texts of the fields for what a model thinks, into which some servers put the answer too."""
    for name, value in message.items():
        if search.names_thinking(name):
            yield _parts(value, thoughts=True)
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _thoughts(value, depth + 1)


def _parts(value: object, *, thoughts: bool, depth: int = 0) -> str:
    """Return the text of a field that may come in parts; what is marked as thinking is left out unless asked for."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, dict):
        for answer in (value, *(value.get(name) for name in _PART_OBJECTS)):
            if isinstance(answer, dict) and "relevance" in {fold(str(name)) for name in answer}:
                return encodable(json.dumps(answer))
        if not thoughts and search.is_thinking(value):
            return ""
        texts = (_parts(value.get(name), thoughts=thoughts, depth=depth + 1) for name in _PART_TEXTS)
        return next((text for text in texts if text), "") if value.get("type") != "refusal" else ""
    if isinstance(value, list):
        return "".join(_parts(part, thoughts=thoughts, depth=depth + 1) for part in value)
    return text_of(value)
