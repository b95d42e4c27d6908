"""One paper as one safe line, in the style it is given."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.core.catalog.formats.style import Style
from agent.core.catalog.formats.template import format_entry
from agent.core.catalog.parse import Heading, parse
from agent.core.catalog.pieces.names import Manner, format_names, read_names
from agent.core.catalog.words import escape, plain_title, printed_title
from tests.support.catalogs import a_paper

NASTY = st.text(
    st.sampled_from("ab1 [](){}<>*_`~|\\$@#&;:/!.-=+'\"\n\r\t\0\u200b\u202e\u2066\u2028é漢🔥ﬁ"), max_size=40
)


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
        ("- [An Old Paper](https://x.org) (2024)", "- [T: U](https://arxiv.org/abs/2511.00001) (2025)"),
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
    ("title", "safe"),
    [
        ("Plain: a Title (with Parens), Pass@k & C# 100%", "Plain: a Title (with Parens), Pass@k & C# 100%"),
        ("Ask @octocat about #12", "Ask &#64;octocat about &#35;12"),
        ("](https://evil.org) ![x](y)", "\\](https&#58;//evil.org) !\\[x\\](y)"),
        ("<script>a</script> &lt; &#64;", "&lt;script&gt;a&lt;/script&gt; &amp;lt; &amp;&#35;64;"),
        ("*a* _b_ `c` ~~d~~ $e$ f|g \\h", "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\$e\\$ f\\|g \\\\h"),
        ("www.evil.org", "www&#46;evil.org"),
        (" two\nlines\t\u202eand\u200b bidi\x07 ", "two lines and bidi"),
    ],
)
def test_a_title_is_made_safe(title: str, safe: str) -> None:
    assert escape(title) == safe


def test_a_title_without_a_visible_character_gives_way_to_the_id() -> None:
    assert printed_title(a_paper("\u200b\n\u202e")) == "arXiv:2511.00001"
    assert format_entry(a_paper(" "), Style()).startswith("- [arXiv:2511.00001](https://arxiv.org/abs/2511.00001)")


@given(NASTY.filter(plain_title))
def test_every_title_renders_as_itself_in_text_bold_and_table_cell(title: str) -> None:
    plain, safe = plain_title(title), escape(title)
    assert not re.search(r"[\n\r\0\u200b\u202e\u2066\u2028]|(?<!\w)@\w|<|://", safe)
    for markdown in (f"x {safe}", f"x [{safe}](u)", f"x [**{safe}**](u)", f"|x|\n|-|\n|{safe} |"):
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
        inline = [child for token in tokens if token.type == "inline" for child in token.children or ()]
        seen = " ".join("".join(child.content for child in inline).split())
        assert seen.removeprefix("x").lstrip() == plain
        marks = {child.type for child in inline} - {"text", "link_open", "link_close", "strong_open", "strong_close"}
        assert not marks


def test_a_team_is_named_whole_where_others_are_by_surname() -> None:
    surnames = Manner(most=1, et_al=" et al.", name="surname")
    assert format_names(["PAN Team", "Ada Miller"], surnames) == "PAN Team et al."
    assert format_names(["Ada Miller", "PAN Team"], surnames) == "Miller et al."
    assert format_names(["Garden AI"], Manner(name="initials")) == "Garden AI"


def test_names_with_the_family_first_are_read_and_printed_so() -> None:
    names, manner = read_names("Miller, Ada; Chen, Bo") or ((), Manner())
    assert names == ("Miller, Ada", "Chen, Bo")
    assert format_names(["Carla Diaz", "Dan Evans"], manner) == "Diaz, Carla; Evans, Dan"


@pytest.mark.parametrize("key", ["TL;DR", "TL;DR:", "TLDR", "tl;dr", "**TL;DR**"])
def test_what_leads_to_a_summary_is_no_list_of_surnames(key: str) -> None:
    assert read_names(key, sure=True) is None
