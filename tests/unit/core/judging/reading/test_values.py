"""Grades and lists of names out of what models write in their place."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.core.judging.answer import ModelAnswer
from agent.core.judging.reading.leaf_names import LeafNames
from agent.core.judging.reading.values import grade_of, texts_in
from agent.records import NO_LEAF


@pytest.mark.parametrize(
    "said",
    [
        {"relevance": "core", "reason": "x"}, {"category": "core", "confidence": "0.8"}, [{"value": "core"}],
        {"core": "It is about data."}, {"core": "0.9", "out": "0.05", "in_scope": "0.05"}, {"core": "90%", "out": "9%"},
        {"type": "string", "const": "core"}, {"type": "string", "enum": ["core"]}, "\uff43\uff4f\uff52\uff45",
        ["core", "because it filters"], {"choice": "core", "options": ["out", "core"]},
    ],
)  # fmt: skip
def test_a_grade_is_found_in_what_it_was_put_into(said: Any) -> None:
    assert grade_of(said) == "core"


@pytest.mark.parametrize(
    "said",
    [
        {"core": "0.5", "out": "0.5"}, {"type": "string", "enum": ["core", "out"]}, {"core": False}, {"why": "core"},
        {}, {"type": "string"}, {"core": None}, ["core", "rather in scope"], [],
    ],
)  # fmt: skip
def test_what_names_no_grade_or_several_is_none(said: Any) -> None:
    assert grade_of(said) is None


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        ({"out": "No", "core": "Yes"}, "core"), ({"core": "true", "out": "false"}, "core"), ({"core": "no"}, None),
        ({"in_scope": "false"}, None), ({"core": 0.1}, None), ({"core": "10%"}, None), ({"core": "Y"}, "core"),
        ({"core": "no", "in_scope": "Yes, it filters"}, "in_scope"), ({"core": "low", "out": 0.9}, None),
        ("core: 0.1, out: 0.9", None), ("in_scope: no", None), ("core? no, out", None), ("core?", None),
        ("core is not justified; out", None), ("core is not justified", None), ("core (10%), out (90%)", None),
        ("core topic, but out of scope", None), ("out? no, core", None), ("-1", None), ("1.0", None), ("<1", None),
        ("adjacent, not core", "adjacent"), ("core: 0.9", "core"), ("out: no data is filtered", "out"), ("3.0", "core"),
        ("core, not just adjacent", "core"), ("1.0/3", "adjacent"),
    ],
)  # fmt: skip
def test_a_grade_that_is_taken_back_or_stands_beside_another_is_none(said: Any, grade: str | None) -> None:
    assert grade_of(said) == grade


def test_a_leaf_that_is_surer_or_alone_known_comes_first() -> None:
    assert texts_in({"1.1": "low", "1.2": "0.9"}, quotes=False) == ["1.2"]
    assert texts_in({"1.1": "rejected", "1.2": "Yes"}, quotes=False) == ["1.2"]


def test_what_lies_within_or_outside_the_scope_is_graded() -> None:
    assert (grade_of("within scope"), grade_of("outside the scope")) == ("in_scope", "out")


@pytest.mark.parametrize(
    "said",
    [
        {"1.1": True, "1.2": False, "2.1": True}, {"1.1": "yes", "1.2": "no", "2.1": "yes"},
        {"2.1": "0.3", "1.2": 0, "1.1": "0.6"}, [{"Leaf ID": "1.1", "Name": "x"}, {"leafId": "2.1", "score": 3}],
        {"primary": {"id": "1.1"}, "alternatives": [{"code": "2.1"}]}, {"items": ["1.1", "2.1"]},
        {"type": "array", "items": ["1.1", "2.1"]}, [{"leaf": {"id": "1.1"}}, {"type": "string", "const": "2.1"}],
        [{"1.1": "Filtering"}, {"2.1": "Evaluation"}], {"1": "1.1", "2": "2.1"},
        {"0": {"id": "1.1"}, "1": {"id": "2.1"}}, {"1": ["1.1"], "2": ["2.1"], "3": []},
        [{"nr": "1.1", "text": "x"}, {"no": "2.1", "text": "y"}],
    ],
)  # fmt: skip
def test_names_are_found_in_what_they_were_put_into(said: Any) -> None:
    assert texts_in(said, quotes=False) == ["1.1", "2.1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"relevence": "core", "leafs": ["1.1"], "evidences": ["q"]},
        {"Relevancy": "core", "leave": "1.1", "quotes": "q"},
        {"relevance_to_list": "core", "leaf_assignments": ["1.1"], "supporting_evidence": "q", "has_evidence": True},
        {"relevance": {"examples": ["core"]}, "leaves": {"examples": ["1.1"]}, "evidence": {"examples": ["q"]}},
    ],
)  # fmt: skip
def test_fields_are_known_by_names_that_are_misspelt_or_longer(fields: dict[str, Any]) -> None:
    answer = ModelAnswer.model_validate(fields)
    assert (answer.relevance, answer.leaves, answer.evidence) == ("core", ["1.1"], ["q"])


@pytest.mark.parametrize("name", ["relevant", "is_relevant", "irrelevance", "reference"])
def test_a_name_of_another_meaning_is_no_grade(name: str) -> None:
    with pytest.raises(ValidationError):
        ModelAnswer.model_validate({name: 1, "leaves": ["1.1"]})


@pytest.mark.parametrize("name", ["primary_leaf_ids", "TaxonomyLeaves", "assigned leaf", "leaf_sections", "categories"])
def test_leaves_are_read_under_names_of_their_kind(name: str) -> None:
    answer = ModelAnswer.model_validate({"relevance_rating": "core", name: ["1.1"], "supporting_quotes": ["q"]})
    assert (answer.relevance, answer.leaves, answer.evidence) == ("core", ["1.1"], ["q"])


@pytest.mark.parametrize(
    "fields",
    [
        {"leaf_1": "1.1", "leaf_2": "2.1"}, {"leaves.1": "2.1", "leaves.0": "1.1"},
        {"leaves[0]": "1.1", "leaves[1]": "2.1"},
        {"alternative_leaves": ["2.1"], "primary_leaf": "1.1"}, {"primary": "1.1", "alternatives": ["2.1"]},
        {"verdict.leaves": ["1.1", "2.1"]}, {"leaves (\u53f6\u5b50)": ["1.1", "2.1"]},
        {"third leaf": "2.1", "first leaf": "1.1"},
    ],
)  # fmt: skip
def test_leaves_in_fields_of_their_own_are_read_in_their_order(fields: dict[str, Any]) -> None:
    assert ModelAnswer.model_validate({"verdict.relevance": "core", **fields}).leaves == ["1.1", "2.1"]


def test_a_field_under_its_own_name_counts_before_others() -> None:
    answer = ModelAnswer.model_validate({"relevance": "out", "leaves": [], "x.relevance": "core", "leaf_1": "1.1"})
    assert (answer.relevance, answer.leaves) == ("out", [])


LABELS = {"1.1": "1.1 Filtering", "1.10": "1.10 Mixing of Sources", "2.1": "Evaluation", "2.2": "2.2. Evaluation"}
NAMES = LeafNames(LABELS, LABELS)


@pytest.mark.parametrize(
    "named",
    [
        "1_10", "1-10", "1-10-mixing-of-sources", "Mixing of Sources (1.10)", "Mixing of Sources - 1.10", "leaf_1.10",
        "<code>1.10</code>", "\uff11\uff0e\uff11\uff10", "1.\u200b10", "mixing_of_sources", "Data > Mixing of sources",
        "Abschnitt 1.10", "\u53f6\u8282\u70b9 1.10", "\u7b2c1.10", "1.10\uff08\u6df7\u5408\uff09",
        "1.10Mixing of Sources",
    ],
)  # fmt: skip
def test_one_leaf_is_known_in_many_spellings(named: str) -> None:
    assert NAMES.find(named) == "1.10"


@pytest.mark.parametrize(
    "named",
    [
        "Filtering (1.10)",
        "not 1.10",
        "Evaluation",
        "2.2 1.1",
        "Sources",
        "1.1 does not apply",
        "1.10 no",
        "Filtering / none",
        "nicht 1.10",
        "\u4e0d\u662f1.10",
        "1.10Filtering",
        "unlike 1.10",
        "see 1.10 which filters",
        "Abschnitt 1.10 Filtering",
    ],
)
def test_what_names_two_leaves_or_part_of_one_is_none(named: str) -> None:
    assert NAMES.find(named) is None


@pytest.mark.parametrize(
    "named",
    [
        "1.1 \u2192 2.1", "1.1 > 2.1", "1.1, then 2.1", "1.1 / 2.1", "1.1 + 2.1", "1. 1.1 Filtering\n2. 2.1 Evaluation",
        "1.1 (primary); 2.1 (secondary)", "Filtering / 2.1", "Filtering > 2.1", "- 1.1\n- 2.1",
        "1) 1.1 2) 2.1", "a) 1.1, b) 2.1", "Primary: 1.1; Second: 2.1",
    ],
)  # fmt: skip
def test_several_leaves_in_one_text_are_told_apart(named: str) -> None:
    assert NAMES.find_all(named) == ["1.1", "2.1"]


@pytest.mark.parametrize(
    "named", ["none of the above", "No suitable leaf", "-", "None of these", "leaf_NO_LEAF", "n/a"]
)
def test_no_leaf_is_said_in_many_words(named: str) -> None:
    assert NAMES.find(named) == NO_LEAF


def test_no_leaf_beside_a_leaf_does_not_hide_it() -> None:
    assert NAMES.find_all("Primary: 2.1; second: NO_LEAF") == ["2.1", NO_LEAF]
