"""The taxonomy against the list it describes, against leaks of what it is tested with, and against broken files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.core.survey import taxonomy
from agent.errors import ConfigError
from agent.sources.files.records import read_invented
from tests.support.leaks import leaks

ROOT = Path(__file__).resolve().parents[2]
FILES = {path.name: path.read_text("utf-8") for path in (ROOT / "taxonomy").glob("*.yaml")}
CATALOG = (ROOT / "data" / "catalog.md").read_text("utf-8")
OURS = taxonomy.parse(FILES)


def _printed() -> dict[str, list[str]]:
    """Return heading -> titles of its entries, as printed; ``core/catalog.py`` has its own tests."""
    sections: dict[str, list[str]] = {}
    here = ""
    for line in CATALOG.splitlines():
        if found := re.match(r"#+ (.+)|\s+- \[([\d.]+ .+?)\]\(#", line):
            here = (found[1] or found[2]).strip()
            sections.setdefault(here, [])
        elif found := re.match(r"\s*- \[(?:\*\*)?(.+?)(?:\*\*)?\]\((?!#)|- (?!\[)(.+)", line):
            sections.setdefault(here, []).append((found[1] or found[2]).strip())
    return sections


PRINTED = _printed()
TITLES = sorted({title for heading in {leaf.heading for leaf in OURS.leaves} for title in PRINTED[heading]})


def test_the_list_has_43_leaves_of_which_25_count_in_the_headline() -> None:
    assert len(OURS.leaf_ids) == len(set(OURS.leaf_ids)) == 43
    assert sum(leaf.headline for leaf in OURS.leaves) == 25
    assert {leaf.id for leaf in OURS.leaves if leaf.secondary_by_default} == {
        "6.2.2",
        "6.2.3",
        "6.2.4",
        "6.2.6",
        "6.2.8",
        "6.3.2",
    }
    assert OURS.leaf("4.2.4").tier == "creation" and OURS.leaf("6.3.3").tier == "ingestion"
    assert OURS.leaf("1.generation").label == "1.generation Generation"
    assert OURS.leaf("4.2.1").label == "4.2.1 Sampling-Based"


@pytest.mark.parametrize("leaf", OURS.leaves, ids=lambda leaf: leaf.id)
def test_a_leafs_heading_and_examples_are_printed_in_the_list(leaf: taxonomy.Leaf) -> None:
    assert leaf.heading in PRINTED
    assert leaf.parent is None or leaf.parent in PRINTED
    assert set(leaf.exemplars) <= set(PRINTED[leaf.heading])
    assert set(leaf.odd) <= set(PRINTED[leaf.heading])
    assert not set(leaf.exemplars) & set(leaf.odd)
    assert leaf.exemplars or leaf.odd
    assert leaf.keywords and leaf.not_here


def test_the_odd_placements_are_named_and_none_is_an_example() -> None:
    odd = {(title.split(":")[0], leaf.id) for leaf in OURS.leaves for title in leaf.odd}
    assert ("Magpie", "6.2.4") in odd and ("DeepSeek-R1", "4.3.2") in odd
    assert len(odd) == 15
    assert "4.2.1" in {leaf.id for leaf in OURS.leaves for title in leaf.exemplars if title.startswith("Magpie")}


def test_every_leaf_that_a_text_mentions_exists() -> None:
    for place, text in _texts(OURS.model_dump()):
        for mentioned in re.findall(r"\b[1-9]\.\d\.\d\b", text):
            assert mentioned in OURS.leaf_ids, f"{place}: {mentioned}"


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string that a judge may see; headings and the lists of precedents are what the list itself prints."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in ("exemplars", "odd", "heading", "parent", "title"):
                yield from _texts(inner, f"{place}/{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, place)


def test_no_text_that_a_judge_sees_names_an_entry_of_the_list() -> None:
    found = [(place, leak) for place, text in _texts(OURS.model_dump()) for leak in leaks(text, TITLES)]
    assert found == []


def test_the_invented_papers_are_of_every_leaf_and_retell_no_entry() -> None:
    invented = read_invented(ROOT / "taxonomy" / "invented.jsonl")
    assert {each.leaf for each in invented} == set(OURS.leaf_ids)
    assert [(each.title, leak) for each in invented for leak in leaks(f"{each.title}\n{each.abstract}", TITLES)] == []


@pytest.mark.parametrize(
    "text",
    [
        "libraries such as DataDreamer",
        "as in metamath",
        "the MATH problems",
        "Less is the precedent",
        "self-certainty of samples",
        "synthetic continued pretraining of a model",
        "a tool for synthetic data generation",
    ],
)
def test_a_leak_is_seen(text: str) -> None:
    assert list(leaks(text, TITLES))


@pytest.mark.parametrize(
    "text", ["less data", "math problems", "personas and lifts", "data selection", "rise and alpaca"]
)
def test_a_common_word_is_no_leak(text: str) -> None:
    assert not list(leaks(text, TITLES))


def test_the_digest_follows_the_content_and_not_the_layout() -> None:
    assert re.fullmatch(r"taxonomy@[0-9a-f]{12}", OURS.name)
    commented = {name: "# a comment\n" + text for name, text in FILES.items()}
    assert taxonomy.parse(commented).name == OURS.name
    changed = FILES | {"survey.yaml": FILES["survey.yaml"].replace("corpus", "body of text", 1)}
    assert taxonomy.parse(changed).name != OURS.name


SURVEY = """
title: Teapots
subject: pots
tiers: [{id: ware, name: Ware, question: "A pot?", test: It pours.}]
scope: {in_scope: [pots], out_of_scope: [cups]}
relevance: {out: not a pot, adjacent: nearly, in_scope: by the letter, core: a pot}
placement: [Look at it.]
pairs: []
"""
SECTION = """
section: "1"
name: Clay
tier: ware
headline: true
leaves:
  - id: "1.1"
    heading: 1.1 Brown
    definition: Brown pots.
    must: pour.
    belongs: [brown pots]
    not_here: [{what: cups, leaf: OUT}, {what: jugs, leaf: [NO_LEAF, "1.1"]}]
