"""Quotes from an abstract, in whatever marks a model writes the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging.reading.quotes import valid_quotes

ABSTRACT = (
    "We filter web text with a tuned $\\alpha$-weighted \\emph{small} model -- na\\\"ive, ``quoted'', 10\\% cheaper "
    "and $5\\times$ faster. R&D teams gain $10^{3}$ tokens."
)
FIRST = ABSTRACT.split(". ")[0]


@pytest.mark.parametrize(
    "quote",
    [
        FIRST.replace("$", ""),
        FIRST.replace("$\\alpha$", "\u03b1").replace("\\%", "%").replace("$5\\times$", "5\u00d7"),
        FIRST.replace("\\emph{small}", "small").replace("--", "\u2014").replace("``quoted''", '"quoted"'),
        FIRST.replace('na\\"ive', "na\u00efve").replace("fi", "\ufb01").replace("web", "w\u00adeb"),
        FIRST.replace("web text", "**web text**"),
        f"<em>{FIRST}</em>",
        f"<co: 0>{FIRST}</co: 0>",
        f"\u2022 {FIRST}",
        f"> {FIRST}",
        f"Teaching Models: {FIRST}",
        f"\u6458\u8981\uff1a{FIRST}",
        f"{FIRST} (in other words: the text is filtered)",
        f"{FIRST}\uff08\u8fc7\u6ee4\uff09",
        f"S1: {FIRST}",
        f"From the abstract: '{FIRST}'",
        f"{FIRST} - which is what the list is about",
        FIRST.replace("model", "mod\\u0065l"),
    ],
)
def test_marks_that_a_reader_does_not_see_may_differ(quote: str) -> None:
    assert quote not in ABSTRACT
    assert valid_quotes([quote], ABSTRACT) == (FIRST,)


@pytest.mark.parametrize(
    ("quote", "parts"),
    [
        ("We filter web text [...] $5\\times$ faster", ("We filter web text", "$5\\times$ faster")),
        ("We filter web text \u2026 R&D teams gain", ("We filter web text", "R&D teams gain")),
        ("[They] filter web text", ("filter web text",)),
        ("We filter web text; R&D teams gain", ("We filter web text", "R&D teams gain")),
        ("R&D teams gain ... We filter web text", ()),
        ("We filter web text ... with invented words", ()),
        ("We filter ... 10\\% cheaper", ()),
        (
            "The authors say: R&D teams gain $10^{3}$ tokens<br>We filter web text",
            ("R&D teams gain $10^{3}$ tokens", "We filter web text"),
        ),
        ("They write that We filter web text with a tuned", ("We filter web text with a tuned",)),
        ("They write, as others do, that We filter web text with a", ()),
    ],
)
def test_of_a_quote_that_leaves_words_out_all_parts_stand_there_in_order(quote: str, parts: tuple[str, ...]) -> None:
    assert valid_quotes([quote], ABSTRACT) == parts


@given(st.lists(st.text(), max_size=3), st.text() | st.just(ABSTRACT))
def test_what_comes_out_stands_in_the_abstract(quotes: list[str], abstract: str) -> None:
    assert all(quote in " ".join(abstract.split()) for quote in valid_quotes(quotes, abstract))


@pytest.mark.parametrize("filler", [" 'a", "; ", "'", "(", "<a", " (", "\u201ca", "\n- ", "..."])
def test_a_long_hostile_quote_is_read_to_its_end(filler: str) -> None:
    assert valid_quotes([filler * 13_000], ABSTRACT) == ()
