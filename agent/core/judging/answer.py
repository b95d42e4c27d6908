"""The form of a model's answer: one pydantic model, and the strict JSON Schema that servers are given."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, WithJsonSchema, field_validator, model_validator
from rapidfuzz import fuzz

from agent.core.judging.reading.names import field_name
from agent.core.judging.reading.values import bare, grade_of, points_of, texts_in
from agent.records import NO_LEAF

Mode = Literal["json_schema", "json_object_schema", "json_object", "text"]
"""How a server is told the form: by a strict schema, by a schema beside ``json_object`` (llama-cpp-python, Together),
or in words, with or without JSON enforced."""

_WITHOUT_LEAF = ("out", "adjacent")
"""Answers that need no leaf: only these may leave it out."""

_NEXT = "other|alternat(?:iv)?e|second|third|next|runnerup"
_WHICH = f"(?:primary|first|best|top|main|assigned|candidate|taxonomy|chosen|selected|suggested|ranked|final|{_NEXT})?"
_PLACE = r"(?:[.\[]?\d{1,2})?"
"""The place in a list whose items are fields of their own: ``leaf_2``, ``leaves.0``, ``evidence[1]``."""
_OTHER_NAMES = {
    "relevance": r"relevance(?:(?:grade|level|label|class|category|rating|verdict|decision|tier)|(?:to|for|of|with)\w+)"
    r"|relevancy|grade",
    "fit": r"fit(?:score|value|rating|points)",
    "leaves": rf"{_WHICH}(?:leaf|leaves|sections?)(?:ids?|codes?|numbers?|sections?|list|names?|assign\w+)?"
    rf"{_PLACE}|primary|categor(?:y|ies)|alternatives?",
    "secondary": rf"secondary(?:leaf|leaves|sections?)?(?:ids?)?{_PLACE}",
    "evidence": rf"\w*(?:evidence|quot(?:e|ation)|(?:supporting|key)sentence)s?(?:quotes?|sentences?)?{_PLACE}",
}
"""Under which names small models write a field, as ``field_name`` returns them."""

SCHEMA_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum"})
"""What our schema may use: within what strict mode accepts, https://platform.openai.com/docs/guides/structured-outputs."""


class ModelAnswer(BaseModel):
    """The model's answer, in the order in which it should think. ``core/judging/verdict.py`` checks which ids exist.

    ``tier`` makes the model place before it ranks; it is never read, since the tier follows from the leaf. ``fit``, 0
    to 100, orders papers of one grade, where the prompt asks for it; null where the answer has no such number.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    operation: str = ""
    tier: str = ""
    relevance: Literal["out", "adjacent", "in_scope", "core"]
    fit: Annotated[int | None, WithJsonSchema({"type": "integer"})] = None
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
        found = {field_name(name): bare(given) for name, given in value.items() if given is not None}
        found |= {name: bare(value[name]) for name in cls.model_fields if value.get(name) is not None}
        for name in _OTHER_NAMES:
            others = sorted(found, key=_surest_first) if name not in found else []
            named = [found[other] for other in others if _named_otherwise(other[:_LONGEST_OTHER]) == name]
            named = [each for each in named if not isinstance(each, bool)]
            if named:
                found[name] = named[0] if name in ("relevance", "fit") or len(named) == 1 else named
        if grade_of(found.get("relevance")) in _WITHOUT_LEAF:
            found.setdefault("leaves", [])
        return found

    @field_validator("relevance", mode="before")
    @classmethod
    def relevance_in_any_spelling(cls, value: Any) -> Any:
        """Return the grade's name for ``CORE``, ``In scope``, ``**core**``, ``core (filters data)``, 3, ``3 - core`` or
        a list of just one; of what names two grades, as ``core|in_scope|adjacent|out`` does, the text as it is."""
        return grade_of(value) or value

    @field_validator("fit", mode="before")
    @classmethod
    def number_in_any_spelling(cls, value: Any) -> int | None:
        """Return the number of ``87``, ``"87/100"``, ``87%`` or ``0.87``, null of anything else: the grade decides."""
        return points_of(value)

    @field_validator("leaves", "secondary", "evidence", mode="before")
    @classmethod
    def list_of_strings(cls, value: Any, given: ValidationInfo) -> Any:
        """Return a list for one text, a list in a text, and an object of names or of texts."""
        return texts_in(value, quotes=given.field_name == "evidence")

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


_LONGEST_OTHER = 40


def _surest_first(name: str) -> tuple[bool, bool, bool, str]:
    return "lea" not in name, re.match(_NEXT, name) is not None, not re.search(r"(?:id|code|number)s?\b", name), name


@lru_cache(maxsize=256)
def _named_otherwise(name: str) -> str | None:
    """Return the field that this other name is one of, or that it misspells; None: of none."""
    known = next((field for field, names in _OTHER_NAMES.items() if re.fullmatch(names, name)), None)
    return known or next((_SPELT[spelt] for spelt in _SPELT if name[:1] == spelt[0] and _nearly(name, spelt)), None)


def _nearly(name: str, spelt: str) -> bool:
    return fuzz.ratio(name, spelt, score_cutoff=_ALIKE) > 0


_SPELT = {name: name for name in _OTHER_NAMES} | {"leaf": "leaves"}
_ALIKE = 85
"""Percent: a wrong, a missing or a doubled letter; ``relevant``, which asks for yes or no, is another name."""


def encodable(text: str) -> str:
    """Return the text with lone surrogates, which JSON can express and UTF-8 cannot, as question marks, and without
    NUL, which no text of PostgreSQL may hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


_sent = lru_cache(maxsize=16)(encodable)
"""The first message is long, and the same for every paper."""


@cache
def _properties() -> Mapping[str, Mapping[str, Any]]:
    """Return the JSON Schema of each field of ``ModelAnswer``, made once."""
    found: Mapping[str, Mapping[str, Any]] = ModelAnswer.model_json_schema()["properties"]
    return found


def json_schema(leaves: Sequence[str], tiers: Sequence[str], *, fit: bool = False) -> dict[str, Any]:
    """Return the strict schema of a ``ModelAnswer`` about a taxonomy with these leaf ids and tiers, with or without
    ``fit``.

    Strict mode wants every property required and no others. Bounds on lists are left to the reader of the answer,
    because not every server accepts them.
    """
    closed = {"tier": list(tiers), "leaves": [*leaves, NO_LEAF], "secondary": list(leaves)}
    properties = {}
    for name, field in _properties().items():
        if name == "fit" and not fit:
            continue
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
