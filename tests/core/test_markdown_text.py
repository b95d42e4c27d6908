from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.core.markdown_text import one_line, safe, unlinked

HOSTILE = "Hey @octocat fixes #12 <img src=x> ![i](http://e.vil) | a | `x` \u202eevil\u2066 www.e.vil \n# Top"


def test_paper_text_renders_as_plain_words() -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(f"- {safe(HOSTILE)}")
    assert "<img" not in rendered
    assert "<a " not in rendered
    assert "<h1>" not in rendered


def test_no_mention_and_no_issue_number_survives_the_rendering() -> None:
    assert "@octocat" not in html.unescape(safe(HOSTILE))
    assert "#12" not in html.unescape(safe(HOSTILE))
    assert "@octocat" not in unlinked(HOSTILE)
    assert "#12" not in unlinked(HOSTILE)


def test_hidden_characters_are_gone() -> None:
    assert one_line("a\u202eb\u200bc\x07d\ne") == "abcd e"


@given(st.text(max_size=60))
def test_what_is_seen_is_what_was_written(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(f"x{safe(text)}x")
    assert html.unescape(rendered).replace("\u200b", "").strip() == f"<p>x{one_line(text)}x</p>"
