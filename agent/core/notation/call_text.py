"""Calls of a function in a model's text: in tags, as chat templates of many models write them, or as Python does."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from agent.core.notation import nearly_json

_LONGEST = 16_000
_MOST, _CALLS = 100, 6
"""Elements, and calls, that are looked at."""
_PARAMETER = re.compile(
    r"<[^<>\w]{0,3}(?:[A-Za-z]{1,12}[^<>\w]{1,3})?parameter(?:=|\s+name=[\"'])(?P<name>\w{1,40})[^<>]{0,60}>"
    r"(?P<value>[^<]{0,8000})"
    r"|<arg_key>\s*(?P<key>\w{1,40})\s*</arg_key>\s*<arg_value>(?P<said>[^<]{0,8000})"
)
"""An argument in tags, as of Qwen, Anthropic, MiniMax, DeepSeek and GLM."""
_PARAMETER_ENDS = re.compile(r"</[^<>]{0,30}(?:parameter|arg_value)>")
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_]\w{0,40})(?:\s[^<>]{0,100})?>")
_INNER = re.compile(r"<(\w{1,40})>([^<]*)</\1>")
_CALL = re.compile(r"\b[A-Za-z_]\w{0,60}(?P<begin>\()(?=\s*[A-Za-z_]\w{0,40}\s*=)")
_BEFORE_CALL = re.compile(r"(?:^|[\n\[(=:>]|\b(?:await|return))[ \t]*`{0,3}[\w.]{0,100}\Z")
"""What a call stands behind when it is made, not spoken of: ``to call verdict(...)`` is a sentence."""
_AFTER_ANSWER = re.compile(r"(?:[\s\])};`]|<[^<>]{1,100}>|\[/\w{1,20}\])*+\Z")
"""Fences, brackets and tags: words behind the answer may say that it is only quoted."""


def find_call(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the arguments of the last call that has ``key`` among them, or the elements beside that of this name.

    None: there is none, words follow it, or a text in it may hold another one, since ``key`` stands there twice. What
    stands in tags is text, or a list of the texts of the tags in it.
    """
    if len(text) > _LONGEST:
        return None
    for read in (_parameters, _elements, _arguments):
        if (found := read(text, key)) is not None:
            fields, end = found
            return fields if fields and _AFTER_ANSWER.match(text, end) else None
    return None


def _parameters(text: str, key: str) -> tuple[dict[str, Any], int] | None:
    """Return the arguments in tags, and where they end; no arguments, if one of them has two values."""
    found = [
        (each["name"] or each["key"], _plain(each["value"] or each["said"] or "")) for each in _PARAMETER.finditer(text)
    ]
    if not any(name.casefold() == key for name, _ in found):
        return None
    fields = dict(found)
    end = max(each.end() for pattern in (_PARAMETER, _PARAMETER_ENDS) for each in pattern.finditer(text))
    return (fields if len({*found}) == len(fields) else {}), end


def _elements(text: str, key: str) -> tuple[dict[str, Any], int] | None:
    """Return the elements of XML at the depth of the one that is called ``key``, and where they end."""
    wanted, lower = f"</{key}>", text.casefold() if text.isascii() else text
    if wanted not in lower:
        return None
    fields: dict[str, Any] = {}
    at = ended = 0
    for _ in range(_MOST if lower.count(wanted) == 1 else 0):
        if (begun := _ELEMENT.search(text, at)) is None:
            break
        end = text.find(f"</{begun['name']}>", begun.end())
        inner = text[begun.end() : end]
        at = begun.end()
        if end >= 0 and wanted not in lower[begun.end() : end]:
            said = [_plain(each) for _, each in _INNER.findall(inner)] or _plain(inner)
            before = fields.get(begun["name"])
            fields[begun["name"]] = said if before is None else _with(before, said)
            at = ended = end
    return (fields if any(name.casefold() == key for name in fields) else {}), ended


def _with(before: str | list[str], said: str | list[str]) -> list[str]:
    """Return both values of elements with the same name, which are items of one list."""
    return [item for each in (before, said) for item in ([each] if isinstance(each, str) else each)]


def _arguments(text: str, key: str) -> tuple[dict[str, Any], int] | None:
    """Return the arguments of the last call with ``key`` that is made, not spoken of, and where it ends."""
    found: tuple[dict[str, Any], int] | None = None
    for begun in list(_CALL.finditer(text))[-_CALLS:]:
        said, end = nearly_json.evaluate(text, begun.start("begin"))
        if isinstance(said, dict) and any(name.casefold() == key for name in said):
            made = _BEFORE_CALL.search(text, max(0, begun.start() - 120), begun.start())
            found = (said if made else {}), end
    return found


def _plain(text: str) -> str:
    return html.unescape(text).strip()
