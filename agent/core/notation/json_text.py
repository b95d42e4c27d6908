"""The answer in what a model wrote: which of its objects counts, and what is only quoted or thought."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from agent.core.notation import call_text, field_lines, yaml_text
from agent.core.notation.objects import (
    DECODER,
    Span,
    escaped,
    find_objects,
    find_spans,
    is_deep,
    names,
    plain_name,
    read_list,
    read_value,
    with_inner,
)
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

_ANSWER_TAGS = ("answer", "final_answer", "output", "response", "solution", "result", "json")
_OBJECT_ENDS = re.compile(r"\}[\s\]]{0,40}$")


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
    if (whole := _whole_answer(text, key) or _before_next_turn(text, key)) is not None:
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
    readers = _find_pairs, yaml_text.find_mapping, call_text.find_call, field_lines.find_fields
    return next((found for read in readers if (found := read(said, key))), last)


def _find_pairs(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the fields of a text that is a list of their names and values; None: it is none, or says one twice."""
    pairs = read_list(_FENCE.sub("", text.strip()).removesuffix("```")) or []
    named = [each for each in pairs if isinstance(each, list) and len(each) == 2 and isinstance(each[0], str)]
    fields = {name: value for name, value in named}
    return fields if len(fields) == len(pairs) and names(fields, key) else None


def final_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object with ``key`` that the text ends with; None: what was cut, or is thought on, ends otherwise."""
    text = _unquoted(text)
    return _whole_answer(text, key) or _before_next_turn(text, key) or _answer_at_end(text, key)


def _answer_at_end(text: str, key: str) -> Mapping[str, Any] | None:
    text = plainly_marked(_with_shielded_texts(text, key))
    if not _OBJECT_ENDS.search(without_ending(text)[-LONGEST_ENDING:]) or thinks_to_the_end(text):
        return None
    found = _answer_in(text, key)
    return found if found is not None and names(found, key) else None


def _before_next_turn(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the answer behind which the model goes on with the next question, which it asks and answers itself, as
    many do where nothing stops them; None: it does not."""
    if not _NEXT_TURN.search(text):
        return None
    said = spoken(plainly_marked(text))
    found = (_answer_at_end(said[: turn.start()], key) for turn in islice(_NEXT_TURN.finditer(said), _TURNS))
    return next((each for each in found if each is not None), None)


_NEXT_TURN = re.compile(
    r"<\|(?:im_start|start_header_id|user|assistant|system|human)\|>|<start_of_turn>|\[INST\]"
    r"|\n[ \t]*(?:#{1,4}[ \t]*|\*\*)?(?:(?i:human|user|instruction|input|question)|TITLE):"
)
"""What begins a turn of a conversation, in the templates of many models and in the words of a prompt."""
_TURNS = 4


def first_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object with ``key`` that the text begins with, if nothing but the same again and again follows until
    the text is cut. None: there is no such object, or the model writes on, and may be about to correct itself."""
    begun = _FENCE.sub("", _unquoted(text).lstrip("\ufeff \t\r\n"))
    if not begun.startswith("{"):
        return None
    try:
        found, end = DECODER.raw_decode(begun)
    except (ValueError, RecursionError):
        return None
    said, rest = (_BETWEEN.sub("", part) for part in (begun[:end], begun[end:]))
    repeated = (said * (len(rest) // len(said) + 1)).startswith(rest)
    return found if repeated and names(found, key) and not is_deep(found) else None


_FENCE = re.compile(r"^```\w*\s*")
_BETWEEN = re.compile(r"\s+|`{1,3}(?:\w*\s)?|<\|[^<>|]{0,40}\|>|</?[\w-]{1,40}>|\[/\w{1,20}\]")
"""Blanks, fences, and tokens and tags of a template, which may stand between repetitions of an answer."""


def stands_alone(text: str, key: str) -> bool:
    """Tell whether a text is an object with ``key`` and nothing else, but for what was thought, a fence and tokens."""
    said = without_ending(spoken(plainly_marked(_unquoted(text))))
    return _whole_answer(said + "```" * said.lstrip().startswith("```"), key) is not None


def _whole_answer(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the object with ``key`` that the whole text is, also in a fence; None: it is none. Marks of thinking in
    such a text are words of its strings."""
    bare = _FENCE.sub("", text.strip("\ufeff \t\r\n")).removesuffix("```").rstrip()
    if not (bare.startswith("{") and bare.endswith("}")):
        return None
    bare = escaped(bare)
    try:
        found, end = DECODER.raw_decode(bare)
    except (ValueError, RecursionError):
        return None
    return None if end < len(bare) or is_deep(found) else _last_named(list(with_inner(found)), key)


