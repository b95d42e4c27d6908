"""One paper as one line, in the style it is given."""

from __future__ import annotations

from datetime import date

import pytest

from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.formats.style import Style
from agent.core.catalog.parse import Heading, parse
from agent.core.catalog.printing.candidates import format_entry
from agent.core.catalog.words import printed_title
from tests.support.catalogs import a_paper


def style(*siblings: str) -> Style:
    """Return the style of a section that has these entries."""
    return parse("\n".join(["# A", *siblings, ""]), {"a": Heading(title="A")}).sections["a"].style


@pytest.mark.parametrize(
    ("sibling", "line"),
    [
        (
            "- [An Old Paper](https://x.org). ACL 2024.",
            "- [T: U](https://arxiv.org/abs/2511.00001). NeurIPS 2025 Findings.",
        ),
        (
            "* [**An Old Paper**](https://x.org) *A. Bee, C. Dee.* ACL 2024.",
            "* [**T: U**](https://arxiv.org/abs/2511.00001) *A. One, B. Two.* NeurIPS 2025 Findings.",
        ),
        (
            "- **[An Old Paper](https://x.org)**, *ACL 2024*",
            "- **[T: U](https://arxiv.org/abs/2511.00001)**, *NeurIPS 2025 Findings*",
        ),
        (
            "- [An Old Paper](https://x.org), Dora Miller et al., ACM Transactions on Graphics 2022 | [code](https://x.org/c)",
            "- [T: U](https://arxiv.org/abs/2511.00001), A. One et al., NeurIPS 2025 Findings",
        ),
        ("- [An Old Paper](https://x.org) (2024)", "- [T: U](https://arxiv.org/abs/2511.00001) (2025)"),
        (
            "- An Old Paper\n\\-\n[[arXiv](https://arxiv.org/abs/2401.00001)]",
            "- T: U\n\\-\n[[arXiv](https://arxiv.org/abs/2511.00001)]",
        ),
        (
            "- [An Old Paper](https://x.org), Dora Miller et al., ACM Transactions on Graphics 2022 | [code](https://x.org/c)",
            "- [T: U](https://arxiv.org/abs/2511.00001), A. One et al., NeurIPS 2025 Findings",
        ),
        (
            '- Miller, Dora, Bo A. Chen, Carla Diaz, Emil Oak, and Flo Ash. "[An Old Paper](https://x.org)." ACL 2020.',
            '- One, A., and B. Two. "[T: U](https://arxiv.org/abs/2511.00001)." NeurIPS 2025 Findings.',
        ),
        (
            "- An Old Paper. **[PDF](https://arxiv.org/pdf/2401.00001)****[Code](https://github.com/x/c)**",
            "- T: U. **[PDF](https://arxiv.org/pdf/2511.00001)**",
        ),
        ("- [An Old Paper](https://x.org) - What it does.", "- [T: U](https://arxiv.org/abs/2511.00001)"),
    ],
)
def test_an_entry_follows_its_sibling(sibling: str, line: str) -> None:
    assert format_entry(a_paper("T: U", comment="Accepted to NeurIPS 2025 Findings"), style(sibling)) == line


def test_no_keyword_or_address_of_another_row_is_kept() -> None:
    header = ["| Title | Keywords | Materials |", "|--|--|--|"]
    rows = [
        f"| A Long Old Title {n} | **W{n}**&**Benchmark** | [[ARXIV](https://arxiv.org/abs/2401.0000{n})] |"
        for n in range(3)
    ]
    assert format_entry(a_paper("T: U"), style(*header, *rows)) == (
        "| T: U |  | [[ARXIV](https://arxiv.org/abs/2511.00001)] |"
    )


def test_a_column_of_links_that_are_called_by_titles_holds_the_titles() -> None:
    table = ["| Date | Link | Publication |", "|--|--|--|", "| 24.05 | [An Old Paper](https://x.org/1) | Science |"]
    new = "| 25.11 | [T: U](https://arxiv.org/abs/2511.00001) | arXiv |"
    assert format_entry(a_paper("T: U"), style(*table)) == new


