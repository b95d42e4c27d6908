"""The list under care: every section found, every entry read, with the irregularities it has."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from agent.core.catalog.parse import Catalog, Heading, parse
from agent.core.catalog.printing.candidates import format_entry
from agent.records import Entry
from tests.support.catalogs import LISTS, SEED, SEED_HEADINGS, a_paper


@pytest.fixture(scope="module")
def seed() -> Catalog:
    return parse(SEED, SEED_HEADINGS)


def entry_at(catalog: Catalog, line: int) -> Entry:
    return next(entry for entry in catalog.entries if entry.line == line)


def test_the_list_under_care_has_144_entries_in_43_sections(seed: Catalog) -> None:
    assert seed.missing == ()
    assert len(seed.sections) == 43
    assert Counter(entry.section_id[0] for entry in seed.entries) == {"1": 23, "3": 41, "4": 43, "5": 22, "6": 15}
    assert [len(seed.sections[leaf].entries) for leaf in ("1.selection", "1.generation", "1.blogs")] == [3, 16, 4]
    assert [entry.line for entry in seed.entries] == sorted(entry.line for entry in seed.entries)


def test_every_entry_is_its_exact_line(seed: Catalog) -> None:
    lines = SEED.split("\n")
    assert all(entry.raw == lines[entry.line - 1] and entry.end_line == entry.line for entry in seed.entries)


def test_every_entry_has_the_section_and_title_that_the_paper_records_give_its_line(shared_data: Path) -> None:
    rows = [json.loads(line) for line in (shared_data / "catalog_papers.jsonl").read_text().splitlines()]
    wanted = {ref["line"]: (ref["section_id"], ref["entry_title"]) for row in rows for ref in row["entries"]}
    found = {entry.line: (entry.section_id, entry.title) for entry in parse(SEED, SEED_HEADINGS).entries}
    assert found.keys() == wanted.keys()
    # The records have repaired the five mojibake titles and have none for the bare link.
    assert {line for line in found if found[line] != wanted[line]} == {118, 137, 149, 152, 227, 246}
    assert all(found[line][0] == wanted[line][0] for line in found)


def test_an_entry_is_read_into_its_parts(seed: Catalog) -> None:
    plain, nested, survey = entry_at(seed, 164), entry_at(seed, 79), entry_at(seed, 116)
    assert (plain.title, plain.url, plain.venue, plain.year, plain.authors) == (
        "GSM8K: Training Verifiers to Solve Math Word Problems",
        "https://arxiv.org/abs/2110.14168",
        "NeurIPS",
        2021,
        (),
    )
    assert (nested.section_id, nested.venue, nested.year) == ("6.2.3", "ACL Findings", 2025)
    assert survey.title == "On LLMs-Driven Synthetic Data Generation, Curation, and Evaluation: A Survey"
    assert survey.authors[0] == "Lin Long" and survey.authors[-1] == "Haobo Wang" and len(survey.authors) == 7
    assert (survey.venue, survey.year) == ("Arxiv", 2024)
    assert entry_at(seed, 143).venue == "NeurIPS Datasets & Benchmarks"


def test_unlinked_bullets_and_the_bare_link_are_entries(seed: Catalog) -> None:
    unlinked, bare, blog = entry_at(seed, 122), entry_at(seed, 137), entry_at(seed, 134)
    assert unlinked.url is None and unlinked.title.startswith("Automatically Correcting Large Language Models : ")
    assert bare.title == bare.url == "https://blog.csdn.net/qq_43688587/article/details/148533722"
    assert (blog.venue, blog.year, blog.authors) == (None, 2024, ("Daniel van Strien",))


def test_the_stray_line_belongs_to_no_entry(seed: Catalog) -> None:
    assert [(stray.line, stray.section_id, stray.text) for stray in seed.strays] == [(131, "1.generation", "selection")]
    assert entry_at(seed, 130).title.endswith("New Perspectives")
    assert seed.sections["1.generation"].insert_after == (131,)


def test_section_6_is_found_in_the_table_of_contents(seed: Catalog) -> None:
    kinds = {leaf: section.kind for leaf, section in seed.sections.items()}
    assert {leaf for leaf, kind in kinds.items() if kind == "bullet"} == {leaf for leaf in kinds if leaf[0] == "6"}
    section = seed.sections["6.2.4"]
    assert (section.line, section.end_line, section.insert_after, section.style.prefix) == (
        81,
        82,
        (82,),
        " " * 8 + "- ",
    )


def test_headings_count_whatever_their_level(seed: Catalog) -> None:
    section = seed.sections["4.1.1"]
    assert (section.kind, section.line, section.end_line, section.insert_after) == ("heading", 196, 199, (199,))
    assert (5, "4.1.1 Data Processing", 196) in {(h.level, h.text, h.line) for h in seed.headings}


def test_what_an_audit_needs_is_there(seed: Catalog) -> None:
    assert any(heading.text == "5.5 Summary" and heading.line == 298 for heading in seed.headings)
    assert any(
        line.text == "3.1.1 Pretrain" and line.anchor == "311-pretrain" and line.line == 24 for line in seed.contents
    )


def test_styles_are_those_of_the_neighbours(seed: Catalog) -> None:
    plain = "- [A Fresh Paper](https://arxiv.org/abs/2511.00001). arXiv 2025."
    assert format_entry(a_paper(), seed.sections["5.4.3"].style) == plain
    # No survey in "Data Selection" is complete, so its style is that of the three complete ones in "Generation".
    bold = "- [**A Fresh Paper**](https://arxiv.org/abs/2511.00001) *A. One, B. Two.* Arxiv 2025."
    for leaf in ("1.selection", "1.generation"):
        assert format_entry(a_paper(), seed.sections[leaf].style) == bold


@pytest.mark.parametrize("leaf", ["3.1.1", "4.1.2", "5.4.3", "1.blogs"])
def test_a_leaf_whose_heading_is_gone_is_missing_though_the_contents_still_name_it(leaf: str) -> None:
    title = SEED_HEADINGS[leaf].title
    without = "".join(
        line for line in SEED.splitlines(keepends=True) if not (line.startswith("#") and line.strip().endswith(title))
    )
    assert parse(without, SEED_HEADINGS).missing == (leaf,)


EXPECTED = {
    "badges": [
        ("seeds", 28, 28, "SeedBot: Sowing with a Plan", "ICRA", 2024),
        ("seeds", 29, 31, "Counting Seeds in Flight", "CoRL", 2023),
        ("soil", 35, 35, "Reading Soil (and Mud) with Touch", "arXiv", 2024),
        ("soil", 36, 36, "Digging Without a Spade", "RSS", 2022),
        ("soil", 38, 38, "Roots as Rewards", "ICRA", 2021),
        ("soil", 39, 39, "Worms, worms & Worms", "IROS", 2021),
        ("soil", 44, 44, "A Robot in the Loam", "IROS", 2009),
        ("water", 49, 49, "When to Water", None, None),
        ("water", 50, 50, "Drip, Drip, Drop", None, None),
        ("evaluation", 61, 61, "GardenBench", None, None),
    ],
    "tables": [
        ("folding", 19, 19, "FoldNet: Learning to Crease", "ICLR", 2023),
        ("folding", 20, 20, "Cranes | Swans: A Comparison", "arXiv", 2023),
        ("folding", 21, 21, "Planes That Land", "ACL", 2022),
        ("cutting", 29, 29, "Scissors as a Service", "KDD", 2024),
        ("cutting", 30, 30, "Rock Beats Scissors", "NeurIPS", 2023),
        ("reading", 39, 39, "Reading Between the Lines", "ACL", 2024),
        ("reading", 41, 41, "Reading Under the Lines", "EMNLP Findings", 2024),
        ("reading", 43, 45, "Reading the Lines", "arXiv", 2024),
    ],
    "crlf": [
        ("2.2", 9, 9, "A Pendulum at Rest", "Journal of Still Things", 2023),
        ("2.2", 10, 10, "Unlinked and Still", None, None),
        ("sundials", 16, 16, "Shadows at Noon", "ICML", 2023),
        ("sundials", 17, 18, "Shadows at Night", "ICML Workshop", 2024),
        ("sundials", 19, 19, "Shadows in Rain", None, 2024),
        ("2.methods", 24, 24, "Long Swings", "NeurIPS", 2023),
        ("2.methods", 26, 26, "Short Swings", "NeurIPS", 2023),
        ("3.methods", 35, 35, "https://example.org/sand", None, None),
        ("3.methods", 36, 36, "https://example.org/glass", None, None),
        ("3.methods", 37, 37, "Sand", "ACL Findings", 2021),
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_lists_in_other_styles_are_read_the_same_way(name: str) -> None:
    catalog = parse(*LISTS[name])
    assert catalog.missing == ()
    assert [(e.section_id, e.line, e.end_line, e.title, e.venue, e.year) for e in catalog.entries] == EXPECTED[name]


@pytest.mark.parametrize("tail", ["NeurIPS 2024.", "In *NeurIPS 2024*", "(NeurIPS, 2024)"])
def test_an_entry_with_hundreds_of_authors_keeps_its_venue_and_year(tail: str) -> None:
    authors = ", ".join(f"{chr(65 + n % 26)}. Na{chr(97 + n // 26)}er" for n in range(300))
    text = f"# A\n- [A Long Title](https://x.org). {authors}. {tail}\n"
    entry = parse(text, {"a": Heading(title="A")}).entries[0]
    assert (len(entry.authors), entry.venue, entry.year) == (300, "NeurIPS", 2024)


def test_long_prose_with_a_venue_at_its_end_tells_neither_authors_nor_venue() -> None:
    text = f"# A\n- [A Long Title](https://x.org). {'We study rows in a field. ' * 90}It was shown at ICML 2024.\n"
    entry = parse(text, {"a": Heading(title="A")}).entries[0]
    assert (entry.authors, entry.venue) == ((), None)


@pytest.mark.parametrize(
    ("printed", "people"),
    [
        ("Anna Bosch, Cambridge Yang", True),
        ("Apple Zhang, Uni Sami", True),
        ("ETH Zurich, Meta AI", False),
        ("UC Berkeley, MIT CSAIL", False),
        ("Peking University, Inria", False),
    ],
)
def test_people_who_bear_the_name_of_an_institute_are_authors(printed: str, people: bool) -> None:
    text = f"# A\n- [A Long Title](https://x.org), *{printed}*, arXiv 2024\n"
    entry = parse(text, {"a": Heading(title="A")}).entries[0]
    assert entry.authors == (tuple(printed.split(", ")) if people else ())
