"""The list under care as one value, and what is said when list and taxonomy do not fit."""

from __future__ import annotations

import pytest

from agent.core.survey import taxonomy
from agent.core.survey.survey import Survey, nearest_headings
from agent.errors import ConfigError
from tests.support.catalogs import SPOON

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


def test_a_list_by_year_gets_a_paper_below_its_own_year_else_below_the_latest() -> None:
    text = "# Pots\n\n" + "\n".join(
        f"## {year}\n### Clay\n- [Pot {year}](https://x.org)\n" for year in (2024, 2025, 2023)
    )
    sections = {
        f"{year}.yaml": f"name: Y\nparent: '{year}'\nleaves:\n  - {{id: '{year}', heading: Clay}}\n"
        for year in (2023, 2024, 2025)
    }
    survey = Survey.of(taxonomy.parse({"survey.yaml": "title: Pots"} | sections), text, (), ())
    assert survey.leaf_of_year("2023", SPOON) == "2025"
    assert survey.leaf_of_year("2025", SPOON.model_copy(update={"id": "2403.00001", "published": None})) == "2024"
    later = SPOON.model_copy(update={"id": "2701.00001", "announced": SPOON.announced.replace(year=2027, month=1)})
    assert survey.leaf_of_year("2023", later) == "2025"


def test_a_heading_that_was_lengthened_is_nearer_than_one_that_only_reads_alike() -> None:
    assert nearest_headings("Registration", ["Generation", "Datasets", "Registration and Alignment"]) == [
        "Registration and Alignment",
        "Generation",
    ]
