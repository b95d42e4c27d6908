"""JSON values inside other text: in what a model wrote around its answer, and in what a server sent around its body."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from agent.core.notation import call_text, field_lines, nearly_json, yaml_text
from agent.core.notation.quotation import (
    CORRECTS,
    NEAR,
    SPEAKS_OF,
    TAG,
    are_lines_quoted,
    is_spoken_of,
    without_quotation,
)
from agent.core.notation.rewritten import LONGEST_ENDING, readings, without_ending
from agent.core.notation.thinking import THOUGHT_BEGINS, plainly_marked, spoken, thinks_to_the_end

_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')
_ANSWER_TAGS = ("answer", "final_answer", "output", "response", "solution", "result", "json")
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


_DECODER = json.JSONDecoder(  # 5.10 is a section, not 5.1
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
_AROUND_NAME = re.compile(r"^[\W\d_]+|\W+$")
_OBJECT_ENDS = re.compile(r"\}[\s\]]{0,40}$")
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
    if _is_deep(value):
        raise ValueError("nested too deep")
    return value, end


def _is_deep(value: object) -> bool:
    """Say whether objects and lists stand in one another more than ``_DEEPEST`` levels deep."""
    level = [value]
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in inner for value in values]
        if not level:
            return False
    return True


class _Span(NamedTuple):
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
    for span in _spans(_escaped(text)):
        yield from span.objects


def _spans(text: str, key: str = "") -> Iterator[_Span]:
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
                yield _Span(behind + at, behind + end, False, [])
            elif text[at + 1 : failed].rstrip().endswith('"'):
                quoted = failed, half
        if objects:
            yield _Span(behind + at, behind + end, strict, objects)
        at = end


def _decode(text: str, at: int, *, strict: bool) -> tuple[list[Mapping[str, Any]], int, int]:
    """Return the object in JSON that begins there with those in it, its end, and ``at``; none, the next place, and the
    place where it fails, if none does, or may (not ``strict``). Raises RecursionError for one that is nested beyond all
    use."""
    if not strict:
        return [], at + 1, at
    try:
        found, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        return [], at + 1, error.pos
    if _is_deep(found):
        raise RecursionError
    return list(_with_inner(found)), end, at


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


def _escaped(text: str) -> str:
    """Return the text with two backslashes for each one that starts no escape of JSON."""
    return _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", text)


def _read_loosely(text: str, at: int) -> tuple[list[Mapping[str, Any]], int]:
    """Return the object that begins at ``at`` as nearly JSON, with those in it, and where it ends; none, and the next
    place, if none does."""
    found, end = nearly_json.evaluate(text, at)
    named = isinstance(found, dict) and all(isinstance(name, str) for name in found)
    return (list(_with_inner(found)) if found else [], end) if named else ([], at + 1)


def find_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object in the text that has ``key`` (in whatever case), else the last object, else None.

    If several have it, the last one that stands outside the model's thinking counts, and the last one inside of it
    only when there is none outside: a model that thinks aloud writes drafts. What stands in a tag of the answer's own
    comes before both. A schema of the answer is none. A text that holds no such object is read again as what servers
    and models make of one: escaped once too often, with typographic or full-width punctuation, as HTML, with quotes
    that are not escaped, without commas or its first or last brace, as YAML, as a call of a function, or as lines that
    begin with the names.
    """
    last: Mapping[str, Any] | None = None
    text = _unquoted(text)
    if (whole := _whole_answer(text, key)) is not None:
        return whole
    text = plainly_marked(_with_shielded_texts(without_quotation(text), key))
    for reading in readings(text):
        found = _answer_in(reading, key)
        if found is not None and names(found, key):
            return found
        last = last or found
        if found is None and _is_disputed(reading, key):
            return None
    said = spoken(text)
    if are_lines_quoted(said, key):
        return last
    readers = yaml_text.find_mapping, call_text.find_call, field_lines.find_fields
    return next((found for read in readers if (found := read(said, key))), last)


def without_objects(text: str, is_foreign: Callable[[Mapping[str, Any]], bool]) -> str:
    """Return the text without the objects that are foreign to it; of objects in one another, the outermost counts."""
    whole = _escaped(text)
    kept, at = [], 0
    for span in _spans(whole):
        if is_foreign(span.objects[-1]):
            kept.append(whole[at : span.begin])
            at = span.end
    return "".join(kept) + whole[at:] if kept else text


def names(found: Mapping[str, Any], key: str) -> bool:
    """Tell whether the object has this key, in whatever case and with whatever marks and numbers around it."""
    return any(plain_name(name) == key for name in found)


def plain_name(name: str) -> str:
    """Return a key in lower case, without the marks around it, the number before it and the names above it, as of
    ``verdict.relevance``."""
    return _AROUND_NAME.sub("", _ABOVE_NAME.sub("", name[:_LONGEST_NAME])).casefold()