def test_a_preprint_is_printed_as_preprints_are_and_not_as_other_servers_are() -> None:
    siblings = [
        "- **An Old Long Paper** (ACL 2024) [[paper]](https://arxiv.org/abs/2401.00001)",
        "- **Another Old Long Paper** (bioRxiv 2024) [[paper]](https://arxiv.org/abs/2401.00003)",
        "- **One More Old Paper** (arXiv) [[paper]](https://arxiv.org/abs/2401.00002)",
        "- **The Newest Old Paper** (ACL 2025) [[paper]](https://arxiv.org/abs/2401.00004)",
    ]
    assert (
        format_entry(a_paper("T: U"), style(*siblings))
        == "- **T: U** (arXiv) [[paper]](https://arxiv.org/abs/2511.00001)"
    )


def test_a_first_row_is_printed_by_the_header_of_its_table() -> None:
    header = ["| Year | Paper | Notes | Venue | Authors | Link |", "|--|--|--|--|--|--|"]
    assert format_entry(a_paper("T: U", comment="Accepted to NeurIPS 2025 Findings"), style(*header)) == (
        "| 2025 | T: U |  | NeurIPS Findings | A. One, B. Two | [Paper](https://arxiv.org/abs/2511.00001) |"
    )


def test_an_entry_does_without_authors_when_none_are_known() -> None:
    line = format_entry(a_paper("T", authors=()), style("- [An Old Paper](https://x.org) *A. Bee, C. Dee.* ACL 2024."))
    assert line == "- [T](https://arxiv.org/abs/2511.00001) arXiv 2025."


def test_a_long_author_list_is_cut_and_names_carry_no_markup() -> None:
    sibling = style("- [An Old Paper](https://x.org) *A. Bee, C. Dee.* ACL 2024.")
    many = format_entry(a_paper("T", authors=tuple(f"N{i}" for i in range(16))), sibling)
    assert " *N0, N1, N2, N3, N4, N5, N6, N7, N8, N9, et al.* " in many
    authors = ("@octocat", "#12 *x*", "[a](https://x.org)", "https://x.org")
    hostile = format_entry(a_paper("T", authors=authors), sibling)
    assert " *octocat, 12 x, \\[a\\](https&#58;//x.org), https&#58;//x.org.* " in hostile


def test_the_year_of_a_preprint_is_that_of_its_first_version() -> None:
    assert format_entry(a_paper("T", published=date(2024, 1, 2)), Style()).endswith(". arXiv 2024.")


@pytest.mark.parametrize(
    ("published", "announced", "printed"),
    [
        (date(2025, 11, 10), date(2025, 11, 13), "2025-11-10"),
        (date(2025, 10, 31), date(2025, 11, 3), "2025-11-03"),
        (date(2025, 11, 28), date(2025, 12, 1), "2025-11-28"),
        (None, date(2025, 11, 13), "2025-11-13"),
    ],
)
def test_the_day_of_a_paper_is_that_of_its_submission_in_the_month_of_its_id(
    published: date | None, announced: date, printed: str
) -> None:
    line = format_entry(
        a_paper("T", published=published, announced=announced), style("- [Old](https://x.org) 2024-03-05")
    )
    assert line == f"- [T](https://arxiv.org/abs/2511.00001) {printed}"


@pytest.mark.parametrize(("other", "printed"), [("June", "July"), ("Jun", "Jul")])
def test_july_is_spelled_out_where_june_is_however_other_months_are_cut(other: str, printed: str) -> None:
    siblings = [
        f"- [Old {n}](https://x.org/{n}), *arXiv, {month} 2024*" for n, month in enumerate(("Dec", other, "Mar"))
    ]
    line = format_entry(a_paper("T", "2507.00001", announced=date(2025, 7, 3)), style(*siblings))
    assert line == f"- [T](https://arxiv.org/abs/2507.00001), *arXiv, {printed} 2025*"


