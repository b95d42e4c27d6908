"""Whole answers anywhere in a JSON value whose shape is of no known protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from agent.core.judging.answer import ModelAnswer, encodable
from agent.core.judging.reading.names import fold
from agent.core.notation import json_text

_DEEPEST = 8
_MOST_ITEMS = 20
_REQUEST = ("request", "prompt", "input", "inputs", "query", "instructions", "body")
_FIELDS = frozenset(ModelAnswer.model_fields)
_MOST_FIELDS = 4
_THINKING = re.compile(r"think|thought|reason(?!$)|scratchpad", re.IGNORECASE)
"""Names of fields for what a model thinks; ``reason`` alone is a field of the answer."""


def answers_in(value: object, outside: Container[str] = _REQUEST, depth: int = 0) -> Iterator[str]:
    """Yield the whole answers in a value, but none from fields with the names ``outside``, which repeat the request,
    and none from what was thought."""
    inner: list[object] = []
    if isinstance(value, dict):
        if is_answer(value):
            yield encodable(json.dumps(value))
        elif value.get("role") not in ("user", "system") and not is_thinking(value):
            inner = [
                each for name, each in value.items() if fold(str(name)) not in outside and not names_thinking(name)
            ]
    elif isinstance(value, list):
        inner = value[:_MOST_ITEMS]
    elif isinstance(value, str) and value.lstrip().startswith(("{", "```", "<think")) and ends_with_answer(value):
        yield encodable(value)
    for each in inner if depth < _DEEPEST else ():
        yield from answers_in(each, outside, depth + 1)


def names_thinking(name: object) -> bool:
    """Tell whether a field of this name holds what a model thought."""
    return _THINKING.search(str(name)) is not None


def is_thinking(part: Mapping[Any, Any]) -> bool:
    """Tell whether a part of a message is marked as what the model thought."""
    kind = part.get("type")
    named = isinstance(kind, str) and ("think" in kind or "reason" in kind)
    google = part.get("extra_content")
    google = google.get("google") if isinstance(google, dict) else None
    return named or part.get("thought") is True or (isinstance(google, dict) and google.get("thought") is True)


def ends_with_answer(text: str) -> bool:
    """Tell whether a text ends with a whole answer."""
    return is_answer(json_text.final_answer(text, "relevance") or {})


def is_answer(found: Mapping[Any, Any]) -> bool:
    """Tell whether the object has most fields of an answer, and a grade."""
    fields = {fold(str(name)): value for name, value in found.items()}
    graded = isinstance(fields.get("relevance"), str | int | list)
    return graded and "leaves" in fields and len(fields.keys() & _FIELDS) >= _MOST_FIELDS
