"""Shapes of Markdown that a list may have, each in a few lines."""

from __future__ import annotations

import pytest

from agent.core.catalog.parse import Catalog, Heading, parse

A = {"a": Heading(title="A")}


def titles(catalog: Catalog) -> list[tuple[str, str]]:
    return [(entry.section_id, entry.title) for entry in catalog.entries]


@pytest.mark.parametrize("fence", ["```", "~~~", "````md"])
def test_nothing_inside_a_code_fence_counts(fence: str) -> None:
    close = fence.rstrip("md")
    text = f"{fence}\n# A\n- [In](https://x.org/1)\n{close}\n# A\n- [Out](https://x.org/2)\n{fence}\n- [In](https://x.org/3)\n"
    catalog = parse(text, A)
    assert titles(catalog) == [("a", "Out")]
    assert catalog.sections["a"].line == 5


def test_nothing_inside_a_comment_or_indented_code_counts() -> None:
    text = "<!--\n# A\n- [In](https://x.org/1)\n-->\n# A\n\n    - [Code](https://x.org/2)\n\n- [Out](https://x.org/3)\n"
    assert titles(parse(text, A)) == [("a", "Out")]


def test_a_byte_order_mark_hides_no_heading() -> None:
    catalog = parse("\ufeff# A\n- [T](https://x.org)\n", A)
    assert titles(catalog) == [("a", "T")]
    assert "".join(catalog.lines) == catalog.text


def test_equal_headings_are_told_apart_by_their_parent() -> None:
    text = "# One\n## Data\n- [First](https://x.org/1)\n# Two\n## Data\n- [Second](https://x.org/2)\n"
    headings = {"two": Heading(title="Data", parent="Two"), "one": Heading(title="Data", parent="One")}
    assert titles(parse(text, headings)) == [("one", "First"), ("two", "Second")]


def test_an_equal_heading_at_the_wrong_level_is_the_first_one_after_its_parent() -> None:
    text = "# Data\n- [First](https://x.org/1)\n### Two\n## Data\n- [Second](https://x.org/2)\n"
    assert titles(parse(text, {"d": Heading(title="Data", parent="Two")})) == [("d", "Second")]


def test_of_equal_headings_without_a_parent_the_first_counts() -> None:
    text = "# A\n- [First](https://x.org/1)\n# A\n- [Second](https://x.org/2)\n"
    assert titles(parse(text, A)) == [("a", "First")]


def test_a_missing_section_does_not_get_its_namesakes_place() -> None:
    text = "# One\n## Data\n- [First](https://x.org/1)\n# Two\n"
    headings = {"two": Heading(title="Data", parent="Two"), "one": Heading(title="Data", parent="One")}
    catalog = parse(text, headings)
    assert titles(catalog) == [("one", "First")]
    assert catalog.missing == ("two",)


@pytest.mark.parametrize("line", ["## 4.1.1 Data Cleaning", "###### 4.1.1. data  processing", "## Data Processing ##"])
def test_a_heading_is_known_by_its_number_or_its_words(line: str) -> None:
    headings = {"4.1.1": Heading(title="4.1.1 Data Processing"), "4.1": Heading(title="4.1 Annotation")}
    catalog = parse(f"# 4.1.10 Other\n{line}\n- [T](https://x.org)\n", headings)
    assert catalog.sections["4.1.1"].line == 2
    assert catalog.missing == ("4.1",)


def test_a_body_heading_wins_over_a_bullet_of_the_contents() -> None:
    text = "- [A](#a)\n  - [Nested](https://x.org/1)\n\n# A\n- [Body](https://x.org/2)\n"
    assert titles(parse(text, A)) == [("a", "Body")]


def test_a_table_of_contents_alone_is_no_home() -> None:
    assert parse("- [A](#a)\n- [B](#b)\n  - [C](#c)\n", A).missing == ("a",)


