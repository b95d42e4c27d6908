"""JSON objects inside other text, also nearly JSON: found in hostile text in time that grows with its length."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from agent.core.notation import nearly_json

_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')
_BEGINS = re.compile(r"""\{(?=\s*(?:(?P<strict>["}])|['`\w/\#]))""")
"""Where an object may begin: in JSON a quote or the end of the object follows."""


def _read_whole(digits: str) -> int | str:
    """Return the number; one of more digits than any answer needs, which Python may refuse to read, as its text."""
    return int(digits) if len(digits) < 20 else digits


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object without what it says twice and not alike: the second may come out of a text it quotes."""
    found = dict(pairs)
    if len({name.strip().casefold() for name in found}) == len(pairs):
        return found
    said: dict[str, Any] = {}
    doubled = {name for each, value in pairs if said.setdefault(name := each.strip().casefold(), value) != value}
    return {name: value for name, value in found.items() if name.strip().casefold() not in doubled}


DECODER = json.JSONDecoder(  # 5.10 is a section, not 5.1
    strict=False, parse_float=str, parse_int=_read_whole, object_pairs_hook=_without_doubles
)
_VALUES = json.JSONDecoder(strict=False)
_DEEPEST = 100
"""Levels of objects and lists in one another: more have no use, and those who read them call themselves per level."""
_REREADINGS = 8
"""A text may be read so many times over in search of objects within half ones; from then on each half is skipped."""
_BEHIND = 8192
_LOOSE_TRIES = 6
_ABOVE_NAME = re.compile(r"^(?:\w{1,40}[./]){1,4}(?=[A-Za-z])")
_BEHIND_NAME = re.compile(r"(?<=\w)\s{0,9}[(\uff08].*$", re.DOTALL)
_AROUND_NAME = re.compile(r"^[\W\d_]+|\W+$")
_LONGEST_NAME = 100
_CARRIERS = frozenset({"arguments", "parameters", "input", "content", "text", "answer", "output", "response", "result"})
"""Names under which a text holds an answer, within a larger object such as a call of a tool."""


def read_value(text: str, at: int = 0) -> tuple[Any, int]:
    """Return the JSON value that begins in the text there, and where it ends; line ends in strings are allowed.

    Raises ValueError for what is none, for a number of thousands of digits, and for what is nested too deep to be read.
    """
    try:
        value, end = _VALUES.raw_decode(text, at)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if is_deep(value):
        raise ValueError("nested too deep")
    return value, end


def is_deep(value: object) -> bool:
    """Say whether objects and lists stand in one another more than ``_DEEPEST`` levels deep."""
    level = [value]
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in inner for value in values]
        if not level:
            return False
    return True


class Span(NamedTuple):
    """The objects of one place of a text, innermost first: none, where an answer begins that cannot be read."""

    begin: int
    end: int
    strict: bool
    objects: list[Mapping[str, Any]]


def find_objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects in the text in their order; of an object, first the objects that are its values.

    Fences and words around them are skipped. A backslash that starts no escape of JSON stands for itself, because
    models write LaTeX into JSON strings. Nearly JSON is read too: with comments, trailing commas, names without quotes,
    or as Python prints it. The work is linear in the text, though it may be nothing but beginnings of objects.
    """
    for span in find_spans(escaped(text)):
        yield from span.objects


def find_spans(text: str, key: str = "") -> Iterator[Span]:
    """Yield the places of the objects in the text. With ``key``, nothing is looked for within an object that has it and
    cannot be read, or behind a quote that such an object did not escape: what stands there is quoted."""
    behind, at, tries, patience = 0, 0, _LOOSE_TRIES, _REREADINGS * len(text)
    quoted = (0, 0)
    while begins := _BEGINS.search(text, at):
        if begins.start() > _BEHIND:
            cut = begins.start()  # a failure counts the lines before it, from the beginning of the text
            text, at, behind, quoted = text[cut:], 0, behind + cut, (quoted[0] - cut, quoted[1] - cut)
            continue
        at = begins.start()
        if quoted[0] <= at < quoted[1]:
            at = quoted[1]
            continue
        try:
            objects, end, failed = _decode(text, at, strict=bool(begins["strict"]))
        except RecursionError:
            return
        strict, patience = bool(objects), patience - (failed - at)
        if not objects:
            objects, loose_end = _read_loosely(text, at) if tries > 0 else ([], at)
            tries -= 1
            end = max(end, loose_end, failed if patience <= 0 else at)
        if key and not objects:
            half = _end_of_half(text, at, failed)
            if _is_half_answer(text, at, failed, key):
                end = half
                yield Span(behind + at, behind + end, False, [])
            elif text[at + 1 : failed].rstrip().endswith('"'):
                quoted = failed, half
        if objects:
            yield Span(behind + at, behind + end, strict, objects)
        at = end


def _decode(text: str, at: int, *, strict: bool) -> tuple[list[Mapping[str, Any]], int, int]:
    """Return the object in JSON that begins there with those in it, its end, and ``at``; none, the next place, and the
    place where it fails, if none does, or may (not ``strict``). Raises RecursionError for one that is nested beyond all
    use."""
    if not strict:
        return [], at + 1, at
    try:
        found, end = DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        return [], at + 1, error.pos
    if is_deep(found):
        raise RecursionError
    return list(with_inner(found)), end, at


def _is_half_answer(text: str, at: int, failed: int, key: str) -> bool:
    """Tell whether the object that cannot be read has the key, before the place where it fails or any object in it."""
    inner = text.find("{", at + 1, at + nearly_json.LONGEST)
    own = text[at : inner if inner >= 0 else at + nearly_json.LONGEST], _INNER.sub("", text[at + 1 : failed])
    return any(re.search(rf"(?<!\w){key}[\"'`]?\s{{0,9}}[:=]", part, re.IGNORECASE) for part in own)


_INNER = re.compile(r"\{[^{}]*\}")


def _end_of_half(text: str, at: int, failed: int) -> int:
    """Return where an object that cannot be read ends: its line, or the line of its last brace."""
    closed = _CLOSING_LINE.search(text, failed) if _OPENING_LINE.match(text, at) else None
    line = text.find("\n", failed)
    return closed.end() if closed else line if line >= 0 else len(text)


_OPENING_LINE, _CLOSING_LINE = re.compile(r"\{[ \t]*\n"), re.compile(r"^[ \t]*\}", re.MULTILINE)


def escaped(text: str) -> str:
    """Return the text with two backslashes for each one that starts no escape of JSON."""
    return _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", text)


def _read_loosely(text: str, at: int) -> tuple[list[Mapping[str, Any]], int]:
    """Return the object that begins at ``at`` as nearly JSON, with those in it, and where it ends; none, and the next
    place, if none does."""
    found, end = nearly_json.evaluate(text, at)
    return (list(with_inner(found)) if found else [], end) if isinstance(found, dict) else ([], at + 1)


def without_objects(text: str, is_foreign: Callable[[Mapping[str, Any]], bool]) -> str:
    """Return the text without the objects that are foreign to it; of objects in one another, the outermost counts."""
    whole = escaped(text)
    kept, at = [], 0
    for span in find_spans(whole):
        if is_foreign(span.objects[-1]):
            kept.append(whole[at : span.begin])
            at = span.end
    return "".join(kept) + whole[at:] if kept else text


def names(found: Mapping[str, Any], key: str) -> bool:
    """Tell whether the object has this key, in whatever case and with whatever marks and numbers around it."""
    return any(plain_name(name) == key for name in found)


def plain_name(name: str) -> str:
    """Return a key in lower case, without the marks around it, the number before it, the names above it, as of
    ``verdict.relevance``, and what stands in parentheses behind it."""
    return _AROUND_NAME.sub("", _BEHIND_NAME.sub("", _ABOVE_NAME.sub("", name[:_LONGEST_NAME]))).casefold()


def read_list(text: str) -> list[Any] | None:
    """Return the list that the whole text is, in JSON or as Python prints it; None: it is none."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")) or len(text) > nearly_json.LONGEST:
        return None
    try:
        found, end = DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        found, end = nearly_json.evaluate(text, 0)
    return found if isinstance(found, list) and end == len(text) else None


def with_inner(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in an object, at any depth, and it itself: some models wrap the answer in another object."""
    for name, value in found.items():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from with_inner(inner)
            elif isinstance(inner, str) and (len(found) == 1 or name in _CARRIERS) and inner.lstrip().startswith("{"):
                yield from find_objects(inner)
    yield found
