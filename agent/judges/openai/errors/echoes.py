"""The parts of a request that a server's error repeats, told from its own words."""

from __future__ import annotations

import json
import re
from typing import Any

from agent.core.judging.protocol import bodies
from agent.core.notation import objects


def without_echo(text: str) -> str:
    """Return the body of an error without the parts of the request that it repeats, as FastAPI's 422 does.

    What a paper or the prompt says is no word of the server's. Of JSON that is cut, and of what Python prints, all from
    the first such part on is left out.
    """
    stripped = text.lstrip("\ufeff \t\r\n\0")
    if not _ECHO.search(stripped):
        return text
    try:
        value, end = objects.read_value(stripped)
    except ValueError:
        return _ECHO.split(stripped, maxsplit=1)[0]
    return json.dumps(_prune(value), ensure_ascii=False) + _ECHO.split(stripped[end:], maxsplit=1)[0]


_ECHOED = (
    "input", "messages", "prompt", "body", "ctx", "request", "request_body", "payload", "failed_generation",
    "raw_response", "raw_output",
)  # fmt: skip
_ECHO = re.compile(rf"[{{,]\s*\\?[\"'](?:{'|'.join(_ECHOED)})\\?[\"']\s*:")


def _prune(value: Any) -> Any:
    """Return a JSON value without what repeats the request, at any depth."""
    if isinstance(value, dict):
        return {name: _prune(each) for name, each in value.items() if not _repeats_request(name, each)}
    if isinstance(value, list):
        return [_prune(each) for each in value]
    return without_echo(value) if isinstance(value, str) else value


def _repeats_request(name: str, value: object) -> bool:
    """Tell whether a field holds a part of the request, and not an error of the server behind a gateway."""
    if name not in _ECHOED:
        return False
    inner = bodies.decode(value) if isinstance(value, str) else value
    return not (isinstance(inner, dict) and "error" in inner)