def test_deeper_headings_that_are_no_leaf_stay_in_the_section() -> None:
    text = "## A\n### 2023\n- [Old](https://x.org/1)\n### 2024\n- [New](https://x.org/2)\n### B\n- [Other](https://x.org/3)\n"
    catalog = parse(text, {**A, "b": Heading(title="B")})
    assert titles(catalog) == [("a", "Old"), ("a", "New"), ("b", "Other")]


def test_a_label_groups_the_entries_nested_in_it_and_notes_stay_with_their_entry() -> None:
    text = (
        "# A\n- 2024\n  - [T1](https://x.org/1)\n- [T2](https://x.org/2)\n  - [code](https://x.org/3)\n  - note\n"
        "- Bare\n  - note\n"
    )
    catalog = parse(text, A)
    assert titles(catalog) == [("a", "T1"), ("a", "T2"), ("a", "Bare")]
    assert [(entry.line, entry.end_line) for entry in catalog.entries] == [(3, 3), (4, 6), (7, 8)]


def test_a_wrapped_entry_has_all_its_lines_and_a_glued_word_is_stray() -> None:
    text = "# A\n- [A long\ntitle](https://x.org/1).\nACL 2024.\nstray\n- Next\n"
    catalog = parse(text, A)
    first = catalog.entries[0]
    assert (first.line, first.end_line, first.title, first.venue, first.year) == (2, 4, "A long title", "ACL", 2024)
    assert [stray.line for stray in catalog.strays] == [5]


def test_lines_are_counted_as_markdown_counts_them() -> None:
    text = "# A\x0c\r\nform\x0bfeed \u2028 here\r- [T](https://x.org)\r\n"
    catalog = parse(text, A)
    assert [entry.line for entry in catalog.entries] == [3]
    assert "".join(catalog.lines) == text


@pytest.mark.parametrize(
    ("line", "title", "url"),
    [
        ("[T](https://x.org)", "T", "https://x.org"),
        ("[**T** of *U*](https://x.org)", "T of U", "https://x.org"),
        ("**[T](https://x.org)**", "T", "https://x.org"),
        ("🔥 [T](https://x.org) ![s](https://x.org/s.svg)", "T", "https://x.org"),
        ("**T**. [[Paper](https://x.org)] [[Code](https://x.org/c)]", "T", "https://x.org"),
        ("A Longer T, ACL 2024 [[pdf](https://x.org)]", "A Longer T", "https://x.org"),
        ("T. [[paper]](https://x.org)", "T", "https://x.org"),
        ("T [[code](https://x.org/c)] [[paper](https://x.org)]", "T", "https://x.org"),
        ("**[ACL'24]** T [[paper]](https://x.org)", "T", "https://x.org"),
        ("[[Paper](https://x.org)] [[Code](https://x.org/c)] **T** ACL 2024", "T", "https://x.org"),
        ("📄 [Paper](https://x.org) | A Title of Words", "A Title of Words", "https://x.org"),
        ("[Blog](https://x.org) - A few more words", "Blog", "https://x.org"),
        ("**XNet**: A Title [[paper](https://x.org)]", "XNet: A Title", "https://x.org"),
        ("A Title, [arXiv:2401.00001](https://x.org)", "A Title", "https://x.org"),
        ("[ACL 2024] [T](https://x.org)", "T", "https://x.org"),
        ("[`T` &amp; U \\[v\\]](<https://x.org/a b>)", "T & U [v]", "https://x.org/a%20b"),
        ("See https://x.org/1.", "See", "https://x.org/1"),
        ("<https://x.org>", "https://x.org", "https://x.org"),
        ("[T][ref]\n\n[ref]: https://x.org", "T", "https://x.org"),
        ("Long T of\n\\-\n[[arXiv](https://x.org)]\n[[Link](https://x.org/l)]", "Long T of", "https://x.org"),
        (
            "(*ACL'24*) A T with \u201cU V\u201d and W [[Paper](https://x.org)]",
            "A T with \u201cU V\u201d and W",
            "https://x.org",
        ),
        ("Ada Miller, Bo Chen \u201cU V\u201d ACL 2024 [[Paper](https://x.org)]", "U V", "https://x.org"),
        ("A Long T of U. Ada Miller & Bo Chen. [Link](https://x.org)", "A Long T of U", "https://x.org"),
        ("A Long T. Privacy & Fairness [Link](https://x.org)", "A Long T. Privacy & Fairness", "https://x.org"),
        ("A Long T of U. Brandt, Miller, Chen, (2024). https://x.org", "A Long T of U", "https://x.org"),
        (
            "A Long T of U\n  - Ada Miller et al.\n  - [PDF](https://x.org) ![Git Hub stars](https://x.org/s)",
            "A Long T of U",
            "https://x.org",
        ),
        ("[6. Not a link]", "[6. Not a link]", None),
        ("Sam: SAM: Cut the Peas [[Paper](https://x.org)]", "SAM: Cut the Peas", "https://x.org"),
        ("[PEAS-2021 Datasets](https://x.org)", "PEAS-2021 Datasets", "https://x.org"),
        ("Cut the Peas [2024-KITCHENS] [[Paper](https://x.org)]", "Cut the Peas", "https://x.org"),
        ("<b>T</b> <!-- c -->", "T", None),
    ],
)
def test_the_title_is_what_a_reader_sees(line: str, title: str, url: str | None) -> None:
    [entry] = parse(f"# A\n- {line}\n", A).entries
    assert (entry.title, entry.url) == (title, url)


