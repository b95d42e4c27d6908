"""From YAML text to a checked record, and what is said when the text is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, get_args

import yaml
from pydantic import ValidationError

from agent.errors import ConfigError
from agent.records import Record

R = TypeVar("R", bound=Record)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same safe loader in C, where PyYAML was built with it: every command reads the whole taxonomy first."""


def read(kind: type[R], where: str, text: str) -> R:
    """Return the record that the YAML text holds. ``where`` names the file in messages.

    Raises ConfigError, one line with the place, the value and what is allowed, for text that is no YAML or no ``kind``.
    """
    try:
        content = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: not YAML: {' '.join(str(error).split())}; correct that line") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{where}: holds {_short(content)}; it needs the keys {', '.join(kind.model_fields)}")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_problem(error, kind)}") from None


def _problem(error: ValidationError, kind: type[Record]) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(_record_at(kind, first["loc"][:-1]).model_fields)
        return f"unknown key {place!r}; allowed there: {allowed}"
    if first["type"] == "missing":
        return f"key {place!r} is missing; add it"
    return f"{place!r} is {_short(first['input'])}: {first['msg']}"


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
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
