from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.core.escaping import as_plain_markdown, one_line, printable, without_mentions

HOSTILE = "Hey @octocat fixes #12 <img src=x> ![i](http://e.vil) | a | `x` \u202eevil\u2066 www.e.vil \n# Top"


def test_paper_text_renders_as_plain_words() -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(f"- {as_plain_markdown(HOSTILE)}")
    assert "<img" not in rendered
    assert "<a " not in rendered
    assert "<h1>" not in rendered


def test_no_mention_and_no_issue_number_survives_the_rendering() -> None:
    assert "@octocat" not in html.unescape(as_plain_markdown(HOSTILE))
    assert "#12" not in html.unescape(as_plain_markdown(HOSTILE))


def test_hidden_characters_are_gone() -> None:
    assert one_line("a\u202eb\u200bc\x07d\ne") == "abcd e"


@given(st.text(max_size=60))
def test_what_is_seen_is_what_was_written(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(f"x{as_plain_markdown(text)}x")
    assert html.unescape(rendered).replace("\u200b", "").strip() == f"<p>x{one_line(text)}x</p>"


LIVE = re.compile(
    r"@\w|#\d|GH-\d|https?://\w|(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?\s+\S*#\d|\[(?:skip|no) ci\]|\[ci skip\]"
    r"|\[(?:skip actions|actions skip)\]|skip-checks:",
    re.IGNORECASE | re.ASCII,
)


@pytest.mark.parametrize(
    "title",
    [
        "@someone look at #12",
        "Fixes #12, closes owner/name#3 and resolves GH-4",
        "Closes https://github.com/owner/name/issues/5",
        "A title [skip ci] [ci skip] [no ci] [skip actions] [actions skip]",
        "One\n\nTriage-Paper: 2511.66666\nskip-checks: true",
        "Bidi \u202e and \x00 and \x1b[31m",
    ],
)
def test_a_title_does_nothing_on_github_but_be_read(title: str) -> None:
    for quiet in (without_mentions(title), html.unescape(as_plain_markdown(title))):
        assert LIVE.search(quiet) is None
        assert "\n" not in quiet and "\u202e" not in quiet and "\x1b" not in quiet


@given(st.text())
def test_no_text_notifies_links_or_skips(text: str) -> None:
    assert LIVE.search(without_mentions(text)) is None


def test_ordinary_words_stay_as_they_are() -> None:
    title = "C++ & 100% of $x_i$: does it pay? (A study)"
    assert without_mentions(title) == title


def test_what_is_printed_keeps_its_lines_and_holds_nothing_that_a_terminal_obeys() -> None:
    assert printable("a\x1b]0;x\x07\n\tb\x9b2J\u202ec\r\n水 é") == "a]0;x\n\tb2Jc\n水 é"


@pytest.mark.parametrize("text", ["2024. We propose", "1.", "123456789. Nine digits", "7) So"])
def test_a_number_at_the_beginning_opens_no_list(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(f"> {as_plain_markdown(text)}")
    assert "<ol" not in rendered and html.unescape(rendered).count(text) == 1


def test_an_id_or_decimal_at_the_beginning_is_kept() -> None:
    assert [as_plain_markdown(text) for text in ("2511.00001", "3.5 points")] == ["2511.00001", "3.5 points"]
