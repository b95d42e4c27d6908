"""Tests of the drafts of a taxonomy that a model writes."""

import json

import pytest

from agent.core.survey.taxonomy_questions import TaxonomyAnswer, read_draft

LEAF = {"id": "detection", "definition": "Finds calls of whales in recordings.", "must": "detect calls"}
DRAFT = {
    "subject": "Listening to whales",
    "in_scope": ["detectors of calls"],
    "out_of_scope": ["bird song"],
    "grades": {"out": "no whale", "adjacent": "another animal", "in_scope": "whales", "core": "whale calls"},
    "leaves": [LEAF],
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DRAFT),
        f"Here it is: {{as asked}}\n```json\n{json.dumps(DRAFT, indent=1)}\n```\nI hope {{this}} helps.",
        f'<think>perhaps {{"leaves": []}}</think>{json.dumps(DRAFT)}',
        json.dumps(json.dumps(DRAFT)),
        json.dumps({"response": DRAFT}),
        json.dumps(DRAFT)[:-1] + ",}",
    ],
    ids=["bare", "in a fence among braces", "after thinking", "encoded twice", "wrapped", "a comma too many"],
)
def test_a_draft_is_read_from_what_a_model_writes_around_it(text: str) -> None:
    found = read_draft(text)

    assert isinstance(found, TaxonomyAnswer)
    assert [leaf.id for leaf in found.leaves] == ["detection"]


def test_a_draft_that_lacks_a_field_is_refused_with_the_field() -> None:
    assert read_draft(json.dumps({"leaves": [LEAF]})) == "subject: Field required"


def test_an_answer_without_an_object_is_refused() -> None:
    assert read_draft("I cannot do that.") == "the answer holds no JSON object"