def test_bullets_that_list_nothing_are_no_entries() -> None:
    assert parse("# A\n-\n- ![badge](https://x.org/b.svg)\n- [Jump](#b)\n- ***\n", A).entries == ()


def test_a_footnote_is_no_title() -> None:
    text = "# A\n- Apples by Night[^1], Vine et al. (2021)\n\n[^1]: https://arxiv.org/abs/2102.00007\n"
    (entry,) = parse(text, {"a": Heading(title="A")}).entries
    assert (entry.title, entry.authors, entry.year) == ("Apples by Night", ("Vine",), 2021)
    assert entry.url == "https://arxiv.org/abs/2102.00007"


def test_a_short_title_in_bold_stays_the_title_above_authors_in_italics() -> None:
    text = "# A\n1. **Seeds in Rows** (ICRA 2022).\n\n    *Ada Hall, Gus Jones, Ida Lee*. [[pdf](https://x.org/1)]\n"
    assert [(e.title, e.authors) for e in parse(text, A).entries] == [
        ("Seeds in Rows", ("Ada Hall", "Gus Jones", "Ida Lee"))
    ]


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        (["Old Peas in Long Rows", "A Study of Old Beans"], ["Old Peas in Long Rows", "A Study of Old Beans"]),
        (["Ada Miller, Bo Chen, Carla Diaz", "We sow peas in rows and wait."], ["Sowing by Hand"]),
        (["it is fast and costs little", "it has no rows at all"], ["Sowing by Hand"]),
        (["Old Peas in Long Rows"], ["Sowing by Hand"]),
    ],
)
def test_plain_titles_below_a_word_or_two_are_entries(below: list[str], expected: list[str]) -> None:
    text = "\n".join(["# A", "- Sowing by Hand", *(f"  - {line}" for line in below), ""])
    section = parse(text, {"a": Heading(title="A")}).sections["a"]
    assert [entry.title for entry in section.entries] == expected


@pytest.mark.parametrize(
    ("printed", "title", "year"),
    [
        ("2023 - Old Beans in Rows", "Old Beans in Rows", 2023),
        ("2023: Old Beans in Rows", "Old Beans in Rows", 2023),
        ("2023, Old Beans in Rows", "Old Beans in Rows", 2023),
        ("2023 - [BEAN] Old Beans in Rows", "Old Beans in Rows", 2023),
        ("2048 Is a Game of Beans", "2048 Is a Game of Beans", None),
    ],
)
def test_a_year_that_is_set_off_from_a_plain_title_is_none_of_its_words(
    printed: str, title: str, year: int | None
) -> None:
    (entry,) = parse(f"# A\n- {printed} [[paper]](https://openreview.net/forum?id=a1B2c3D4e5)\n", A).entries
    assert (entry.title, entry.year) == (title, year)
