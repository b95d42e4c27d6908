"""Someone else's list, edited by whole lines only."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.parse import Heading, parse
from tests.support.catalogs import LISTS, SEED, SEED_HEADINGS, a_paper, without_inserted

A = {"a": Heading(title="A")}
NEW = "- [A Fresh Paper](https://arxiv.org/abs/2601.00001)"
GROUPED = (("2025", "2512.00001"), ("", "2511.00007"), ("", "2507.00001"), ("2024", "2403.00001"), ("", "2401.00001"))
LINE = "- [A Fresh Paper](https://arxiv.org/abs/2511.00001). arXiv 2025."


def into(text: str, **fields: object) -> str:
    return insert(text, A, [Addition(leaf="a", paper=a_paper(**fields))]).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("leaf", "line", "entry"),
    [
        ("3.1.1", 147, LINE),
        ("3.1.3", 160, LINE),
        ("4.1.1", 200, LINE),
        ("6.1.1", 65, " " * 8 + LINE),
        ("6.3.4", 107, " " * 8 + LINE),
        ("1.selection", 114, "- [**A Fresh Paper**](https://arxiv.org/abs/2511.00001) *A. One, B. Two.* Arxiv 2025."),
        ("1.generation", 132, "- [**A Fresh Paper**](https://arxiv.org/abs/2511.00001) *A. One, B. Two.* Arxiv 2025."),
        ("1.blogs", 138, "- [**A Fresh Paper**](https://arxiv.org/abs/2511.00001) *A. One, B. Two.* 2025"),
    ],
)
def test_an_entry_goes_to_the_end_of_its_section_in_its_style(leaf: str, line: int, entry: str) -> None:
    edit = insert(SEED, SEED_HEADINGS, [Addition(leaf=leaf, paper=a_paper())])
    [inserted] = edit.inserted
    assert (inserted.paper_id, inserted.leaf, inserted.line, inserted.entry) == ("2511.00001", leaf, line, entry)
    assert edit.text.split("\n")[line - 1] == entry


@pytest.mark.parametrize(
    ("name", "leaf", "entry"),
    [
        ("badges", "surveys", "* **[A Fresh Paper](https://arxiv.org/abs/2511.00001)**, *arXiv 2025*"),
        ("badges", "seeds", "* 🌻 **[A Fresh Paper](https://arxiv.org/abs/2511.00001)**, *arXiv 2025*"),
        ("badges", "water", "- [A Fresh Paper](https://arxiv.org/abs/2511.00001)"),
        (
            "tables",
            "folding",
            "| [A Fresh Paper](https://arxiv.org/abs/2511.00001) | A. One, B. Two | arXiv | 2025 | |",
        ),
        (
            "tables",
            "cutting",
            "A Fresh Paper | arXiv 2025 | [PDF](https://arxiv.org/pdf/2511.00001)",
        ),
        ("tables", "gluing", "| 2025 | [A Fresh Paper](https://arxiv.org/abs/2511.00001) | arXiv |"),
        ("tables", "reading", "+ [A Fresh Paper](https://arxiv.org/abs/2511.00001) (arXiv 2025)"),
        ("crlf", "sundials", "10. [A Fresh Paper](https://arxiv.org/abs/2511.00001). arXiv 2025."),
        ("crlf", "2.3", "      * [A Fresh Paper](https://arxiv.org/abs/2511.00001), in *arXiv*, 2025."),
        ("crlf", "2.methods", "- __[A Fresh Paper](https://arxiv.org/abs/2511.00001)__ _A. One, B. Two._ arXiv 2025."),
        ("crlf", "3.data", "- __[A Fresh Paper](https://arxiv.org/abs/2511.00001)__ _A. One, B. Two._ arXiv 2025."),
    ],
)
def test_other_lists_keep_their_own_style(name: str, leaf: str, entry: str) -> None:
    text, headings = LISTS[name]
    [inserted] = insert(text, headings, [Addition(leaf=leaf, paper=a_paper())]).inserted
    assert inserted.entry == entry


LINK = "https://arxiv.org/abs/2511.00001"


@pytest.mark.parametrize(
    ("neighbours", "expected"),
    [
        (
            ["**Old One**. ACL 2024. [[paper](https://x.org/1)] [[code](c)]"],
            f"**A Fresh Paper**. arXiv 2025. [[paper]({LINK})]",
        ),
        (["Old One. [[pdf]](https://x.org/1)"], f"A Fresh Paper. [[pdf]]({LINK})"),
        (["Old One [[code](c)] [[Paper](https://x.org/1)]"], f"A Fresh Paper [[Paper]({LINK})]"),
        (["**[ACL'24]** Old One [[paper](https://x.org/1)]"], f"**[arXiv'25]** A Fresh Paper [[paper]({LINK})]"),
        (["[ACL 2024] [Old One](https://x.org/1)"], f"[arXiv 2025] [A Fresh Paper]({LINK})"),
        (["(2024) [Old One](https://x.org/1)."], f"(2025) [A Fresh Paper]({LINK})."),
        (['"[Old One](https://x.org/1)", ACL 2024'], f'"[A Fresh Paper]({LINK})", arXiv 2025'),
        (["[Old One](https://x.org/1), **ACL 2024**."], f"[A Fresh Paper]({LINK}), **arXiv 2025**."),
        (
            ["[Old One](https://x.org/1). A. Bee, C. Dee. ACL 2024."],
            f"[A Fresh Paper]({LINK}). A. One, B. Two. arXiv 2025.",
        ),
        (
            ["[Old One](https://x.org/1), A. Bee and C. Dee, ACL 2024"],
            f"[A Fresh Paper]({LINK}), A. One and B. Two, arXiv 2025",
        ),
        (["[Old One](https://x.org/1), Bee et al., ACL 2024"], f"[A Fresh Paper]({LINK}), One et al., arXiv 2025"),
        (
            ["[Old One](https://x.org/1)", "  A. Bee, C. Dee. ACL 2024."],
            f"[A Fresh Paper]({LINK})\n  A. One, B. Two. arXiv 2025.",
        ),
        (["[Old One](https://x.org/1) - Does a thing, in 2024."], f"[A Fresh Paper]({LINK})"),
        (["A. Bee: [Old One](https://x.org/1). ACL 2024."], f"[A Fresh Paper]({LINK}). arXiv 2025."),
    ],
)
def test_a_style_is_learned_from_one_neighbour_and_nothing_that_is_only_true_of_it(
    neighbours: list[str], expected: str
) -> None:
    text = "# A\n- " + "\n".join(neighbours) + "\n"
    assert into(text) == f"{text}- {expected}\n"


def test_a_title_that_could_not_be_told_from_what_follows_it_becomes_the_link() -> None:
    text = "# A\n- **Old One**. ACL 2024. [[paper](https://x.org/1)]\n"
    for title in ("A Paper. ACL 2024", "Cost in $"):
        (entry,) = [e for e in parse(into(text, title=title), A).entries if e.url == LINK]
        assert entry.title == title


def test_no_new_line_closes_an_escaped_bracket_that_it_does_not_open() -> None:
    aside = "\\[accepted with great honours in Rome, [Paper]"
    text = f"# A\n- Slow Stirring with Soft Arms {aside}(https://x.org/1)\\]\n"
    assert into(text) == f"{text}- [A Fresh Paper]({LINK})\n"


def test_a_title_that_is_called_paper_is_not_taken_for_a_link_beside_one() -> None:
    text = "# A\n- [Old One](https://x.org/1) *A. Bee, C. Dee.* ACL 2024.\n"
    (entry,) = [e for e in parse(into(text, title="[Paper]"), A).entries if e.url == LINK]
    assert entry.title == "[Paper] (arXiv:2511.00001)"


def test_every_section_takes_an_entry_and_no_byte_is_lost() -> None:
    for text, headings in LISTS.values():
        additions = [
            Addition(leaf=leaf, paper=a_paper(f"Novelty Number {i}", f"2511.{i:05}")) for i, leaf in enumerate(headings)
        ]
        edit = insert(text, headings, additions)
        assert [inserted.leaf for inserted in edit.inserted] == list(headings)
        assert without_inserted(edit, text) == text


def test_git_sees_no_deleted_line(tmp_path: Path) -> None:
    additions = [
        Addition(leaf=leaf, paper=a_paper(f"Novelty Number {i}", f"2511.{i:05}"))
        for i, leaf in enumerate(SEED_HEADINGS)
    ]
    (tmp_path / "old").write_bytes(SEED.encode())
    (tmp_path / "new").write_bytes(insert(SEED, SEED_HEADINGS, additions).text.encode())
    diff = subprocess.run(
        ["git", "diff", "--no-index", "--numstat", "old", "new"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert diff.stdout.split()[:2] == ["43", "0"]


def test_entries_of_one_section_keep_their_order() -> None:
    papers = [
        a_paper(title, f"2511.0000{i}") for i, title in enumerate(("Zebra Stripes", "Apple Trees", "Mango Salad"))
    ]
    additions = [
        Addition(leaf=leaf, paper=paper) for leaf, paper in zip(("5.4.3", "1.blogs", "5.4.3"), papers, strict=True)
    ]
    edit = insert(SEED, SEED_HEADINGS, additions)
    assert [inserted.line for inserted in edit.inserted] == [298, 138, 299]
    lines = edit.text.split("\n")
    assert all(lines[inserted.line - 1] == inserted.entry for inserted in edit.inserted)


def test_inserting_a_paper_again_changes_nothing() -> None:
    addition = Addition(leaf="4.3.2", paper=a_paper("What? *Again*: [Twice]"))
    once = insert(SEED, SEED_HEADINGS, [addition, addition])
    twice = insert(once.text, SEED_HEADINGS, [addition, addition.model_copy(update={"leaf": "4.3.1"})])
    assert (len(once.inserted), once.already) == (1, ("2511.00001",))
    assert (twice.text, twice.inserted, twice.already) == (once.text, (), ("2511.00001", "2511.00001"))


def test_a_listed_paper_is_known_by_its_title_and_by_an_id_that_the_list_prints() -> None:
    listed = a_paper(
        "magpie: alignment data synthesis from scratch by prompting aligned LLMs with nothing", "2406.08464"
    )
    other = a_paper("Persistent Topology of Sheaves on Graphs", "2401.12968")  # the id the list prints for Magpie
    edit = insert(SEED, SEED_HEADINGS, [Addition(leaf="4.2.1", paper=listed), Addition(leaf="4.2.1", paper=other)])
    assert edit.already == ("2406.08464", "2401.12968")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n", f"# A\n{LINE}\n"),
        ("# A", f"# A\n{LINE}"),
        ("# A\r\n\r\n# B\r\n", f"# A\r\n{LINE}\r\n\r\n# B\r\n"),
        ("# A\r\n- Old", f"# A\r\n- Old\r\n{LINE}"),
        ("# A\nIntro,\ntwo lines.\n\n# B\n", f"# A\nIntro,\ntwo lines.\n{LINE}\n\n# B\n"),
        ("# A\n\nIntro.\n", f"# A\n\nIntro.\n{LINE}\n"),
        ("# A\n\n```\ncode\n", f"# A\n{LINE}\n\n```\ncode\n"),
        ("# A\n\n    code\n", f"# A\n\n    code\n{LINE}\n"),
        ("A\n=\n# B\n", f"A\n=\n{LINE}\n# B\n"),
        ("# A\n- Old\n\n---\nFooter\n", f"# A\n- Old\n{LINE}\n\n---\nFooter\n"),
        ("# A\n- Old\n\n  more of it\n\nLoose.\n", f"# A\n- Old\n\n  more of it\n{LINE}\n\nLoose.\n"),
        ("# A\n- Old\nglued\n# B\n", f"# A\n- Old\nglued\n{LINE}\n# B\n"),
        ("# A\n| Paper |\n|---|\n", "# A\n| Paper |\n|---|\n| [A Fresh Paper](https://arxiv.org/abs/2511.00001) |\n"),
    ],
)
def test_a_new_line_stands_where_markdown_reads_it_as_an_entry(text: str, expected: str) -> None:
    assert into(text) == expected


def test_the_link_to_a_paper_is_not_called_code_because_a_neighbour_s_first_link_is() -> None:
    text = "# A\n| Title | Links |\n|--|--|\n| [T](https://x.org) | [Github](https://x.org/c) |\n"
    assert into(text).splitlines()[-1] == f"| [A Fresh Paper]({LINK}) |  |"


@pytest.mark.parametrize(
    ("text", "leaf", "reason"),
    [
        ("# B\n", "a", "no section for leaf a: no heading or bullet reads 'A'; add it"),
        ("# A\n", "z", "unknown leaf 'z'; the taxonomy has: a"),
        # List numbers have at most nine digits.
        (
            "# A\n999999999. [Last](https://x.org)\n",
            "a",
            "no entry can be inserted in section 'A' of the catalog (leaf a",
        ),
    ],
)
def test_what_cannot_be_inserted_is_left_to_people_and_the_rest_is_inserted(text: str, leaf: str, reason: str) -> None:
    text += "# C\n- [T](https://x.org). ACL 2024.\n"
    headings = {**A, "c": Heading(title="C")} if leaf == "a" else A | {"c": Heading(title="C")}
    other = Addition(leaf="c", paper=a_paper("Another Paper", "2511.00002"))
    edit = insert(text, headings, [Addition(leaf=leaf, paper=a_paper()), other])
    [by_hand] = edit.by_hand
    assert (by_hand.paper_id, by_hand.leaf) == ("2511.00001", leaf)
    assert reason.split("; the taxonomy")[0] in by_hand.reason
    assert LINK in by_hand.entry
    assert edit.text == text + "- [Another Paper](https://arxiv.org/abs/2511.00002). arXiv 2025.\n"


def test_parsing_after_insertion_finds_the_new_title() -> None:
    title = "![x](y) <img src=x> @all #1 `a|b` $x$ **z** \\"
    edit = insert(SEED, SEED_HEADINGS, [Addition(leaf="4.3.2", paper=a_paper(title))])
    found = [entry for entry in parse(edit.text, SEED_HEADINGS).entries if entry.line == edit.inserted[0].line]
    assert [(entry.title, entry.section_id, entry.venue, entry.year) for entry in found] == [
        (title, "4.3.2", "arXiv", 2025)
    ]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (("## Dec 22 - Dec 28", "## Dec 15 - Dec 21"), ("## Jan 5 - Jan 11", NEW, "## Dec 22 - Dec 28")),
        (("## Dec 15 - Dec 21", "## Dec 22 - Dec 28"), ("## Dec 22 - Dec 28", "## Jan 5 - Jan 11", NEW)),
        (("## Dec 31", "## Dec 30", "## Dec 29"), ("## Jan 7", NEW, "## Dec 31")),
        (("## Dec 29 - Jan 4", "## Dec 22 - Dec 28"), ("## Jan 5 - Jan 11", NEW, "## Dec 29 - Jan 4")),
        (("## Week 52", "## Week 51"), ("## Week 2", NEW, "## Week 52")),
        (("## 2025", "### Week 52", "### Week 51"), ("## 2026", "### Week 2", NEW, "## 2025", "### Week 52")),
        (("## 2026", "### Week 1", "## 2025", "### Week 52"), ("## 2026", "### Week 2", NEW, "### Week 1")),
        (("## Dec 1 - 7", "## Jun 2 - 8", "## Mar 3 - 9"), ("## Jan 5 - 11", NEW, "## Dec 1 - 7")),
    ],
)
def test_a_week_of_a_new_year_stands_where_it_follows_the_last_one_of_the_old(
    headings: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    entries = (
        "" if heading.startswith("## 20") else f"- [Old {n}](https://x.org/{n})\n" for n, heading in enumerate(headings)
    )
    text = "# A\n" + "".join(f"{heading}\n{entry}" for heading, entry in zip(headings, entries, strict=True))
    lines = into(text, id="2601.00001", announced=date(2026, 1, 7)).splitlines()
    kept = "\n".join(line for line in lines if line.startswith(("#", NEW)))
    assert "\n".join(expected) in kept


@pytest.mark.parametrize(
    ("year", "row", "after"),
    [(2025, "|  | [A Fresh Paper]({}) |", "|2025|"), (2026, "| 2026 | [A Fresh Paper]({}) |", "|---|---|")],
)
def test_a_row_of_a_new_year_stands_above_the_group_of_the_old_one(year: int, row: str, after: str) -> None:
    link = f"https://arxiv.org/abs/{year - 2000}01.00001"
    old = [f"| {head} | [Old {n}](https://arxiv.org/abs/{id}) |" for n, (head, id) in enumerate(GROUPED)]
    text = "\n".join(["# A", "| Year | Paper |", "|---|---|", *old, ""])
    lines = into(text, id=link[-10:], announced=date(year, 1, 7)).splitlines()
    at = lines.index(row.format(link))
    assert lines[at - 1].replace(" ", "").startswith(after)


@pytest.mark.parametrize(
    ("numbers", "months", "expected"),
    [
        ((1, 2, 3, 4), (1, 3, 5, 7), [1, 2, 3, 4, 5, 6]),
        ((4, 3, 2, 1), (7, 5, 3, 1), [6, 5, 4, 3, 2, 1]),
        ((1, 2, 3, 4), (7, 5, 3, 1), [1, 2, 3, 4]),
        ((4, 3, 2, 1), (1, 3, 5, 7), [4, 3, 2, 1]),
    ],
)
def test_a_counted_title_has_the_next_number_or_is_left_to_people(
    numbers: tuple[int, ...], months: tuple[int, ...], expected: list[int]
) -> None:
    old = [
        f"| {n}) **Old Paper {m}** | [Paper](https://arxiv.org/abs/25{m:02}.00001) |"
        for n, m in zip(numbers, months, strict=True)
    ]
    text = "\n".join(["# A", "| Paper | Link |", "|---|---|", *old, ""])
    papers = [a_paper(title, id=f"2511.0000{n}") for n, title in enumerate(("A Fresh Paper", "Another Fresh Paper"), 1)]
    edit = insert(text, A, [Addition(leaf="a", paper=paper) for paper in papers])
    assert len(edit.by_hand) == (0 if len(expected) > len(numbers) else 2)
    assert all("its titles are counted" in one.reason for one in edit.by_hand)
    assert [int(row[2]) for row in edit.text.splitlines() if re.match(r"\| \d", row)] == expected


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (["## May 2025", "## April 2025"], ["## June 2025", "## May 2025", "## April 2025"]),
        (["## April 2025", "## May 2025"], ["## April 2025", "## May 2025", "## June 2025"]),
        (["## May 2025", "## Apr 2025"], ["## Jun 2025", "## May 2025", "## Apr 2025"]),
    ],
)
def test_a_month_after_may_is_named_as_the_other_months_are(headings: list[str], expected: list[str]) -> None:
    text = "# A\n" + "".join(f"{heading}\n- [Old {heading}](https://x.org)\n" for heading in headings)
    lines = into(text, id="2506.00001", announced=date(2025, 6, 3)).splitlines()
    assert [line for line in lines if line.startswith("## ")] == expected


def test_the_category_behind_an_id_is_the_papers_own() -> None:
    text = '# A\n- A. One, "A Title of Words," arXiv:2101.00001 [cs.RO], May 2021. [[pdf]](https://arxiv.org/abs/2101.00001)\n'
    assert "arXiv:2511.00001 [cs.CL], " in into(text, categories=("cs.CL", "cs.RO"))
    assert "arXiv:2511.00001, " in into(text, categories=())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "## A\n\n### 2025.10\n- [Old](https://arxiv.org/abs/2510.00001)\n\n"
            "### 2025.08\n- [Older](https://arxiv.org/abs/2508.00001)\n",
            "### 2025.12 2512.00001 ### 2025.11 2511.00002 ### 2025.10 2510.00001 ### 2025.08 2508.00001",
        ),
        (
            "## A\n\n### 2024\n\n#### May\n\n1. [Old](https://arxiv.org/abs/2405.00001)\n\n"
            "#### April\n\n1. [Older](https://arxiv.org/abs/2404.00001)\n",
            "### 2025 #### December 2512.00001 #### November 2511.00002 "
            "### 2024 #### May 2405.00001 #### April 2404.00001",
        ),
        (
            "## A\n\n### 2024\n\n#### April\n\n- [Older](https://arxiv.org/abs/2404.00001)\n\n"
            "#### May\n\n- [Old](https://arxiv.org/abs/2405.00001)\n",
            "### 2024 #### April 2404.00001 #### May 2405.00001 "
            "### 2025 #### November 2511.00002 #### December 2512.00001",
        ),
    ],
)
def test_papers_of_one_night_stand_below_the_months_they_are_of(text: str, expected: str) -> None:
    papers = [
        a_paper("One Fresh Paper", id="2512.00001", announced=date(2025, 12, 1)),
        a_paper("Another Fresh Work", id="2511.00002", announced=date(2025, 11, 28)),
    ]
    edit = insert(text, {"a": Heading(title="A")}, [Addition(leaf="a", paper=paper) for paper in papers])
    assert " ".join(re.findall(r"#{3,4} .+|\d{4}\.\d{5}", edit.text)) == expected
    assert without_inserted(edit, text) == text


def test_entries_counted_through_the_whole_list_get_its_next_numbers() -> None:
    text = "## A\n\n1. [Old](https://arxiv.org/abs/2510.00001)\n2. [Odd](https://arxiv.org/abs/2510.00002)\n\n## B\n\n"
    text += "3. [Ole](https://arxiv.org/abs/2510.00003)\n4. [Ola](https://arxiv.org/abs/2510.00004)\n"
    headings = {"a": Heading(title="A"), "b": Heading(title="B")}
    first = insert(text, headings, [Addition(leaf="a", paper=a_paper("One Fresh Paper", id="2511.00001"))])
    papers = [a_paper("A Second Work", id="2511.00002"), a_paper("Third Time Lucky", id="2511.00003")]
    second = insert(first.text, headings, [Addition(leaf=leaf, paper=p) for leaf, p in zip("ab", papers, strict=True)])
    assert re.findall(r"(?m)^(\d+)\. \[(?:One|A S|Thi)", second.text) == ["5", "6", "7"]


def test_a_paper_is_left_to_people_where_rows_hold_several_papers_each() -> None:
    links = [f"[Old {n}](https://arxiv.org/abs/2510.0000{n})" for n in range(1, 6)]
    text = f"## A\n\n| Game | Papers |\n|---|---|\n| Go | {links[0]}, {links[1]} |\n"
    text += f"| Chess | {links[2]} <br> {links[3]} |\n"
    edit = insert(text + f"| Dice | {links[4]} |\n", A, [Addition(leaf="a", paper=a_paper())])
    assert edit.text == text + f"| Dice | {links[4]} |\n"
    assert [(one.entry, "several papers" in one.reason) for one in edit.by_hand] == [(LINE.removeprefix("- "), True)]


def test_few_titles_in_order_stay_so_where_their_ids_rise_by_chance_and_the_other_section_has_titles_in_order() -> None:
    def section(name: str, papers: str) -> str:
        entries = (paper.split(" ") for paper in papers.split(", "))
        return f"## {name}\n" + "".join(f"- [{t} at Home](https://arxiv.org/abs/{i}.01234)\n" for t, i in entries)

    rising = section("A", "Apples 2501, Beans 2504, Corn 2506, Dates 2507, Eggs 2508")
    other = section("B", "Apricots 2410, Bread 2406, Cheese 2503, Dough 2409, Endives 2411, Figs 2402, Grapes 2405")
    edit = insert(
        f"{rising}\n{other}",
        {"a": Heading(title="A"), "b": Heading(title="B")},
        [Addition(leaf="a", paper=a_paper("Cabbage at Home", "2511.00001"))],
    )
    assert edit.inserted[0].line == 4


@pytest.mark.parametrize("falls", [True, False])
def test_papers_of_one_day_stand_in_the_order_of_their_ids(falls: bool) -> None:
    old = sorted(["2511.00005", "2510.00004", "2510.00001", "2401.00003", "2301.00001"], reverse=falls)
    text = "# A\n" + "".join(f"- [Paper {n}](https://arxiv.org/abs/{id})\n" for n, id in enumerate(old))
    ids = ("2511.00007", "2511.00011", "2511.00009")
    additions = [Addition(leaf="a", paper=a_paper(f"T {id}", id=id)) for id in ids]
    edited = insert(text, A, additions).text
    assert re.findall(r"abs/([\d.]+)", edited) == sorted([*old, *ids], reverse=falls)


def test_an_accepted_paper_opens_its_year_below_the_preprints_and_a_preprint_of_that_night_stays_there() -> None:
    entry = "- [Paper {0}](https://arxiv.org/abs/{1}). {2}\n"
    served = "### Preprints\n" + entry.format(1, "2506.00001", "arXiv 2025")
    told = "".join(f"### {y}\n" + entry.format(y, f"{y - 2000}01.00001", f"ACL {y}") for y in (2024, 2023))
    accepted, preprint = a_paper(comment="Accepted to ACL 2025"), a_paper("V: W", id="2511.00002")
    edited = insert(f"# A\n{served}{told}", A, [Addition(leaf="a", paper=p) for p in (accepted, preprint)]).text
    new = "- [V: W](https://arxiv.org/abs/2511.00002). arXiv 2025\n### 2025\n"
    assert f"{served}{new}{LINE.replace('arXiv 2025.', 'ACL 2025')}\n\n{told}" in edited
