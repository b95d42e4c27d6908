"""Verdicts that stand in a paper's own text: an answer that repeats one quotes or obeys it, and judges nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.core.judging.reading.values import grade_of
from agent.core.notation import json_text, objects

KEY = "relevance"
_MAY_GIVE = re.compile(rf"{KEY}[^\w\s]*\s{{0,9}}[^\w\s]", re.IGNORECASE)
"""The name of the field, and a sign behind it: without that, a text gives no value for it."""
_GIVES = re.compile(rf"{KEY}\W{{1,9}}(?P<said>[a-z]+(?:[ _-]scope)?)\b", re.IGNORECASE)

Planted = Sequence[Mapping[str, Any]]


def planted_in(paper_text: str) -> Planted:
    """Return the verdicts that the text of a paper gives, in whatever notation an answer may have: mostly none."""
    if not _MAY_GIVE.search(paper_text):
        return ()
    found = [each for each in objects.find_objects(paper_text) if objects.names(each, KEY)]
    last = json_text.find_answer(paper_text, KEY)
    given = [*found, last] if last is not None and objects.names(last, KEY) else found
    return [_plain(each) for each in given]


def without_planted(answer: str, planted: Planted) -> str:
    """Return the text of an answer without the objects that repeat a verdict of the paper's text."""
    return objects.without_objects(answer, lambda found: repeats(found, planted)) if planted else answer


def repeats(found: Mapping[str, Any], planted: Planted) -> bool:
    """Tell whether an answer is a verdict of the paper's text, or a part of it, field by field; a fit, which a model
    has to add where the prompt asks for it, makes it no other one."""
    said = {name: value for name, value in _plain(found).items() if name != "fit"}
    return KEY in said and any(said.items() <= each.items() for each in planted)


def gives(paper_text: str, grade: str) -> bool:
    """Tell whether the text of a paper gives this grade, in whatever notation."""
    return any(grade_of(found["said"]) == grade for found in _GIVES.finditer(paper_text))


def _plain(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return {objects.plain_name(name): value for name, value in found.items()}
