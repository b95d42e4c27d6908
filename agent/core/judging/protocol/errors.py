"""The words of a server's error, whatever the form of its body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from agent.core.judging.answer import encodable
from agent.core.notation import objects

_SAYING = (
    "message", "msg", "errormessage", "errormsg", "statusmsg", "statusmessage", "detail", "error", "errors",
    "errordescription", "faultstring", "fault", "reason", "blockreason", "title", "promptfeedback", "baseresp",
    "response", "metadata", "raw", "errorchain", "innererror",
)  # fmt: skip
"""Names, in lower case and without marks, under which servers say what is wrong; the plainest first."""
_DEEPEST = 6


def is_error(value: object) -> bool:
    """Tell whether what stands under ``error`` says that there is one: some servers send the field always."""
    if isinstance(value, dict):
        succeeds = any(value.get(name) in (0, "0", 200, "200") for name in ("code", "status"))
        return not succeeds and any(value.values())
    return isinstance(value, str | list) and bool(value)


def error_words(error: object) -> str:
    """Return the words of a server's error, whatever its form: a text, an object or list around one, JSON in a text.

    What a gateway quotes of the server behind it (``metadata.raw``) comes after its own words.
    """
    words = " - ".join(dict.fromkeys(words_in(error)))
    return short(words, 400) if words else short(json.dumps(error, default=str))


def words_in(error: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts of an error, the plainest first."""
    if depth > _DEEPEST:
        return
    if isinstance(error, str):
        inner = _parsed(error)
        found = list(words_in(inner, depth + 1)) if inner is not None else []
        yield from found or ([" ".join(error.split())] if error.strip() else [])
    elif isinstance(error, list):
        for item in error[:3]:
            yield from words_in(item, depth + 1)
    elif isinstance(error, dict):
        where = error.get("loc")
        place = ".".join(str(part) for part in where) + ": " if isinstance(where, list) else ""
        under = {re.sub(r"[\W_]", "", str(name)).lower(): value for name, value in error.items()}
        for name in _SAYING:
            for word in words_in(under.get(name), depth + 1):
                yield place + word


def _parsed(text: str) -> object | None:
    """Return the object or list that a text begins with; None: it begins with none."""
    stripped = text.lstrip()
    if not stripped.startswith(("{", "[")):
        return None
    try:
        value, _ = objects.read_value(stripped)
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


def short(text: str, most: int = 200) -> str:
    """Return a text in one line of at most so many characters."""
    return " ".join(encodable(text).split())[:most]
