"""For any list and any insertions: nothing old changes, and exactly what was inserted is found where it was put."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.core.catalog.edits import Addition, Edit, insert
from agent.core.catalog.parse import Heading, parse
from agent.core.catalog.pieces.venues import find_venue
from agent.core.catalog.words import printed_title
from agent.records import Entry
from tests.support.catalogs import LISTS, SEED, SEED_HEADINGS, a_paper, without_inserted

_MARKUP = "abcXYZ019 [](){}<>*_`~|\\$@#&;:/!?.,-=+'\"^%"
_UNSEEN = "\n\r\t\0\x0b\x0c\x1f\x85\xa0\u200b\u200e\u202e\u2066\u2028\ufeff\U000e0041"
TITLES = st.one_of(
    st.text(st.sampled_from(_MARKUP + _UNSEEN + "é漢🔥ﬁ\u0301"), max_size=30),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    st.sampled_from(
        [
            "](https://evil.org) [x",
            "![x](https://evil.org/x.png)",
            "<!--",
            "<details><summary>",
            "```",
            "# Heading",
            "- [x](y)",
            "| a | b |",
            "**",
            "\\",
            "[x]: https://evil.org",
            "&lt;b&gt; &#64;all &copy;",
            "\u202egnp.exe",
            "ACL 2024. [pdf](x)",
        ]
    ),
)
WORDS = st.lists(st.sampled_from(["clay", "sand", "loam", "peat", "silt", "moss", "fern"]), min_size=3, max_size=6)


class Insertions(NamedTuple):
    leaves: tuple[int, ...]
    titles: tuple[str, ...]


@st.composite
def insertions(draw: st.DrawFn) -> Insertions:
    titles = draw(st.lists(TITLES, min_size=1, max_size=4))
    return Insertions(tuple(draw(st.integers(0, 99)) for _ in titles), tuple(titles))


def additions_of(wanted: Insertions, leaves: Sequence[str], authors: tuple[str, ...]) -> list[Addition]:
    return [
        Addition(leaf=leaves[where % len(leaves)], paper=a_paper(title, f"2512.{number:05}", authors=authors))
        for number, (where, title) in enumerate(zip(wanted.leaves, wanted.titles, strict=True))
    ]


def check(text: str, headings: Mapping[str, Heading], additions: Sequence[Addition]) -> Edit:
    edit = insert(text, headings, additions)
    assert without_inserted(edit, text) == text
    assert {one.paper_id for one in edit.inserted}.isdisjoint(edit.already)
    by_hand = {one.paper_id for one in edit.by_hand}
    # A paper whose title has no two words, or is a venue's name, may be left to a person, and with it those of the same
    # section, which may stand below it; every other one goes in.
    unclear = {addition.leaf for addition in additions if _hardly_a_title(addition.paper.title)}
    assert all(addition.leaf in unclear for addition in additions if addition.paper.id in by_hand)
    assert len(edit.inserted) + len(edit.already) + len(edit.by_hand) == len(additions)

    lines = {one.line: one for one in edit.inserted}
    papers = {addition.paper.id: addition for addition in additions}
    after = parse(edit.text, headings)
    new = {entry.line: entry for entry in after.entries if entry.line in lines}
    assert new.keys() == lines.keys()
    for line, entry in new.items():
        addition = papers[lines[line].paper_id]
        assert (entry.section_id, signs(entry.title)) == (addition.leaf, signs(printed_title(addition.paper)))
        assert addition.paper.id in (entry.url or "")
        assert entry.end_line == line + entry.raw.count("\n")
        assert entry.raw.replace("\r\n", "\n") == lines[line].entry
    assert [_content(entry) for entry in after.entries if entry.line not in lines] == [
        _content(entry) for entry in parse(text, headings).entries
    ]
    again = insert(edit.text, headings, [each for each in additions if each.paper.id not in by_hand])
    assert (again.text, again.inserted) == (edit.text, ())
    return edit


def _hardly_a_title(title: str) -> bool:
    few_words = len(re.findall(r"[^\W\d]{3,}", re.sub(r"https?://\S*", "", title))) < 2  # an address is no word
    return few_words or find_venue(title, 0, len(title), alone=True) is not None


def signs(title: str) -> str:
    """Return the letters and digits: what stands around a title may be taken for the list's own punctuation."""
    return "".join(re.findall(r"\w", title.casefold()))


def _content(entry: Entry) -> dict[str, object]:
    return entry.model_dump(exclude={"line", "end_line"}) | {"lines": entry.end_line - entry.line}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(insertions(), st.sampled_from(["badges", "tables", "crlf"]), st.booleans())
@example(Insertions((0, 0), ("\\\u200bX", "X")), "badges", False)  # one is printed as the other's LaTeX
@example(Insertions((1, 1), ("- 0", "")), "tables", False)  # a title that is an id is one all the same
@example(Insertions((0,), ("|:",)), "badges", False)  # a name without a letter before a colon
@example(Insertions((0, 0), ("&", "&")), "badges", False)  # a title without a letter is printed with its id
@example(Insertions((0, 0), ("00000:0", "000000")), "badges", False)  # the same letters, divided otherwise
def test_lists_in_other_styles_keep_every_byte(wanted: Insertions, name: str, signed: bool) -> None:
    text, headings = LISTS[name]
    check(text, headings, additions_of(wanted, list(headings), ("A. One", "*B* @two #3") if signed else ()))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(insertions())
