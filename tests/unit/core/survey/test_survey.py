"""The list under care as one value, and what is said when list and taxonomy do not fit."""

from __future__ import annotations

import pytest

from agent.core.survey import taxonomy
from agent.core.survey.survey import Survey
from agent.errors import ConfigError

LIST = "# Pots\n\n## Brown Clay Pots\n\n- [A Pot of Clay](https://arxiv.org/abs/2301.00001). arXiv 2023.\n\n## Cups\n"


def _taxonomy(*headings: str) -> taxonomy.Taxonomy:
    leaves = "\n".join(f"  - {{id: leaf{i}, heading: '{heading}'}}" for i, heading in enumerate(headings))
    return taxonomy.parse({"survey.yaml": "title: Pots", "a.yaml": f"name: A\nleaves:\n{leaves}\n"})


def test_a_missing_heading_is_named_with_the_nearest_ones() -> None:
    with pytest.raises(ConfigError) as refused:
        Survey.of(_taxonomy("Clay pots, brown", "Zzyzx"), LIST, (), ())
    said = str(refused.value)
    assert "'Clay pots, brown' (leaf leaf0; did you mean 'Brown Clay Pots'" in said
    assert "'Zzyzx' (leaf leaf1)" in said and "triage init --check" in said
