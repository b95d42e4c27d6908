"""The form of a model's answer: one pydantic model, and the strict JSON Schema that servers are given."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, wraps
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

from agent.core import json_text
from agent.records import NO_LEAF, Grade

Mode = Literal["json_schema", "json_object_schema", "json_object", "text"]
"""How a server is told the form: by a strict schema, by a schema beside ``json_object`` (llama-cpp-python, Together),
or in words, with or without JSON enforced."""

GRADES: dict[str, Grade] = {"out": 0, "adjacent": 1, "in_scope": 2, "core": 3}

GRADE_NAMES: dict[Grade, str] = {grade: name for name, grade in GRADES.items()}

_WITHOUT_LEAF = ("out", "adjacent")
"""Answers that need no leaf: only these may leave it out."""

_GRADE_WORDS = {
    "out": r"out(?:[\s_-]*of[\s_-]*scope)?(?![\s_-]*of[\s_-]*(?:\d|three|four|five|ten\b))|not[\s_-]*in[\s_-]*scope",
    "in_scope": r"in[\s_-]*scope",
    "adjacent": r"adjacent",
    "core": r"core",
}
"""The ``out`` of "2 out of 3" is no grade."""
_GRADE = re.compile(
    rf"(?<![a-z])(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _GRADE_WORDS.items())})(?![a-z])", re.IGNORECASE
)
_NUMBER = r"\W*([0-3])(?:\.0+)?(?:\s*(?:/|\bout\s+of\b|\bof\b)\s*3(?:\.0+)?(?!\.?\d))?\W*"
_BEFORE_GRADE = re.compile(rf"(?:{_NUMBER}|\W*)(?:(?:grade|relevance|level)\W*)?", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(
    r"[\s\"'`*>)\]]*(?:[|/,;]|\bor\b|\band\b|\bto\b)[\s\"'`*<(\[]*"
    rf"(?:{'|'.join(_GRADE_WORDS.values())})(?![a-z])",
    re.IGNORECASE,
)
"""After a grade, another one: the answer repeats what may be answered, or does not decide."""

_OTHER_NAMES = {
    "leaves": (
        "leaf", "leafids", "leafid", "sections", "section", "sectionids", "sectionid", "primary", "primaryleaf",
        "primarysection", "categories", "category",
    ),
    "secondary": ("secondaryleaves", "secondaryleaf", "secondarysections", "secondarysection"),
    "evidence": ("quotes", "quote", "evidencequotes"),
}  # fmt: skip
_ITEM_NAMES = (
    "id", "leaf", "leaf_id", "section_id", "section", "quote", "sentence", "text", "content", "value", "name", "title",
)  # fmt: skip
"""Under which small models write what was asked for under one name; the surer first."""

_VALUE_NAMES = ("value", "label", "grade", "level", "rating")
_RANK = re.compile(
    r"(primary|secondary|tertiary|first|second|third|main|best|top|others?|alternatives?|rank)[\s_-]*\d*", re.IGNORECASE
)
"""Names of places in an order: what stands under them is named, not they."""

SCHEMA_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum"})
"""What our schema may use: within what strict mode accepts, https://platform.openai.com/docs/guides/structured-outputs."""


