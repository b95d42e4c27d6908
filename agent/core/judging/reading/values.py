"""The values of an answer's fields, out of the objects and lists that models put them into."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agent.core.judging.reading.names import field_name, plain
from agent.core.notation import objects
from agent.records import Grade

GRADES: dict[str, Grade] = {"out": 0, "adjacent": 1, "in_scope": 2, "core": 3}

GRADE_NAMES: dict[Grade, str] = {grade: name for name, grade in GRADES.items()}

_GRADE_WORDS = {
    "out": r"out(?:[\s_-]*of[\s_-]*scope)?(?![\s_-]*of[\s_-]*(?:\d|three|four|five|ten\b))|not[\s_-]*in[\s_-]*scope"
    r"|outside[\s_-]*(?:(?:of|the)[\s_-]*){0,2}scope",
    "in_scope": r"(?:with)?in[\s_-]*scope",
    "adjacent": r"adjacent",
    "core": r"core",
}
"""The ``out`` of "2 out of 3" is no grade."""
_ANY_GRADE = "|".join(_GRADE_WORDS.values())
_GRADE = re.compile(
    rf"(?<![a-z])(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _GRADE_WORDS.items())})(?![a-z])", re.IGNORECASE
)
_NUMBER = r"[^\w<>+\u2212-]*(?<!\.)([0-3])(?:\.0+)?(?:\s*(?:/|\bout\s+of\b|\bof\b)\s*3(?:\.0+)?(?!\.?\d))?\W*"
_BEFORE_GRADE = re.compile(rf"(?:{_NUMBER}|\W*)(?:(?:grade|relevance|level)\W*)?", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(
    r"[\s\"'`*>)\]]*(?:[|/,;]|\bor\b|\band\b|\bto\b)[\s\"'`*<(\[]*"
    rf"(?:{_ANY_GRADE})(?![a-z])",
    re.IGNORECASE,
)
"""After a grade, another one: the answer repeats what may be answered, or does not decide."""
_ONE = re.compile(r"\W*1\.0+\W*")
"""Either the grade, or a share of one that says how sure a model is."""
_NOT_THAT = re.compile(rf"\bnot\s+(?:(?:just|merely|only|quite|yet)\s+)?(?:{_ANY_GRADE})(?![a-z])", re.IGNORECASE)
_TAKEN_BACK = re.compile(
    r"[\s\"'`*>)\]]*(?:\?|[:=]\s*(?:no|false|0(?:\.0+)?%?)\s*(?:$|[,;)]|\.(?!\d))"
    r"|(?:is|was|would|can|does|seems?)\s*(?:not\b|n[o']t\b)"
    r"|cannot\b|not\b)",
    re.IGNORECASE,
)
"""After a grade, what says that it is not the one."""
_FIRST_SENTENCE = re.compile(r"[^\n]*?(?=\.\s|\n|$)")
_SENTENCE = 80
"""Characters of a text that may name its grade anywhere, when it names one alone."""
_NEGATION = re.compile(
    r"\b(not|no|neither|nor|cannot|never|hardly|far from|rather|instead|than|if|unless|unclear)\b|n't|n\u2019t",
    re.IGNORECASE,
)

_VALUE_NAMES = ("value", "label", "grade", "level", "rating")
_GRADE_NAMES = (
    "relevance", *_VALUE_NAMES, "answer", "name", "id", "category", "const", "default", "example", "choice", "chosen",
    "selected", "selection", "decision", "verdict", "result",
)  # fmt: skip
"""Under which a grade may stand within an object."""
_ITEM_NAMES = (
    "id", "leafid", "sectionid", "code", "number", "nr", "no", "key", "leaf", "section", "const", "quote", "verbatim",
    "sentence", "text", "content", "value", "leafname", "label", "name", "title", "heading",
)  # fmt: skip
"""Under which small models write what was asked for under one name; the surer first."""
_LIST_NAMES = ("items", "ids", "leafids", "leaves", "sections", "list", "values", "quotes", "sentences", "examples")
_RANK = re.compile(
    r"(primary|secondary|tertiary|first|second|third|main|best|top|others?|alternatives?|rank)[\s_-]*\d*", re.IGNORECASE
)
"""Names of places in an order: what stands under them is named, not they."""
_NO = ("", "0", "no", "false", "none", "null", "n/a", "n", "not", "rejected")
_YES = ("yes", "true", "y")
_DEEPEST = 8


def grade_of(value: Any) -> str | None:
    """Return the name of the grade that a value means; None: none, or more than one."""
    if isinstance(value, list) and value and not any(_GRADE.search(str(each)) for each in value[1:]):
        value = value[0]
    if isinstance(value, dict):
        value = _grade_in(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = plain(str(value)).replace("\\", "")
    if number := re.fullmatch(_NUMBER, text, re.IGNORECASE):
        if _ONE.fullmatch(text):
            return None
        return GRADE_NAMES[int(number[1])]  # type: ignore[index]
    before = _BEFORE_GRADE.match(text)
    named = _GRADE.match(text, before.end() if before else 0)
    if named is None and len(text) <= _SENTENCE and not _NEGATION.search(text):
        mentioned = list(_GRADE.finditer(text))
        named = mentioned[0] if len({each.lastgroup for each in mentioned}) == 1 else None
    return named.lastgroup if named and _holds(text, named) else None


def _holds(text: str, named: re.Match[str]) -> bool:
    """Tell whether what follows a grade neither takes it back nor names another one, but as what it is not."""
    rest = _FIRST_SENTENCE.match(_NOT_THAT.sub(" ", text[named.end() : named.end() + _FOLLOWING]))
    following = rest[0] if rest else ""
    others = {each.lastgroup for each in _GRADE.finditer(following)} - {named.lastgroup}
    return not (others or _ONE_OF_SEVERAL.match(text, named.end()) or _TAKEN_BACK.match(following))


_FOLLOWING = 300
"""Characters after a grade that are looked at."""


def _grade_in(found: Mapping[Any, Any]) -> Any:
    """Return what stands for a grade in an object: under a usual name, the one it allows, the one that is true or has
    the highest score, or the only name."""
    for name in _GRADE_NAMES:
        if isinstance(said := found.get(name), str | int | float) and not isinstance(said, bool):
            return said
    for name in ("enum", "examples"):
        if isinstance(allowed := found.get(name), list):
            return allowed[0] if len(allowed) == 1 else None
    if not all(grade_of(str(name)) for name in found):
        return None
    if len(found) == 1:
        name, said = next(iter(found.items()))
        score = _score(said)
        return name if said is not None and (score is None or score >= _EVEN) else None
    scores = {name: score for name, said in found.items() if (score := _score(said)) is not None}
    highest = [name for name, score in scores.items() if score == max(scores.values())]
    return highest[0] if len(highest) == 1 and len(scores) == len(found) else None


_EVEN = 0.5
"""A single grade that is less sure than this is none."""


def _score(said: Any) -> float | None:
    """Return the number that says how sure something is: 1 for yes, 0 for no, None for what says neither."""
    if isinstance(said, bool):
        return float(said)
    number = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*(%?)\s*", str(said))
    if number:
        return float(number[1]) / (100 if number[2] else 1)
    word = re.split(r"[,.;:!]", str(said).strip().casefold(), maxsplit=1)[0].strip()
    return 0.0 if word in _NO else 1.0 if word in _YES else None


_POINTS = re.compile(
    r"[\s*`~]*(\d{1,3}(?:\.\d{0,30})?)\s*(?:%|(?:/|\bout\s+of\b)\s*(100?)(?:\.0+)?)?[\s*`.]*", re.IGNORECASE
)


def points_of(value: Any) -> int | None:
    """Return the points of 100 that a number means, or a list of just one: 87 of ``0.87``, ``8.7/10``; None: none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = _POINTS.fullmatch(plain(str(value)))
    if number is None:
        return None
    points = float(number[1])
    share = points / float(number[2] or (1 if 0 < points < 1 else 100))
    return round(100 * share) if share <= 1 else None


