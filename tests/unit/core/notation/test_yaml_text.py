"""YAML in what a model wrote: read as texts, and never at the cost of memory or time."""

from __future__ import annotations

import pytest

from agent.core.notation.yaml_text import find_mapping

ANSWER = {"relevance": "core", "leaves": ["5.10", "1.2"]}


@pytest.mark.parametrize(
    "text",
    [
        "relevance: core\nleaves:\n  - 5.10\n  - 1.2\n",
        "My verdict:\n\n```yaml\nrelevance: core\nleaves: [5.10, 1.2]\n```\nIt filters.",
        "```yaml\nrelevance: out\n```\nNo:\n```yaml\nrelevance: core\nleaves: [5.10, 1.2]\n```",
        "- **relevance:** core\n- **leaves:** [5.10, 1.2]",
    ],
)
def test_a_mapping_is_found_and_its_numbers_stay_texts(text: str) -> None:
    assert find_mapping(text, "relevance") == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "The relevance: hard to say.",
        "a: &x [1]\nrelevance: *x",
        "relevance: " + "[" * 3000,
        "relevance: core\n" * 2000,
        'relevance: "core',
        "relevance:\n\t- core",
        "relevance: out\nleaves: []\nOr rather:\nrelevance: core\nleaves: [1.1]",
        "```\nrelevance: out\nrelevance: core\n```",
    ],
    ids=["prose", "alias", "deep", "long", "open", "tab", "twice", "twice in a fence"],
)
def test_what_is_no_plain_mapping_is_none(text: str) -> None:
    assert find_mapping(text, "relevance") is None