class ModelAnswer(BaseModel):
    """The model's answer, in the order in which it should think. Which ids exist is checked by ``core/verdict.py``.

    ``tier`` makes the model place before it ranks; it is never read, since the tier follows from the leaf.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    operation: str = ""
    tier: str = ""
    relevance: Literal["out", "adjacent", "in_scope", "core"]
    leaves: list[str]
    secondary: list[str] = []
    evidence: list[str] = []
    reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def fields_by_name(cls, value: Any) -> Any:
        """Take names in any case, null for what is left out, and ``leaf`` for a single leaf, as small models write."""
        if not isinstance(value, dict):
            return value
        found = {_field_name(name): _bare(given) for name, given in value.items() if given is not None}
        found |= {name: _bare(value[name]) for name in cls.model_fields if value.get(name) is not None}
        for name, others in _OTHER_NAMES.items():
            for other in others:
                if other in found:
                    found.setdefault(name, found[other])
        if _grade_name(found.get("relevance")) in _WITHOUT_LEAF:
            found.setdefault("leaves", [])
        return found

    @field_validator("relevance", mode="before")
    @classmethod
    def relevance_in_any_spelling(cls, value: Any) -> Any:
        """Return the grade's name for ``CORE``, ``In scope``, ``**core**``, ``core (filters data)``, 3, ``3 - core`` or
        a list of just one; of what names two grades, as ``core|in_scope|adjacent|out`` does, the text as it is."""
        return _grade_name(value) or value

    @field_validator("leaves", "secondary", "evidence", mode="before")
    @classmethod
    def list_of_strings(cls, value: Any, given: ValidationInfo) -> Any:
        """Return a list for one string, without nulls; of an object that names its id, the id.

        Of any other object its texts, or its names where leaves are asked for, as in ``{"4.2.1": 0.9}``.
        """
        found = []
        for item in _flat(value):
            if isinstance(item, dict) and not any(item.get(name) for name in _ITEM_NAMES):
                ranked = _quotes(given) or all(_RANK.fullmatch(str(name)) for name in item)
                found += (
                    [each for each in _flat(list(item.values())) if isinstance(each, str)] if ranked else list(item)
                )
            elif (named := _named(item)) is not None:
                found.append(named)
        return found

    @field_validator("operation", "tier", "reason", mode="before")
    @classmethod
    def text_of_anything(cls, value: Any) -> Any:
        """Return one text for a list of texts, and for a number: these fields decide nothing."""
        if isinstance(value, list):
            return "; ".join(str(item) for item in value)
        return str(value) if isinstance(value, int | float | dict) else value

    @field_validator("operation", "tier", "reason")
    @classmethod
    def one_line(cls, value: str) -> str:
        return " ".join(encodable(value).split())


_LONGEST_NAME = 300
"""Characters: a longer text is the model's own, and not worth keeping."""


def _keep_names(most: int) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Let a function keep what it returned for the last ``most`` texts that are short enough for names."""

    def wrap(function: Callable[[str], str]) -> Callable[[str], str]:
        kept = lru_cache(maxsize=most)(function)
        return wraps(function)(lambda text: kept(text) if len(text) <= _LONGEST_NAME else function(text))

    return wrap


@_keep_names(4096)
def fold(text: str) -> str:
    """Return the text as names are compared: lower case, one ``_`` for blanks, dashes and underscores, no marks
    around it."""
    bare = re.sub(r"^\W+|(?<!\W)\W+$", "", text)
    return re.sub(r"[\s_-]+", "_", _DASHES.sub("-", bare)).strip("_").casefold()


_DASHES = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")


@_keep_names(256)
def _field_name(name: str) -> str:
    """Return the name of a field as it is compared: ``leafids`` for ``2. Leaf IDs``."""
    return json_text.plain_name(re.sub(r"[\s_-]+", "", name))


def _grade_name(value: Any) -> str | None:
    """Return the grade that a value means; None: none, or more than one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        chosen = [name for name, said in value.items() if said is True]
        value = chosen[0] if len(chosen) == 1 else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = _DASHES.sub("-", str(value))
    if number := re.fullmatch(_NUMBER, text, re.IGNORECASE):
        return GRADE_NAMES[int(number[1])]  # type: ignore[index]
    before = _BEFORE_GRADE.match(text)
    named = _GRADE.match(text, before.end() if before else 0)
    if named is None and len(text) <= _SENTENCE and not _NEGATION.search(text):
        mentioned = list(_GRADE.finditer(text))
        named = mentioned[0] if len({each.lastgroup for each in mentioned}) == 1 else None
    return named.lastgroup if named and not _ONE_OF_SEVERAL.match(text, named.end()) else None


_SENTENCE = 80
"""Characters of a text that may name its grade anywhere, when it names one alone."""
_NEGATION = re.compile(
    r"\b(not|no|neither|nor|cannot|never|hardly|far from|rather|instead|than|if|unless|unclear)\b|n't|n\u2019t",
    re.IGNORECASE,
)


def _bare(value: Any) -> Any:
    """Return what is in an object that holds a value beside its confidence or its reasons; anything else as it is."""
    if isinstance(value, dict) and not value.keys() & {"type", "enum"}:
        return next((value[name] for name in _VALUE_NAMES if value.get(name) is not None), value)
    return value