def _with_shielded_texts(text: str, key: str) -> str:
    """Return the text with the marks of tags in the strings of its answers as escapes of JSON, which mean the same."""
    whole = escaped(text)
    kept, at = [], 0
    for span in find_spans(whole, key):
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


def _answer_in(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the answer of the text, else its last object; None: there is none, or it is not sure which one counts."""
    outside = _marked_answer(spoken(text), key)
    last: Mapping[str, Any] | None = None
    for part in dict.fromkeys((outside, text)):
        whole = escaped(part)
        spans = list(find_spans(whole, key))
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
    whole = escaped(_marked_answer(spoken(text), key))
    spans = list(find_spans(whole, key))
    return all(span.objects for span in spans) and _said_last(whole, spans, key, drafts=False) is _NOT_SURE


def _said_last(whole: str, spans: list[Span], key: str, *, drafts: bool) -> Mapping[str, Any] | None:
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
    others = [each for each, other in answers if _decision(other, key) != _decision(said, key)]
    others += [each for each in spans if not each.objects and each.begin < span.begin]
    between = TAG.sub(" ", whole[max((each.end for each in others), default=span.begin) : span.begin][-NEAR:])
    corrected = not others or (CORRECTS.search(between) and not SPEAKS_OF.search(between))
    if not corrected or is_spoken_of(whole, span.begin, span.end):
        return _NOT_SURE
    return said


def _is_quoted(text: str, begins: int, ends: int, key: str) -> bool:
    """Tell whether what stands there in a tag is spoken of, or may stand in a text of an answer before it."""
    before = escaped(text[:begins])
    spans = [span for span in find_spans(before, key) if not span.objects or _last_named(span.objects, key)]
    gap = before[spans[-1].end :][-NEAR:] if spans else ""
    unread = bool(spans) and not spans[-1].objects and not CORRECTS.search(gap)
    return unread or bool(SPEAKS_OF.search(gap)) or is_spoken_of(text, begins, ends)


def _decision(said: Mapping[str, Any], key: str) -> tuple[str, str | None]:
    """Return the value under the key, and the first of the leaves, if there are any, as they are compared."""
    fields = {plain_name(name): value for name, value in said.items()}
    leaves = fields.get(_LEAVES)
    first = leaves[0] if isinstance(leaves, list) and leaves else leaves
    return str(fields[key]).casefold().strip(), str(first).casefold().strip() if first else None


_LEAVES = "leaves"
"""The field of an answer whose first item decides as much as the value under the key."""


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
    """Return the last object with ``key`` that is no schema, else the last with it; None: none has it. An answer whose
    leaves stand in another object of the same one is both together."""
    named = [found for found in objects if names(found, key)]
    said = [found for found in named if not _is_schema(found, key)] or named
    if said and not names(said[-1], _LEAVES) and said[-1] is not objects[-1]:
        parts = [part for part in objects[-1].values() if isinstance(part, dict)]
        fields = [name for part in parts for name in part]
        whole = {name: value for part in parts for name, value in part.items()}
        if len(whole) == len(fields) and names(whole, key) and names(whole, _LEAVES):
            return whole
    return said[-1] if said else None


def _is_schema(found: Mapping[str, Any], key: str) -> bool:
    """Tell whether the object says what may stand under ``key``, as the properties of a JSON Schema do."""
    value = next(value for name, value in found.items() if plain_name(name) == key)
    if isinstance(value, str):
        return value.count("|") > 1  # all that may be answered, as a form shows it
    return isinstance(value, dict) and "value" not in value and bool(value.keys() & _OF_SCHEMAS)


_OF_SCHEMAS = frozenset({"type", "enum", "anyOf", "$ref", "const"})


def _unquoted(text: str) -> str:
    """Return the text that a JSON string holds, when the whole text is one: some servers encode the answer twice."""
    if text.strip().startswith('"'):
        try:
            decoded, end = read_value(text.strip())
        except ValueError:
            return text
        return decoded if isinstance(decoded, str) and end == len(text.strip()) else text
    return text