def texts_in(value: Any, *, quotes: bool) -> list[Any]:
    """Return what was asked for as a list of texts: one text for a list, without nulls; of an object that names its
    id, the id; of any other its texts, or its names where no ``quotes`` are asked for, as in ``{"4.2.1": 0.9}``.

    What is no text, and stands for none, is returned as it is.
    """
    return list(_texts(value, quotes, 0))


def _texts(value: Any, quotes: bool, depth: int) -> Iterator[Any]:
    if isinstance(value, str) and (listed := objects.read_list(value)) is not None:
        value = listed
    if value is None or depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, quotes, depth + 1)
    elif isinstance(value, dict):
        for item in _named_in(value, quotes):
            yield from _texts(item, quotes, depth + 1)
    else:
        yield str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _named_in(found: Mapping[Any, Any], quotes: bool) -> list[Any]:
    """Return the values, or the names, of an object in which the items of a list were written."""
    under = {field_name(str(name)): value for name, value in found.items()}
    for name in _LIST_NAMES:
        if isinstance(under.get(name), list):
            return [under[name]]
    for name in _ITEM_NAMES:
        if (said := under.get(name)) and not isinstance(said, bool):
            return [said]
    if quotes or all(_RANK.fullmatch(str(name)) for name in found) or _are_counted(found) or _are_groups(found):
        return [each for each in found.values() if isinstance(each, str | list | dict)]
    scores = {str(name): _score(said) for name, said in found.items()}
    known = any(score is not None for score in scores.values())
    chosen = {name: score or 0.0 for name, score in scores.items() if score or (score is None and not known)}
    return sorted(chosen, key=lambda name: -chosen[name])


def _are_counted(found: Mapping[Any, Any]) -> bool:
    """Tell whether the names of an object count its values, which look like names: ``{"1": "4.2.1", "2": "4.2.2"}``."""
    counted = [str(name) for name in found]
    return any(counted == [str(number) for number in range(first, first + len(found))] for first in (0, 1)) and all(
        isinstance(said, list | dict) or (isinstance(said, str) and _names_a_leaf(said)) for said in found.values()
    )


def _are_groups(found: Mapping[Any, Any]) -> bool:
    """Tell whether the values of an object are lists of what look like names: ``{"4.2": ["4.2.1"], "4.3": []}``."""
    items = [item for said in found.values() for item in (said if isinstance(said, list) else [None])]
    return bool(items) and all(isinstance(item, str) and _names_a_leaf(item) for item in items)


def _names_a_leaf(text: str) -> bool:
    """Tell whether a text may be an id, or begin with one, and is neither a score nor a reason."""
    score = _score(text)
    return re.match(r"\S+$|\d\S* ", text) is not None and (score is None or (score > 1 and "." in text))


def bare(value: Any) -> Any:
    """Return what is in an object that holds a value beside its confidence or its reasons; anything else as it is."""
    if isinstance(value, dict) and not value.keys() & {"enum", "id"} and ("type" not in value or "value" in value):
        return next((value[name] for name in _VALUE_NAMES if value.get(name) is not None), value)
    return value