def final_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object with ``key`` that the text ends with; None: what was cut, or is thought on, ends otherwise."""
    text = _unquoted(text)
    if (whole := _whole_answer(text, key)) is not None:
        return whole
    text = plainly_marked(_with_shielded_texts(text, key))
    if not _OBJECT_ENDS.search(without_ending(text)[-LONGEST_ENDING:]) or thinks_to_the_end(text):
        return None
    found = _answer_in(text, key)
    return found if found is not None and names(found, key) else None


def first_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object with ``key`` that the text begins with, if nothing but the same again and again follows until
    the text is cut. None: there is no such object, or the model writes on, and may be about to correct itself."""
    begun = _FENCE.sub("", _unquoted(text).lstrip("\ufeff \t\r\n"))
    if not begun.startswith("{"):
        return None
    try:
        found, end = _DECODER.raw_decode(begun)
    except (ValueError, RecursionError):
        return None
    said, rest = (_BETWEEN.sub("", part) for part in (begun[:end], begun[end:]))
    repeated = (said * (len(rest) // len(said) + 1)).startswith(rest)
    return found if repeated and names(found, key) and not _is_deep(found) else None


_FENCE = re.compile(r"^```\w*\s*")
_BETWEEN = re.compile(r"\s+|`{1,3}(?:\w*\s)?|<\|[^<>|]{0,40}\|>|</?[\w-]{1,40}>|\[/\w{1,20}\]")
"""Blanks, fences, and tokens and tags of a template, which may stand between repetitions of an answer."""


def _whole_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object with ``key`` that the whole text is, also in a fence; None: it is none. Marks of thinking in
    such a text are words of its strings."""
    bare = _FENCE.sub("", text.strip("\ufeff \t\r\n")).removesuffix("```").rstrip()
    if not (bare.startswith("{") and bare.endswith("}")):
        return None
    bare = _escaped(bare)
    try:
        found, end = _DECODER.raw_decode(bare)
    except (ValueError, RecursionError):
        return None
    return None if end < len(bare) or _is_deep(found) else _last_named(list(_with_inner(found)), key)


def _with_shielded_texts(text: str, key: str) -> str:
    """Return the text with the marks of tags in the strings of its answers as escapes of JSON, which mean the same."""
    whole = _escaped(text)
    kept, at = [], 0
    for span in _spans(whole, key):
        end = span.end if span.strict else whole.rfind('"', span.begin, span.end)
        if not span.strict and (span.objects or end < 0 or THOUGHT_BEGINS.search(whole, 0, span.begin)):
            continue
        shielded = _MARKS_IN_TEXT.sub(lambda mark: f"\\u{ord(mark[0]):04x}", whole[span.begin : end])
        kept += [whole[at : span.begin], shielded]
        at = end
    shielded = "".join(kept) + whole[at:]
    return shielded if shielded != whole else text


_MARKS_IN_TEXT = re.compile(r"<(?=[/|\w])|\[(?=/?(?:think|reason|thought))|\u25c1", re.IGNORECASE)


def _marked_answer(text: str, key: str) -> str:
    """Return what stands in the last tag of the answer's own, with an object in it; the whole text, if in none, or if
    an answer with all of its names follows: with fewer it is a draft that the model looks back on."""
    lower = text.casefold() if text.isascii() else text
    marked = []
    for tag in _ANSWER_TAGS:
        ends = lower.rfind(f"</{tag}>")
        begins = lower.rfind(f"<{tag}>", 0, ends) if ends > 0 else -1
        if begins >= 0 and "{" in text[begins:ends]:
            marked.append((ends, begins))
    if not marked:
        return text
    ends, begins = max(marked)
    if _is_quoted(text, begins, text.find(">", ends) + 1, key):
        return text
    later = _last_named(list(find_objects(text[ends:])), key)
    if later is None:
        return text[begins:ends]
    said = _last_named(list(find_objects(text[begins:ends])), key) or {}
    return text if {*map(plain_name, said)} <= {*map(plain_name, later)} else text[begins:ends]


def read_list(text: str) -> list[Any] | None:
    """Return the list that the whole text is, in JSON or as Python prints it; None: it is none."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")) or len(text) > nearly_json.LONGEST:
        return None
    try:
        found, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        found, end = nearly_json.evaluate(text, 0)
    return found if isinstance(found, list) and end == len(text) else None