def test_a_title_without_a_visible_character_gives_way_to_the_id() -> None:
    assert printed_title(a_paper("\u200b\n\u202e")) == "arXiv:2511.00001"
    assert format_entry(a_paper(" "), Style()).startswith("- [arXiv:2511.00001](https://arxiv.org/abs/2511.00001)")


def test_a_page_stands_behind_the_key_that_pages_of_others_stand_behind() -> None:
    paper = a_paper(title="A Fresh Paper", abstract="See our project page https://fresh.github.io")
    old = "**An Old Paper**\n\n- Homepage: https://old.github.io \n- Paper: https://arxiv.org/abs/2401.00001"
    other = "**Another Old Paper**\n\n- Homepage: https://other.github.io\n- Paper: https://arxiv.org/abs/2402.00002"
    third = "**The Oldest Paper**\n\n- Homepage: https://oldest.github.io\n- Paper: https://arxiv.org/abs/2302.00003"
    new = "**A Fresh Paper**\n\n- Homepage: https://fresh.github.io\n- Paper: https://arxiv.org/abs/2511.00001"
    assert format_entry(paper, style(third + "\n", other + "\n", old)) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            [
                "- **Old {0}** | [arXiv:2401.0000{0}](https://arxiv.org/abs/2401.0000{0})\n"
                "  > Trained {0} of texts from arXiv."
            ],
            "- **T and U** | [arXiv:2511.00001](https://arxiv.org/abs/2511.00001)",
        ),
        (
            ["- **Old {0}**\uff0c\u6e05\u534e\u5927\u5b66\uff0c[[P](https://arxiv.org/abs/2401.0000{0})]"] * 3
            + ["- **Old {0}**\uff0cIBM\uff0c[[P](https://arxiv.org/abs/2401.0000{0})]"],
            "- **T and U**\uff0c[[P](https://arxiv.org/abs/2511.00001)]",
        ),
    ],
)
def test_words_of_another_paper_are_left_out(old: list[str], new: str) -> None:
    siblings = [line.format(at) for at, line in enumerate(old * (4 // len(old)), 1)]
    assert format_entry(a_paper("T and U"), style(*siblings)) == new


def test_a_row_in_html_keeps_its_cells_where_it_holds_nothing() -> None:
    row = '<tr><td><a href="https://arxiv.org/abs/{1}">{0}</a></td><td>{2}</td><td>{3}</td></tr>'
    page = '<a href="https://old.io/">Page</a>'
    olds = [
        row.format("Old Rows", "2401.00001", "Sowing", page),
        row.format("Older Rows", "2301.00001", "Reaping", page),
    ]
    text = "\n".join(["# A", "", "<table>", "<tr><th>Title</th><th>Task</th><th>Link</th></tr>", *olds, "</table>", ""])
    edit = insert(text, {"a": Heading(title="A")}, [Addition(leaf="a", paper=a_paper("T and U"))])
    assert row.format("T and U", "2511.00001", "", "") in edit.text


def test_authors_one_a_line_stay_so_and_words_that_lead_on_are_not_theirs() -> None:
    old = "**[An Old Paper](https://arxiv.org/abs/2401.00001)**\n<br />\nDora Miller,\nEmil Chen,\nFay Diaz\n<br />"
    text = f"# A\n\n{old}\n\nPlease cite us so:\n```bibtex\n@article{{us}}\n```\n"
    edit = insert(text, {"a": Heading(title="A")}, [Addition(leaf="a", paper=a_paper("T and U"))])
    new = "**[T and U](https://arxiv.org/abs/2511.00001)**\n<br />\nA. One,\nB. Two\n<br />"
    assert edit.text == text.replace(old, f"{old}\n\n{new}")


@pytest.mark.parametrize(
    ("form", "new"),
    [
        (
            "**Title:** [{0}: {1}](https://arxiv.org/abs/{2})\n\n**Authors:** Dora Miller, et al.\n\n"
            "**Journal Info:** arXiv, June 2024\n\n**Tools/methods compared:** `{0}`, `Pan`.\n\n"
            "**Tip(s) (optional):** `{0}`\n\n---\n",
            "**Title:** [T: U](https://arxiv.org/abs/2511.00001)\n\n**Authors:** A. One, et al.\n\n"
            "**Journal Info:** arXiv, November 2025",
        ),
        (
            "- {0} explained\n  - \u8bba\u6587\u540d\u79f0\uff1a{0}: {1}\n  - \u8bba\u6587\u5730\u5740\uff1ahttps://arxiv.org/abs/{2}\n"
            "  - \u52a8\u673a\uff1a{1}",
            "- T\n  - \u8bba\u6587\u540d\u79f0\uff1aT: U\n  - \u8bba\u6587\u5730\u5740\uff1ahttps://arxiv.org/abs/2511.00001",
        ),
    ],
)
def test_lines_with_keys_are_one_entry_whatever_stands_between_them(form: str, new: str) -> None:
    olds = [("Ladle", "A Study of Soup", "2405.00001"), ("Whisk", "Eggs in Bowls", "2405.00002")]
    text = "\n".join(["# A", *(form.format(*old) for old in olds), ""])
    section = parse(text, {"a": Heading(title="A")}).sections["a"]
    assert [entry.title for entry in section.entries] == [f"{name}: {title}" for name, title, _ in olds]
    assert format_entry(a_paper("T: U"), section.style) == new


def test_a_paper_is_printed_as_papers_are_and_shows_no_stars_of_another_repository() -> None:
    star = "[![Star](https://img.shields.io/github/stars/{0}.svg)](https://github.com/{0})"
    siblings = [
        f"- [Old Tools in Rows](https://github.com/old/tools)  {star.format('old/tools')}",
        f"- [Old Hoes in Rows](https://github.com/old/hoes)  {star.format('old/hoes')}",
    ]
    link = "- [T: U](https://arxiv.org/abs/2511.00001)"
    assert format_entry(a_paper("T: U"), style(*siblings)) == link
    paper = "- [An Old Paper in Rows](https://arxiv.org/abs/2401.00001) (Jan., 2024)"
    assert format_entry(a_paper("T: U"), style(*siblings, paper)) == f"{link} (Nov., 2025)"


def test_a_link_that_led_nowhere_yet_is_not_called_so_where_it_leads_somewhere() -> None:
    sibling = "- [An Old Paper](https://arxiv.org/abs/2401.00001) | [Code (coming soon)](https://github.com/old/one)"
    line = "- [T: U](https://arxiv.org/abs/2511.00001) | [Code](https://github.com/one/two)"
    assert format_entry(a_paper("T: U", abstract="https://github.com/one/two"), style(sibling)) == line


def test_a_title_in_italics_ends_there_behind_the_number_that_arxiv_gave_in_bold() -> None:
    siblings = [
        f"- **[arXiv {n}]** *Old Seeds: A Long Title of {name} Words*, Ada Bee et al. [[paper]](https://arxiv.org/abs/{n})"
        for n, name in (("2506.00001", "Some"), ("2505.00002", "More"))
    ]
    line = "- **[arXiv 2511.00001]** *T: U*, A. One et al. [[paper]](https://arxiv.org/abs/2511.00001)"
    assert format_entry(a_paper("T: U"), style(*siblings)) == line


def test_a_section_that_links_papers_as_pages_goes_on_doing_so() -> None:
    text = "# A\n\n" + "".join(
        f"* **Old Peas in {n} Rows**, CVPR, 2024.\n[[page](https://x.org/{n})]\n\n" for n in (1, 2)
    )
    others = "".join(
        f"* **Old Beans in {n} Rows**, arXiv, 2024\n[[Paper](https://arxiv.org/abs/2401.0000{n})]\n\n" for n in "123"
    )
    section = parse(f"{text}# B\n\n{others}", {"a": Heading(title="A"), "b": Heading(title="B")}).sections["a"]
    new = "* **T: U**, arXiv, 2025.\n[[page](https://arxiv.org/abs/2511.00001)]"
    assert format_entry(a_paper("T: U"), section.style) == new


def test_days_are_padded_as_those_of_other_sections_where_none_here_tells() -> None:
    text = "# A\n\n- Old Peas in Rows [[12 Jan 2024]](https://arxiv.org/abs/2401.00001)\n\n# B\n\n" + "".join(
        f"- Old Beans in {n} Rows [[{n} Jan 2024]](https://arxiv.org/abs/2401.0000{n})\n" for n in (2, 3)
    )
    section = parse(text, {"a": Heading(title="A"), "b": Heading(title="B")}).sections["a"]
    new = "- T: U [[4 Nov 2025]](https://arxiv.org/abs/2511.00001)"
    assert format_entry(a_paper("T: U", announced=date(2025, 11, 4)), section.style) == new


TABLE = ["| Title | Date | Links |", "|:--|:--:|:--:|"]


def rows(name: str, *cells: str) -> list[str]:
    return [*TABLE, *(f"|[Old {name} in Long Rows]({{0}})|{cell}".format(X) for cell in cells)]


X = "https://arxiv.org/abs/2401.00001"


def test_code_is_linked_in_a_row_as_in_tables_alike_where_the_only_row_here_has_none() -> None:
    code = f"[Github](https://github.com/old/one) <br> [Paper]({X})"
    text = "\n".join(["# A", *rows("Peas", f"2024|[Paper]({X})|"), "", "# B", *rows("Beans", f"2024|{code}|")])
    section = parse(text, {"a": Heading(title="A"), "b": Heading(title="B")}).sections["a"]
    link = "https://arxiv.org/abs/2511.00001"
    new = f"|[T: U]({link})|2025|[Github](https://github.com/one/two) <br> [Paper]({link})|"
    assert format_entry(a_paper("T: U", abstract="https://github.com/one/two"), section.style) == new


@pytest.mark.parametrize(("blank", "behind"), [("", ""), (" ", ""), ("", "[//]: #10/29")])
def test_an_empty_cell_is_as_wide_as_the_others_and_nothing_stands_behind_the_row(blank: str, behind: str) -> None:
    listed = rows("Peas", f" 2024 |[Paper]({X})|{behind}", f"{blank}|[Paper]({X})|{behind}")
    link = "https://arxiv.org/abs/2511.00001"
    header = style(*(line.replace("Date", "Data").replace("2024", "[Data](https://x.org/1)") for line in listed))
    assert format_entry(a_paper("T: U"), header) == f"|[T: U]({link})|{blank}|[Paper]({link})|"


@pytest.mark.parametrize(
    ("odd", "link"),
    [
        ('<a href="https://github.com/x/git-0">git</a>', '<a href="https://github.com/one/two">{}</a>'),
        ('<a href="https://github.com/x/repo">repo</a>', '<a href="https://github.com/one/two">{}</a>'),
        ('<a href="https://github.com/x/pots">pots</a>', '<a href="https://github.com/one/two">{}</a>'),
        ("[![repo](https://x.org/repo.svg) repo](https://github.com/x/y)", "[![repo](https://x.org/repo.svg) {}](https://github.com/one/two)"),
    ],
)  # fmt: skip
def test_words_that_a_link_shows_are_replaced_there_and_not_in_its_address(odd: str, link: str) -> None:
    codes = [odd, *(f'<a href="https://github.com/x/{n}">Code</a>' for n in range(3))]
    rows = [
        f"- [An Old Paper {n}](https://arxiv.org/abs/2401.0000{n}) {'' if n else 'NeurIPS 2024. '}{code}"
        for n, code in enumerate(codes)
    ]
    new = a_paper("T: U", abstract="https://github.com/one/two", comment="Accepted to NeurIPS 2025")
    shown = link.format("two" if "pots" in odd else "Code")
    assert format_entry(new, style(*rows)) == f"- [T: U](https://arxiv.org/abs/2511.00001) NeurIPS 2025. {shown}"
