"""The first taxonomy of a list, drafted from the list alone."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.parse import parse
from agent.core.survey import taxonomy
from agent.core.survey.drafting.draft_files import MARK, to_files
from agent.core.survey.drafting.draft_taxonomy import draft_taxonomy
from agent.core.survey.survey import headings_of
from agent.errors import ConfigError
from tests.support.catalogs import a_paper

PAPER = "- [{} of Number {}](https://arxiv.org/abs/23{:02d}.{:05d}). arXiv 2023.\n"


def _entries(what: str, count: int, month: int = 1) -> str:
    return "".join(PAPER.format(what, i, month, i + 1) for i in range(count))


def _leaves(text: str) -> dict[str, tuple[str, ...]]:
    """Return id -> the headings whose entries the leaf holds; what was drafted must find every one of them again."""
    draft = draft_taxonomy(text)
    tree = taxonomy.parse(to_files(draft))
    catalog = parse(text, headings_of(tree))
    assert catalog.missing == ()
    for leaf in draft.leaves:
        assert catalog.sections[leaf.id].line == leaf.line
        assert len(catalog.sections[leaf.id].entries) == sum(len(row.entries) for row in leaf.rows)
    return {leaf.id: tuple(row.title for row in leaf.rows) for leaf in draft.leaves}


def test_a_leaf_per_heading_with_entries_and_none_for_the_others() -> None:
    text = (
        "# Awesome Pots\n\n## News\n- [We won](https://arxiv.org/abs/2301.00001)\n\n## Contents\n- [Clay](#clay)\n\n"
        "## Clay\n" + _entries("Pot", 3) + "\n## Empty\n\nNothing yet.\n\n## 🍵 Cups & Mugs\n" + _entries("Cup", 2, 2)
        + "\n## Contributing\n- Fork [the list](https://github.com/x/y)\n\n## License\n"
    )  # fmt: skip
    assert _leaves(text) == {"clay": ("Clay",), "cups-mugs": ("🍵 Cups & Mugs",)}
    assert [row.title for row in draft_taxonomy(text).left_out] == ["News", "Contributing"]


def test_a_list_written_below_its_contents_is_read_and_a_title_that_only_introduces_is_none() -> None:
    text = "# L\n- [Our page](https://example.org)\n## 目录\n- [陶器](#陶器)\n### 陶器\n" + _entries("Pot", 2)
    text += "## News\n### 2024\n" + _entries("Prize", 1, 3) + "## Tools\n- [kiln](https://github.com/x/kiln)\n"
    text += "### Other Tools\n- [oven](https://github.com/x/oven)\n"
    assert _leaves(text) == {"陶器": ("陶器",), "tools": ("Tools",), "other-tools": ("Other Tools",)}


def test_what_stands_above_the_contents_with_hardly_a_paper_introduces_the_list() -> None:
    text = "# L\n## Introduction\n- *Date*: as told\n- [2024] We wrote [a paper]({0})\n## Slides\n[All]({0}): pots\n"
    clay = "## Contents\n- [Clay](#clay)\n## Clay\n" + _entries("Pot", 3)
    assert _leaves(text.format("https://arxiv.org/abs/2401.00001") + clay) == {"clay": ("Clay",)}
    assert _leaves("# L\n## Surveys\n" + _entries("Jar", 3, 2) + clay) == {"surveys": ("Surveys",), "clay": ("Clay",)}


@pytest.mark.parametrize("address", ["https://arxiv.org/abs/2401.0000{}", "https://pots.example.org/{}"])
def test_an_index_below_the_papers_makes_no_introduction_of_them(address: str) -> None:
    jars = "".join(f"- [Jar {n}]({address.format(n)})\n" for n in range(2))
    text = f"# L\n## Jars\n{jars}## Clay\n- [Pot]({address.format(3)})\n## Index\n- [Jars](#jars)\n"
    assert _leaves(text) == {"jars": ("Jars",), "clay": ("Clay",)}


def test_what_stands_between_the_title_and_the_contents_introduces_the_list() -> None:
    text = "# L\n" + _entries("Own Survey", 3) + "# How to join\n## Table of Contents\n- [Clay](#clay)\n"
    text += "# Clay\n" + _entries("Pot", 2, 4)
    assert _leaves(text) == {"clay": ("Clay",)}


def test_what_stands_above_the_years_of_a_whole_list_is_no_entry_of_it() -> None:
    text = (
        "# Garden Robots\n- Also see [garden feet](https://example.org)\n## 2024\n" + _entries("Pot", 2) + "## 2023\n"
    )
    draft = draft_taxonomy(text + _entries("Old Pot", 2, 2))
    (leaf,) = (leaf for section in draft.sections for leaf in section.leaves)
    assert "garden feet" not in leaf.exemplars and len(leaf.exemplars) == 4


def test_years_venues_and_letters_are_places_inside_a_leaf() -> None:
    text = "# L\n## Clay\n### 2024\n" + _entries("Pot", 2) + "### 2023\n" + _entries("Old Pot", 2, 2)
    text += "## Glass\n### ACL 2023\n" + _entries("Jar", 1, 3) + "### A - C\n" + _entries("Cup", 1, 4)
    assert _leaves(text) == {"clay": ("Clay", "2024", "2023"), "glass": ("Glass", "ACL 2023", "A - C")}


def test_published_papers_beside_preprints_are_a_place_and_a_new_paper_goes_among_its_kind() -> None:
    text = "# L\n## Clay\n### Preprint\n" + _entries("Pot", 2) + "### Publications\n" + _entries("Old Pot", 2, 2)
    assert _leaves(text) == {"clay": ("Clay", "Preprint", "Publications")}
    headings = draft_taxonomy(text).headings
    for comment, line in (("", 4), ("Accepted to ACL 2025", 7)):
        [new] = insert(text, headings, [Addition(leaf="clay", paper=a_paper(comment=comment))]).inserted
        assert line <= new.line <= line + 2
    assert _leaves("# L\n## Publications\n" + _entries("Pot", 2)) == {"publications": ("Publications",)}


def test_years_without_a_subject_above_are_leaves_of_their_own() -> None:
    text = "## 2024\n" + _entries("Pot", 2) + "## 2023\n" + _entries("Old Pot", 2, 2)
    assert _leaves(text) == {"2024": ("2024",), "2023": ("2023",)}


def test_equal_headings_get_ids_with_what_is_above_them() -> None:
    text = "# L\n## Clay\n### Others\n" + _entries("Pot", 1) + "## Glass\n### Others\n" + _entries("Jar", 1, 2)
    assert list(_leaves(text)) == ["clay.others", "glass.others"]


def test_ids_are_the_numbers_that_the_list_prints() -> None:
    text = "# L\n## 1. Clay\n### 1.1 Red\n" + _entries("Pot", 1) + "### 1.2 White\n" + _entries("Jar", 1, 2)
    assert list(_leaves(text)) == ["1.1", "1.2"]


def test_bullets_that_hold_papers_are_leaves() -> None:
    nested = "".join(f"  {line}\n" for line in _entries("Pot", 2).splitlines())
    more = "".join(f"  {line}\n" for line in _entries("Jar", 2, 2).splitlines())
    assert list(_leaves(f"# L\n## Papers\n- Clay\n{nested}- Glass\n{more}")) == ["clay", "glass"]


@pytest.mark.parametrize(
    "text",
    [
        "Papers on 陶器\n===\n\n陶器\n---\n" + _entries("Pot", 2),
        "# [![Awesome](https://awesome.re/badge.svg)](https://awesome.re)\n## Clay ![x](y.png)\n" + _entries("Pot", 2),
        "# Only One\n" + _entries("Pot", 2),
        "## *Clay* and `glass` [link](#x)\n" + _entries("Pot", 2),
    ],
)
def test_underlined_decorated_chinese_and_single_headings_work(text: str) -> None:
    assert len(_leaves(text)) == 1


def test_three_hundred_headings_work() -> None:
    text = "# L\n" + "".join(f"## Subject {i} of {i % 7}\n" + _entries(f"Pot {i}", 2, i % 12 + 1) for i in range(300))
    assert len(_leaves(text)) == 300


def test_the_drafts_are_marked_and_speak_of_the_entries() -> None:
    text = "# Awesome Pots\nA curated list of papers on pots.\n## Clay\nClay is dug from the ground and fired.\n"
    text += _entries("Firing", 3) + "## Glass\n" + _entries("Blowing", 3, 2)
    files = to_files(draft_taxonomy(text))
    assert files["survey.yaml"].count(MARK) == 3 and files["01-awesome-pots.yaml"].count(MARK) == 2
    tree = taxonomy.parse(files)
    clay = tree.leaf("clay")
    assert clay.definition == "Papers on Clay. Clay is dug from the ground and fired."
    assert clay.details == ("What is listed here speaks of firing, number.",)
    assert clay.exemplars == ("Firing of Number 0", "Firing of Number 1", "Firing of Number 2")
    assert tree.subject == "A curated list of papers on pots"


def test_the_scope_names_each_leaf_of_no_group_by_itself_and_none_that_leaves_the_subject() -> None:
    text = "# Awesome Pots\n## 🏆 Benchmarks\n" + _entries("Test", 2) + "## Clay - ✨\n### Red\n" + _entries("Pot", 2)
    text += "### Grey\n" + _entries("Jar", 2, 3) + "## .NET\n" + _entries("Net", 2, 4)
    scope = taxonomy.parse(to_files(draft_taxonomy(text))).scope
    assert scope.in_scope == ("a work on Benchmarks", "a work on .NET", "a work on Clay: Red, Grey")
    assert scope.condition and "of this subject alone" in scope.condition
    assert draft_taxonomy(text).leaves[0].definition == "Papers on Benchmarks."


def test_leaves_below_the_title_of_the_list_are_in_scope_each_by_itself() -> None:
    text = "# Pots\n## Clay\n" + _entries("Pot", 2) + "## Ink\n" + _entries("Ink", 2, 2)
    text += "# More\n## Glass\n" + _entries("Jar", 2, 3) + "## Glue\n" + _entries("Glue", 2, 4)
    assert draft_taxonomy(text).in_scope == ("a work on Clay", "a work on Ink", "a work on More: Glass, Glue")


def test_a_section_without_any_paper_is_not_the_first_choice() -> None:
    text = "# L\n## Papers\n" + _entries("Pot", 2) + "## Kilns\n- [kiln](https://github.com/x/kiln) - fires\n"
    tree = taxonomy.parse(to_files(draft_taxonomy(text)))
    assert [leaf.secondary_by_default for leaf in tree.leaves] == [False, True]


def test_a_section_of_tools_or_talks_without_any_paper_is_no_leaf() -> None:
    text = "# L\n## Papers\n" + _entries("Pot", 2) + "## Tools & Talks\n- [kiln](https://github.com/x/kiln) - fires\n"
    draft = draft_taxonomy(text)
    assert [leaf.heading for leaf in draft.leaves] == ["Papers"]
    assert [row.title for row in draft.left_out] == ["Tools & Talks"]


@pytest.mark.parametrize(("heading", "leaves"), [("Talks and Videos", 1), ("Tools", 2)])
def test_talks_may_link_the_paper_that_they_are_about_and_are_no_leaf(heading: str, leaves: int) -> None:
    text = "# L\n## Papers\n" + _entries("Pot", 2) + f"## {heading}\n- [On kilns](https://example.org/1)\n"
    text += "- [On ovens](https://example.org/2) of [a paper](https://arxiv.org/abs/2401.00009)\n"
    assert len(_leaves(text)) == leaves


def test_a_list_without_headings_says_what_it_needs() -> None:
    with pytest.raises(ConfigError, match="no heading of the list has entries"):
        draft_taxonomy(_entries("Pot", 2))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30), max_size=6))
def test_any_headings_give_files_that_can_be_read(names: list[str]) -> None:
    text = "# List\n## Pots\n" + _entries("Pot", 1) + "".join(f"## {n}\n" + _entries("Jar", 1, 2) for n in names)
    files = to_files(draft_taxonomy(text))
    assert all(isinstance(yaml.safe_load(content), dict) for content in files.values())
    tree = taxonomy.parse(files)
    assert not parse(text, headings_of(tree)).missing


def test_an_entry_without_words_is_no_exemplar() -> None:
    text = "# L\n\n## A\n\n- [T One](https://arxiv.org/abs/2301.00001)\n"
    text += "- \U0001f4c4 [Paper](https://arxiv.org/abs/2301.00002) [Code](https://github.com/x/y)\n"
    leaf = draft_taxonomy(text).sections[0].leaves[0]
    assert leaf.exemplars == ("T One",)


@pytest.mark.parametrize("address", ["papers/pruning.pdf", "arxiv.org/abs/2301.00001", "doi.org/10.1000/abc"])
def test_papers_that_are_linked_without_a_scheme_are_no_pages_of_the_list(address: str) -> None:
    text = (
        f"# List\n\n## Pruning\n- [Pruning Large Networks Twice]({address})\n\n"
        "## Quantization\n- [Networks of Few Bits](https://arxiv.org/abs/2302.00002)\n"
    )
    assert [leaf.heading for leaf in draft_taxonomy(text).leaves] == ["Pruning", "Quantization"]


@pytest.mark.parametrize(
    "address", ["pruning.md", "./docs/pruning.md", "docs/", "docs/pruning", "#pruning", "../pruning.html#top"]
)
def test_a_heading_that_only_leads_to_pages_of_the_list_is_no_leaf(address: str) -> None:
    text = (
        f"# List\n\n## Pages\n- [Pruning and what it takes]({address})\n\n"
        "## Quantization\n- [Networks of Few Bits](https://arxiv.org/abs/2302.00002)\n"
    )
    assert [leaf.heading for leaf in draft_taxonomy(text).leaves] == ["Quantization"]
