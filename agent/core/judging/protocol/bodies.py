"""The body of an HTTP answer, decoded: one JSON value, also behind ``data:`` lines, comments and blank lines.

A server that was told ``"stream": false`` may stream all the same. Event streams:
https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from agent.core.judging.protocol import streams, vendors
from agent.core.notation import nearly_json
from agent.core.notation.objects import read_value

_WRAPPERS = ("response", "data", "result", "completion", "body", "output")
"""Names under which gateways put the completion of the server behind them."""
_DEEPEST = 4
_FUNCTION = re.compile(r"^[A-Za-z_]\w{0,40}\((?=\{)")
"""The beginning of a script that hands the value to a function, as JSONP does."""
_STATUS = ("statusCode", "status_code", "code", "status")
_EVENT_END = re.compile(r"(?:\r\n){2,}|\n{2,}|\r{2,}")
_LINE_END = re.compile(r"\r\n|\n|\r")
"""What ends a line of an event stream: not all that ends one for Python, which may stand within a text."""
_DATA = re.compile(r"^(?:\s*data:)+")
_OTHER_FIELD = re.compile(r"\s*(?:event|id|retry)?:")
"""The beginning of a line that carries no data: another field, or a comment."""


def decode(text: str) -> object | None:
    """Return the JSON value in the body, chunks of a stream put together; None when there is none."""
    stripped = _FUNCTION.sub("", text.lstrip("\ufeff \t\r\n\0"))
    found = _first_value(stripped)
    if found is None:
        events = [
            [data_of(line) for line in _LINE_END.split(event) if not _OTHER_FIELD.match(line)]
            for event in _EVENT_END.split(stripped)
        ]
        found = streams.join([value for lines in events for value in _values_of_event(lines)])
        lines = [line for event in events for line in event]
        found = found or _first_value("\n".join(lines).lstrip()) or _behind_a_page(stripped) or _of_texts(lines)
    elif streams.is_chunk(found) or streams.is_progress(found):
        found = streams.join(list(_values(stripped))) or found
    elif isinstance(found, list) and len(found) > 1:
        found = streams.join(found) or found
    return vendors.as_completion(_unwrapped(found))


def data_of(line: str) -> str:
    """Return what a data line of an event stream carries; any other line as it is."""
    return _DATA.sub("", line).strip()


def _values_of_event(lines: Sequence[str]) -> list[Any]:
    """Return the values of an event: one on each line, or else one on all of its lines."""
    values = [value for line in lines if (value := _first_value(line)) is not None]
    begun = next((line for line in lines if line.startswith(("{", "["))), "")
    if _first_value(begun) is None and (whole := _first_value("\n".join(lines).lstrip())) is not None:
        return [whole]
    return values


def _behind_a_page(text: str) -> object | None:
    """Return a completion that follows the warnings which a server wrote as a web page before it."""
    found = _first_value(text[text.find('{"') :]) if text.startswith("<") and '{"' in text else None
    return found if isinstance(found, dict) and found.get("choices") else None


def _of_texts(lines: Sequence[str]) -> object | None:
    """Return the completion whose text comes in JSON strings, an event each; None: there are no such."""
    texts = []
    for line in lines:
        try:
            text, _ = read_value(line) if line.startswith('"') else (None, 0)
        except ValueError:
            continue
        texts += [text] if isinstance(text, str) else []
    return {"choices": [{"message": {"content": "".join(texts)}}]} if len(texts) > 1 else None


def _first_value(text: str) -> Any | None:
    """Return the object or list at the start of the text; what stands after it (``data: [DONE]``) is ignored."""
    if not text.startswith(("{", "[", '"')):
        return None
    try:
        found, _ = read_value(text)
        if isinstance(found, str):
            found, _ = read_value(found.strip())
    except ValueError:
        found = nearly_json.evaluate(text, 0)[0] if text.startswith(("{'", "[{'")) else None  # as Python prints it
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


def _unwrapped(value: object | None, depth: int = 0) -> object | None:
    """Return the completion inside a list of one, or inside an object of a gateway that has no choices of its own.

    What the gateway says beside it, of tokens and of the status of an error, is kept.
    """
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and not value.keys() & {"choices", "error"} and depth < _DEEPEST:
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, str) and inner.startswith("{"):
                inner = _first_value(inner)
            if isinstance(inner, dict):
                inner = _unwrapped(inner, depth + 1)
            if isinstance(inner, dict) and inner.keys() & {"choices", "error"}:
                beside = ("usage",) if "choices" in inner else _STATUS
                said = {name: each for name, each in inner.items() if each is not None or name not in beside}
                return {each: value[each] for each in beside if each in value} | said
    return value
