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
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_]\w{0,40})(?:\s[^<>]{0,100})?>")
_INNER = re.compile(r"<(\w{1,40})>([^<]*)</\1>")
_CALL = re.compile(r"\b[A-Za-z_]\w{0,60}(?P<begin>\()(?=\s*[A-Za-z_]\w{0,40}\s*=)")


def find_call(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the arguments of the last call that has ``key`` among them, or the elements beside that of this name.

    None: there is none. What stands in tags is text, or a list of the texts of the tags in it.
    """
    if len(text) > _LONGEST:
        return None
    for fields in (_parameters(text), _elements(text, key), _arguments(text, key)):
        if any(name.casefold() == key for name in fields):
            return fields
    return None


def _parameters(text: str) -> dict[str, Any]:
    return {
        found["name"] or found["key"]: _plain(found["value"] or found["said"] or "")
        for found in _PARAMETER.finditer(text)
    }


def _elements(text: str, key: str) -> dict[str, Any]:
    """Return the elements of XML at the depth of the one that is called ``key``."""
    wanted, lower = f"</{key}>", text.casefold() if text.isascii() else text
    fields: dict[str, Any] = {}
    at = 0
    for _ in range(_MOST if wanted in lower else 0):
        if (begun := _ELEMENT.search(text, at)) is None:
            break
        end = text.find(f"</{begun['name']}>", begun.end())
        inner = text[begun.end() : end]
        at = begun.end()
        if end >= 0 and wanted not in lower[begun.end() : end]:
            said = [_plain(each) for _, each in _INNER.findall(inner)] or _plain(inner)
            before = fields.get(begun["name"])
            fields[begun["name"]] = said if before is None or begun["name"].casefold() == key else _with(before, said)
            at = end
    return fields


def _with(before: str | list[str], said: str | list[str]) -> list[str]:
    """Return both values of elements with the same name, which are items of one list."""
    return [item for each in (before, said) for item in ([each] if isinstance(each, str) else each)]


def _arguments(text: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for begun in list(_CALL.finditer(text))[-_CALLS:]:
        said, _ = nearly_json.evaluate(text, begun.start("begin"))
        if isinstance(said, dict) and key in said:
            found = said
    return found


def _plain(text: str) -> str:
    return html.unescape(text).strip()
