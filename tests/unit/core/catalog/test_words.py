"""A paper's title as words that are safe in Markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.core.catalog.words import escape, plain_title

NASTY = st.text(
    st.sampled_from("ab1 [](){}<>*_`~|\\$@#&;:/!.-=+'\"\n\r\t\0\u200b\u202e\u2066\u2028é漢🔥ﬁ"), max_size=40
)


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