def _answer_in(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the answer of the text, else its last object; None: there is none, or it is not sure which one counts."""
    outside = _marked_answer(spoken(text), key)
    last: Mapping[str, Any] | None = None
    for part in dict.fromkeys((outside, text)):
        whole = _escaped(part)
        spans = list(_spans(whole, key))
        said = _said_last(whole, spans, key, drafts=part != outside)
        if said is _NOT_SURE:
            return None
        objects = [each for span in spans for each in span.objects]
        if said is None or len(said) == 1:
            said = _of_single_fields(objects, key) or said
        if said is not None:
            return said
        last = last or (objects[-1] if objects else None)
    return last


_NOT_SURE: Mapping[str, Any] = {}


def _is_disputed(text: str, key: str) -> bool:
    """Tell whether the text has whole answers of which it is not sure that one counts."""
    whole = _escaped(_marked_answer(spoken(text), key))
    spans = list(_spans(whole, key))
    return all(span.objects for span in spans) and _said_last(whole, spans, key, drafts=False) is _NOT_SURE


def _said_last(whole: str, spans: list[_Span], key: str, *, drafts: bool) -> Mapping[str, Any] | None:
    """Return the last answer; ``_NOT_SURE`` where the text speaks of it as of a quotation, or where one before differs
    and no word between corrects it. Of ``drafts`` the last counts. None: there is no answer."""
    answers = [(span, said) for span in spans if (said := _last_named(span.objects, key)) is not None]
    answers = [each for each in answers if not _is_schema(each[1], key)] or answers
    answers = [each for each in answers if each[0].strict] or answers
    if not answers:
        return None
    span, said = answers[-1]
    if drafts:
        return said
    others = [each for each, other in answers if _grade(other, key) != _grade(said, key)]
    others += [each for each in spans if not each.objects and each.begin < span.begin]
    between = TAG.sub(" ", whole[max((each.end for each in others), default=span.begin) : span.begin][-NEAR:])
    corrected = not others or (CORRECTS.search(between) and not SPEAKS_OF.search(between))
    if not corrected or is_spoken_of(whole, span.begin, span.end):
        return _NOT_SURE
    return said


def _is_quoted(text: str, begins: int, ends: int, key: str) -> bool:
    """Tell whether what stands there in a tag is spoken of, or may stand in a text of an answer before it."""
    before = _escaped(text[:begins])
    spans = [span for span in _spans(before, key) if not span.objects or _last_named(span.objects, key)]
    gap = before[spans[-1].end :][-NEAR:] if spans else ""
    unread = bool(spans) and not spans[-1].objects and not CORRECTS.search(gap)
    return unread or bool(SPEAKS_OF.search(gap)) or is_spoken_of(text, begins, ends)


def _grade(said: Mapping[str, Any], key: str) -> str:
    return next(str(value).casefold().strip() for name, value in said.items() if plain_name(name) == key)


def _of_single_fields(objects: list[Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """Return the object whose fields were written as an object each, or as pairs of a name and a value; None: they were
    not, or one of them twice."""
    fields: dict[str, Any] = {}
    for each in objects:
        under = {plain_name(name): value for name, value in each.items()}
        name = next(
            (under[word] for word in ("name", "key", "field", "path") if isinstance(under.get(word), str)), None
        )
        if name is not None and "value" in under:
            each = {name.removeprefix("/"): under["value"]}
        if len(each) == 1:
            name, value = next(iter(each.items()))
            if name in fields:
                return None
            fields[name] = value
    return fields if len(fields) >= _FEWEST_FIELDS and names(fields, key) else None


_FEWEST_FIELDS = 3


def _last_named(objects: list[Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """Return the last object with ``key`` that is no schema, else the last with it; None: none has it."""
    named = [found for found in objects if names(found, key)]
    said = [found for found in named if not _is_schema(found, key)] or named
    return said[-1] if said else None


def _is_schema(found: Mapping[str, Any], key: str) -> bool:
    """Tell whether the object says what may stand under ``key``, as the properties of a JSON Schema do."""
    value = next(value for name, value in found.items() if plain_name(name) == key)
    if isinstance(value, str):
        return value.count("|") > 1  # all that may be answered, as a form shows it
    return isinstance(value, dict) and "value" not in value and bool(value.keys() & _OF_SCHEMAS)


_OF_SCHEMAS = frozenset({"type", "enum", "anyOf", "$ref", "const"})


def _with_inner(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in an object, at any depth, and it itself: some models wrap the answer in another object."""
    for name, value in found.items():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from _with_inner(inner)
            elif isinstance(inner, str) and (len(found) == 1 or name in _CARRIERS) and inner.lstrip().startswith("{"):
                yield from find_objects(inner)
    yield found


def _unquoted(text: str) -> str:
    """Return the text that a JSON string holds, when the whole text is one: some servers encode the answer twice."""
    if text.strip().startswith('"'):
        try:
            decoded, end = read_value(text.strip())
        except ValueError:
            return text
        return decoded if isinstance(decoded, str) and end == len(text.strip()) else text
    return text