def _flat(value: Any) -> list[Any]:
    """Return the items of a list and of the lists in it; of anything else a list of one."""
    items = value if isinstance(value, list) else [value]
    return [each for item in items for each in (item if isinstance(item, list) else [item])]


def _quotes(given: ValidationInfo) -> bool:
    return given.field_name == "evidence"


def _named(item: Any) -> Any:
    """Return what one item of a list names: the string itself, a number as text, or the id in an object."""
    if isinstance(item, dict):
        return next((str(item[name]) for name in _ITEM_NAMES if item.get(name)), item)
    return str(item) if isinstance(item, int | float) and not isinstance(item, bool) else item


def encodable(text: str) -> str:
    """Return the text with lone surrogates, which JSON can express and UTF-8 cannot, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


_sent = lru_cache(maxsize=16)(encodable)
"""The first message is long, and the same for every paper."""


@cache
def _properties() -> Mapping[str, Mapping[str, Any]]:
    """Return the JSON Schema of each field of ``ModelAnswer``, made once."""
    found: Mapping[str, Mapping[str, Any]] = ModelAnswer.model_json_schema()["properties"]
    return found


def json_schema(leaves: Sequence[str], tiers: Sequence[str]) -> dict[str, Any]:
    """Return the strict schema of a ``ModelAnswer`` about a taxonomy with these leaf ids and tiers.

    Strict mode wants every property required and no others. Bounds on lists are left to the reader of the answer,
    because not every server accepts them.
    """
    closed = {"tier": list(tiers), "leaves": [*leaves, NO_LEAF], "secondary": list(leaves)}
    properties = {}
    for name, field in _properties().items():
        form = {key: value for key, value in field.items() if key in SCHEMA_KEYWORDS}
        if name in closed:
            strings = {"type": "string", "enum": closed[name]}
            form = {"type": "array", "items": strings} if form["type"] == "array" else strings
        properties[name] = form
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def request_body(
    model: str,
    messages: Sequence[Mapping[str, str]],
    schema: Mapping[str, Any],
    *,
    mode: Mode = "json_schema",
    reasoning_effort: str = "",
    max_completion_tokens: int = 4000,
) -> dict[str, Any]:
    """Return the body of POST /v1/chat/completions, https://platform.openai.com/docs/api-reference/chat/create.

    Without ``json_schema`` the schema is written at the end of the first message. An empty ``reasoning_effort`` is
    not sent, since many servers refuse the parameter.
    """
    first, *others = messages
    told = [{name: _sent(text) for name, text in first.items()}]
    told += [{name: encodable(text) for name, text in message.items()} for message in others]
    body: dict[str, Any] = {"model": model, "messages": told, "max_completion_tokens": max_completion_tokens}
    if mode == "json_schema":
        strict = {"name": "verdict", "strict": True, "schema": dict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": strict}
    else:
        told[0]["content"] += f"\n\nAnswer with one JSON object of this JSON Schema:\n{json.dumps(schema)}"
    if mode == "json_object_schema":
        body["response_format"] = {"type": "json_object", "schema": dict(schema)}
    if mode == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body | ({"reasoning_effort": reasoning_effort} if reasoning_effort else {})


def content_key(
    model: str, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], reasoning_effort: str
) -> str:
    """Return the sha256 (hex) of what is asked of whom: the key under which a raw answer is kept.

    Hashed is the JSON of ``[model, messages, schema, reasoning_effort]``, the keys of all objects sorted.
    How a server had to be told the form (``Mode``) is not part of it: the question is the same.
    """
    first, *others = (tuple(sorted(message.items())) for message in messages)
    digest = _hash_of_start(model, first).copy()
    for message in others:
        digest.update(f", {json.dumps(dict(message))}".encode())
    rest = json.dumps(dict(schema), sort_keys=True), json.dumps(reasoning_effort)
    digest.update(f"], {', '.join(rest)}]".encode())
    return digest.hexdigest()


@lru_cache(maxsize=4)
def _hash_of_start(model: str, first: tuple[tuple[str, str], ...]) -> hashlib._Hash:
    """Return the hash of a question up to the end of its first message, which is long and the same for every paper."""
    return hashlib.sha256(f"[{json.dumps(model)}, [{json.dumps(dict(first))}".encode())