def test_the_list_under_care_keeps_every_byte(wanted: Insertions) -> None:
    check(SEED, SEED_HEADINGS, additions_of(wanted, list(SEED_HEADINGS), ("A. One",)))


class Written(NamedTuple):
    text: str
    headings: dict[str, Heading]
    entries: list[tuple[str, str]]


@st.composite
def lists(draw: st.DrawFn) -> Written:
    """A list of a few sections, each in a style of its own, with traps around and between its entries."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines: list[str] = draw(st.sampled_from([[], ["# Top", ""], ["```", "# S0", "- [Decoy](https://x.org)", "```"]]))
    lines = list(lines)
    headings: dict[str, Heading] = {}
    entries: list[tuple[str, str]] = []
    for number in range(draw(st.integers(1, 4))):
        leaf = f"S{number}"
        headings[leaf] = Heading(title=leaf)
        lines += draw(
            st.sampled_from([[f"# {leaf}"], [f"### {leaf} ###"], ["", leaf, "---"], ["", f"###### {leaf}", ""]])
        )
        lines += draw(
            st.sampled_from(
                [
                    [],
                    [],
                    [""],
                    ["Intro."],
                    ["", "Intro,", "wrapped.", ""],
                    ["<!-- note -->"],
                    ["", "    - [Decoy](https://x.org)", ""],
                ]
            )
        )
        titles = [f"{leaf}x{i} " + " ".join(draw(WORDS)) for i in range(draw(st.integers(0, 3)))]
        entries += [(leaf, title) for title in titles]
        lines += draw(st.sampled_from([_bullets, _numbers, _loose, _grouped, _table]))(draw, titles)
        lines += draw(
            st.sampled_from(
                [
                    [],
                    [""],
                    ["", "", ""],
                    ["", "Loose words."],
                    ["", "---", ""],
                    ["<div>", "- [Decoy](https://x.org)", "</div>", ""],
                    ["", "~~~", "# Decoy", "~~~"],
                    ["", "> - [Decoy](https://x.org)", ""],
                    ["  "],
                ]
            )
        )
    text = end.join(lines) + draw(st.sampled_from(["", end, end * 2]))
    return Written(text, headings, entries)


def _bullets(draw: st.DrawFn, titles: Sequence[str]) -> list[str]:
    start = draw(st.sampled_from(["- ", "* ", "+   ", " - ", "-\t", "- 🔥 "]))
    form = draw(
        st.sampled_from(
            [
                "[{}](https://x.org). ACL 2024.",
                "[**{}**](https://x.org) *A. Bee, C. Dee.* ICML 2023",
                "**[{}](https://x.org)** - words about it",
                "**{}**, ACL 2024 [[paper](https://x.org)]",
                "{}",
                "[{}](https://x.org)  ![s](https://x.org/s.svg)",
            ]
        )
    )
    start = "- " if form == "{}" else start
    marker = start.rstrip("🔥 ") + " " if "🔥" in start else start
    after = draw(st.sampled_from([[], [" " * len(marker.expandtabs(4)) + "- a note"]]))
    return [line for title in titles for line in (start + form.format(title), *after)]


def _numbers(draw: st.DrawFn, titles: Sequence[str]) -> list[str]:
    counts_on = draw(st.booleans())
    return [
        "",
        *(f"{i if counts_on else 1}. [{title}](https://x.org), *ACL 2024*" for i, title in enumerate(titles, 8)),
    ]


def _loose(draw: st.DrawFn, titles: Sequence[str]) -> list[str]:
    return [line for title in titles for line in (f"- [{title}](https://x.org)", "  ACL 2024.", "")]


def _grouped(draw: st.DrawFn, titles: Sequence[str]) -> list[str]:
    return ["- some year", *(f"    * [{title}](https://x.org) (ACL 2024)" for title in titles)] if titles else []


def _table(draw: st.DrawFn, titles: Sequence[str]) -> list[str]:
    edges = draw(st.booleans())
    rows = ["Year | Title | Link", "--- | :---: | ---", *(f"2024 | {title} | [pdf](https://x.org)" for title in titles)]
    return ["", *(f"| {row} |" if edges else row for row in rows)]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(lists(), insertions(), st.booleans())
@example(Written("# S0", {"S0": Heading(title="S0")}, []), Insertions((0, 0), ("a", "\n")), True)
@example(
    Written("# S0\n\nYear | Title | Link\n--- | --- | ---", {"S0": Heading(title="S0")}, []),
    Insertions((0, 0), ("", ":")),
    False,
)
@example(
    Written("# S0\n\nYear | Title | Link\n--- | --- | ---", {"S0": Heading(title="S0")}, []),
    Insertions((0, 0), ("<AAA0AAA", "](https://evil.org) [x")),
    False,
)
def test_any_list_keeps_every_byte(written: Written, wanted: Insertions, signed: bool) -> None:
    catalog = parse(written.text, written.headings)
    assert catalog.missing == ()
    assert [(entry.section_id, entry.title) for entry in catalog.entries] == written.entries
    additions = additions_of(wanted, list(written.headings), ("A. One",) if signed else ())
    check(written.text, written.headings, additions)