"""


def test_another_survey_is_only_other_files() -> None:
    pots = taxonomy.parse({"survey.yaml": SURVEY, "clay.yaml": SECTION})
    assert pots.leaf_ids == ("1.1",) and pots.tier_ids == ("ware",)
    assert pots.leaf("1.1").not_here[1].leaf == ("NO_LEAF", "1.1")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"clay.yaml": SECTION.replace("    heading: 1.1 Brown\n", "")},
            "leaves.0.heading.* missing.*for example heading:",
        ),
        ({"clay.yaml": SECTION.replace("must:", "musts:")}, "'leaves.0.musts' .of '1.1'.; did you mean 'must'"),
        ({"clay.yaml": SECTION + "    colour: brown\n"}, "clay.yaml: unknown key 'leaves.0.colour'.*; .*definition"),
        (
            {"clay.yaml": SECTION.replace("what: cups, leaf", "what: cups, to: x, leaf")},
            "not_here.0.to.* allowed there: what, leaf",
        ),
        ({"clay.yaml": SECTION.replace("leaf: OUT", "leaf: 9.9.9")}, "clay.yaml.*1.1.*'9.9.9'; allowed: 1.1, OUT"),
        ({"clay.yaml": SECTION.replace("tier: ware", "tier: wood")}, "clay.yaml: unknown tier 'wood'; allowed: ware"),
        ({"stone.yaml": SECTION}, "stone.yaml: leaf '1.1' is already in clay.yaml"),
        (
            {"clay.yaml": SECTION.replace(', "1.1"', "").replace('"1.1"\n', "OUT\n", 1)},
            "clay.yaml: leaf id 'OUT' is res",
        ),
        ({"clay.yaml": "leaves: [unclosed"}, "clay.yaml: not YAML"),
        ({"clay.yaml": "- a list"}, "clay.yaml: holds .*a list"),
        (
            {"clay.yaml": SECTION.replace("[{what: cups, leaf: OUT}", "[cups are not here")},
            "not_here.0' is 'cups are not here'.*: a record of keys and values is needed.*for example not_here: .*what",
        ),
        ({"clay.yaml": SECTION.replace("[brown pots]", "brown pots")}, "'brown pots'.*: a list is needed.*for example"),
        ({"clay.yaml": SECTION.replace('id: "1.1"', "id: 1.1")}, 'in quotes: it is a text; for example id: "1.1"'),
        ({"clay.yaml": ""}, "clay.yaml: is empty; it needs the keys section, name"),
        ({"clay.yaml": SECTION.replace('section: "1"', "section: 4.2")}, "'section' is 4.2"),
        ({"clay.yaml": "changed: 2026-02-30"}, "clay.yaml: not YAML: day .* month"),
        ({"clay.yaml": "changed: !!timestamp soon"}, "clay.yaml: not YAML"),
        ({"clay.yaml": "changed: !!bool soon"}, "clay.yaml: not YAML"),
        ({"clay.yaml": "changed: " + "9" * 5000}, "clay.yaml: not YAML"),
        ({"clay.yaml": "[" * 5000 + "]" * 5000}, "clay.yaml: holds "),
        ({"clay.yaml": "!!python/object/apply:os.getcwd []"}, "clay.yaml: not YAML"),
        (
            {"survey.yaml": SURVEY.replace("pairs: []", "pairs: [{leaves: ['1.1', '7'], question: Which}]")},
            "unknown leaf '7'",
        ),
        ({"survey.yaml": SURVEY.replace("title: Teapots", "title: ''")}, "survey.yaml: 'title' is ''"),
    ],
)
def test_a_broken_file_is_one_clear_line(changes: dict[str, str], says: str) -> None:
    files = {"survey.yaml": SURVEY, "clay.yaml": SECTION} | changes
    with pytest.raises(ConfigError, match=says) as refused:
        taxonomy.parse(files)
    assert "\n" not in str(refused.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    files = {
        "survey.yaml": SURVEY.replace("subject:", "subjects:"),
        "clay.yaml": SECTION.replace("must: pour.", "belongs: 3").replace("name: Clay", "nam: Clay"),
        "stone.yaml": SECTION.replace("tier: ware", "tier: wood"),
        "wood.yaml": "- a list",
    }
    with pytest.raises(ConfigError) as refused:
        taxonomy.parse(files)
    heading, *problems = str(refused.value).split("\n  ")
    assert heading == f"{len(problems)} things are wrong in taxonomy/:"
    for said in ("survey.yaml: unknown key 'subjects'; did you mean 'subject'?", "clay.yaml: key 'name' is missing",
                 "clay.yaml: unknown key 'nam'", "wood.yaml: holds"):  # fmt: skip
        assert any(said in problem for problem in problems), said


def test_a_title_and_headings_are_enough() -> None:
    section = "name: Clay\nleaves:\n  - {id: brown, heading: Brown Pots}\n  - {id: red, heading: Red Pots}\n"
    pots = taxonomy.parse({"survey.yaml": "title: Teapots\n", "clay.yaml": section})
    assert pots.leaf_ids == ("brown", "red")
    assert pots.leaf("red").definition == "Red Pots" and pots.leaf("red").section == "Clay"
    assert pots.leaf("red").tier == pots.tier_ids[0] and pots.leaf("red").headline
    assert "Teapots" in pots.scope.in_scope[0]


def test_a_taxonomy_without_leaves_or_without_a_survey_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no leaves in survey\.yaml"):
        taxonomy.parse({"survey.yaml": SURVEY})
    with pytest.raises(ConfigError, match=r"no survey\.yaml among clay\.yaml"):
        taxonomy.parse({"clay.yaml": SECTION})


def test_an_unknown_leaf_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown leaf '8\.8'; allowed: 1\.selection, "):
        OURS.leaf("8.8")


def test_the_readme_names_every_file_and_every_key() -> None:
    readme = (ROOT / "taxonomy" / "README.md").read_text("utf-8")
    keys = set(yaml.safe_load(FILES["survey.yaml"])) | set(taxonomy.Leaf.model_fields)
    assert [name for name in (*FILES, *keys) if f"`{name}`" not in readme] == []
