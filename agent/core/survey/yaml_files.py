"""From YAML text to a checked record, and what is said when the text is refused."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterator
from typing import Any, TypeVar, get_args

import yaml
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from rapidfuzz import fuzz, process

from agent.errors import IN_QUOTES, ConfigError, say_what_is_needed
from agent.records import Record

R = TypeVar("R", bound=Record)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same safe loader in C, where PyYAML was built with it: every command reads the whole taxonomy first."""
_UNREADABLE = (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""Raised by PyYAML for what is no YAML, and for values of a kind it knows that are none: 2026-02-30, ``!!timestamp x``,
a number of thousands of digits, lists in one another without end."""
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 60
_NEAR = 60
"""A key at least so alike (0-100) is proposed in place of an unknown one."""


class Refused(ConfigError):
    """A text that is no YAML or not the record it should be.

    ``problems`` are one line each, with file, key and example.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n  ".join(problems))
        self.problems = problems


def read(kind: type[R], where: str, text: str) -> R:
    """Return the record that the YAML text holds. ``where`` names the file in messages.

    Raises Refused, with everything that is wrong in the text, when it is no YAML or no ``kind``.
    """
    try:
        content = yaml.load(text, Loader=_LOADER)
    except _UNREADABLE as error:
        raise Refused((f"{where}: not YAML: {' '.join(str(error).split())}; correct that line",)) from None
    if not isinstance(content, dict):
        held = "is empty" if content is None else f"holds {_short(content)}"
        raise Refused((f"{where}: {held}; it needs the keys {', '.join(kind.model_fields)}",))
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise Refused(tuple(f"{where}: {problem}" for problem in _problems(error, kind, content))) from None


def _problems(error: ValidationError, kind: type[Record], content: object) -> Iterator[str]:
    for found in error.errors(include_url=False):
        place = found["loc"]
        if found["type"] == "too_short" and found["input"]:
            continue  # its items are wrong, which is said of each
        named = ".".join(str(part) for part in place)
        about = _owner(content, place)
        if found["type"] == "extra_forbidden":
            yield f"unknown key {named!r}{about}{_allowed(kind, place)}"
        elif found["type"] == "missing":
            yield f"key {named!r} is missing{about}; add it{_example(kind, place)}"
        else:
            value, needed = _short(found["input"]), say_what_is_needed(found)
            example = _example(kind, place, found["input"] if needed == IN_QUOTES else None)
            yield f"{named!r} is {value}{about}: {needed}{example}"


def _owner(content: object, place: tuple[int | str, ...]) -> str:
    """Return ``(of 'the id')`` for a key inside a record with an id: a position, ``leaves.7``, is hard to find."""
    owner = ""
    for part in place:
        if isinstance(content, dict) and isinstance(content.get("id"), str):
            owner = content["id"]
        try:
            content = content[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            break
    return f" (of {owner!r})" if owner and len(place) > 1 else ""


def _allowed(kind: type[Record], place: tuple[int | str, ...]) -> str:
    names = tuple(_record_at(kind, place[:-1]).model_fields)
    near = process.extractOne(str(place[-1]), names, scorer=fuzz.ratio, score_cutoff=_NEAR)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"{meant}; allowed there: {', '.join(names)}"


def _example(kind: type[Record], place: tuple[int | str, ...], unquoted: object = None) -> str:
    """Return ``; for example 'key: value'`` when the field has an example, or with the value that lacks its quotes."""
    keys = [part for part in place if isinstance(part, str)]
    if unquoted is not None and keys[-1:] == [place[-1]]:
        return f"; for example {keys[-1]}: {json.dumps(str(unquoted))}"
    field: FieldInfo | None = None
    try:
        field = _record_at(kind, place[: place.index(keys[-1])] if keys else place).model_fields.get(keys[-1])
    except (StopIteration, KeyError, IndexError):
        return ""
    return f"; for example {keys[-1]}: {json.dumps(field.examples[0])}" if field and field.examples else ""


def _record_at(kind: type[Record], place: tuple[int | str, ...]) -> type[Record]:
    for part in place:
        if isinstance(part, str):
            kind = next(_records_in(kind.model_fields[part].annotation))
    return kind


def _records_in(annotation: Any) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for argument in get_args(annotation):
        yield from _records_in(argument)


def _short(value: object) -> str:
    text = " ".join(_REPR.repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
