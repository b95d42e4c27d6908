"""Decisions read from the list."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.catalog.edits import move_entry, remove_entry
from agent.core.night.decisions import REFUSED, changeable, compare, find_entries, is_news
from agent.records import Decision, DecisionKind, Draft, Entry, JudgeIdentity

ID = "2511.01234"
LINE = f"- [Choosing Data Well](https://arxiv.org/abs/{ID}) A. Author. arXiv 2025."
DRAFT = Draft(
    paper_id=ID,
    title="Choosing Data Well",
    section="4.1",
    score=0.5,
    entry=LINE,
    announced=date(2025, 11, 13),
    judge=JudgeIdentity(name="local", model="m", prompt="-", taxonomy="t"),
)


def entry(raw: str = LINE, section: str = "4.1", title: str = "Choosing Data Well", url: str | None = None) -> Entry:
    return Entry(line=1, end_line=1, section_id=section, title=title, url=url, raw=raw)


def test_a_line_that_stands_there_is_undecided_until_the_merge() -> None:
    for merged, kind in ((False, DecisionKind.UNDECIDED), (True, DecisionKind.ACCEPTED)):
        decision = compare(DRAFT, [entry()], merged=merged)
        assert (decision.kind, decision.section) == (kind, "4.1")


@pytest.mark.parametrize("merged", [True, False])
def test_a_line_that_is_gone_is_a_no(merged: bool) -> None:
    decision = compare(DRAFT, [entry(raw="- [Other](https://arxiv.org/abs/2511.99999)", title="Other")], merged=merged)
    assert decision.kind is DecisionKind.REJECTED


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"## Renamed\n{LINE}\n", {False: "undecided", True: "accepted"}),
        (f"<!-- {LINE} -->\n", {False: "rejected", True: "rejected"}),
        (f"Not here: arXiv:{ID}.\n", {False: "rejected", True: "rejected"}),
    ],
)
def test_a_line_under_a_heading_that_is_not_known_is_not_gone(text: str, kinds: dict[bool, str]) -> None:
    assert {merged: compare(DRAFT, [], merged=merged, text=text).kind.value for merged in kinds} == kinds


@pytest.mark.parametrize("merged", [True, False])
def test_a_line_elsewhere_was_moved_there(merged: bool) -> None:
    decision = compare(DRAFT, [entry(section="5.2")], merged=merged)
    assert (decision.kind, decision.section) == (DecisionKind.MOVED, "5.2")


def test_a_second_home_beside_the_first_is_no_move() -> None:
    assert compare(DRAFT, [entry(section="5.2"), entry()], merged=False).kind is DecisionKind.UNDECIDED


def test_new_words_are_an_edit_and_the_note_shows_them() -> None:
    decision = compare(DRAFT, [entry(raw=LINE.replace("arXiv 2025", "ACL 2025") + "\n")], merged=False)
    assert decision.kind is DecisionKind.EDITED
    assert decision.note.endswith("ACL 2025.")


def test_indentation_and_line_ends_are_no_edit() -> None:
    assert compare(DRAFT, [entry(raw=f"  {LINE}  \r\n")], merged=False).kind is DecisionKind.UNDECIDED


@pytest.mark.parametrize(
    ("drafted", "formatted"),
    [
        (LINE, f"*{LINE[1:]}"),
        (f"* **[A \\~ B](https://x.org/a_b)** *{ID}*", f"- __[A ~ B](https://x.org/a_b)__ _{ID}_"),
        (f"3. {LINE[2:]}", f"1. {LINE[2:]}"),
    ],
)
def test_what_a_formatter_chooses_is_no_edit(drafted: str, formatted: str) -> None:
    written = DRAFT.model_copy(update={"entry": drafted})
    assert compare(written, [entry(raw=formatted)], merged=False).kind is DecisionKind.UNDECIDED


def test_an_entry_is_found_by_id_in_any_version_or_by_its_title_when_the_link_was_replaced() -> None:
    versioned = entry(raw=f"- [New name](http://arxiv.org/pdf/{ID}v3)", title="New name")
    published = entry(
        raw="- [Choosing data well.](https://aclanthology.org/x)", title="Choosing data well.", url="https://a.org"
    )
    assert find_entries(ID, DRAFT.title, [versioned]) == (versioned,)
    assert find_entries(ID, DRAFT.title, [published]) == (published,)


def test_another_paper_is_not_found_by_a_longer_id_or_a_twin_title() -> None:
    longer = entry(raw=f"- [x](https://arxiv.org/abs/{ID}5)", title="x")
    inside = entry(raw=f"- [y](https://arxiv.org/abs/1{ID})", title="y")
    twin = entry(raw="- Part II", title="Choosing Data Well II", url="https://arxiv.org/abs/2511.01235")
    assert find_entries(ID, "Choosing Data Well I", [longer, inside, twin]) == ()
    for title, other in (
        ("Choosing Data Well I", "Choosing Data Well II"),
        ("Choosing Data Well 3", "Choosing Data Well 2"),
        ("Choosing Data for Post-Training", "Choosing Data for Pre-Training"),
        ("Comment on Choosing Data Exceedingly Well", "Choosing Data Exceedingly Well"),
    ):
        elsewhere = entry(raw=f"- [{other}](https://aclanthology.org/x)", title=other, url="https://aclanthology.org/x")
        draft = DRAFT.model_copy(update={"title": title})
        assert compare(draft, [elsewhere], merged=True).kind is DecisionKind.REJECTED, title


STANDS = Decision(paper_id=ID, kind=DecisionKind.UNDECIDED, section="4.1")
BRANCH_GONE = Decision(paper_id=ID, kind=DecisionKind.UNDECIDED)
NO = Decision(paper_id=ID, kind=DecisionKind.REJECTED, by="editor")
MOVED = Decision(paper_id=ID, kind=DecisionKind.MOVED, section="5.2", by="editor")
EDITED = Decision(paper_id=ID, kind=DecisionKind.EDITED, section="4.1", note="one")


@pytest.mark.parametrize(
    ("earlier", "seen", "news"),
    [
        (None, STANDS, False),
        (None, NO, True),
        (NO, NO.model_copy(update={"by": None}), False),
        (NO, STANDS, True),
        (NO, BRANCH_GONE, False),
        (NO, Decision(paper_id=ID, kind=DecisionKind.ACCEPTED), True),
        (MOVED, MOVED.model_copy(update={"by": None}), False),
        (MOVED, MOVED.model_copy(update={"section": "6"}), True),
        (MOVED, STANDS, True),
        (MOVED, BRANCH_GONE, True),
        (EDITED, EDITED.model_copy(update={"note": "two"}), True),
    ],
)
def test_what_changes_what_is_known_is_news(earlier: Decision | None, seen: Decision, news: bool) -> None:
    assert is_news(earlier, seen) is news


def test_neither_a_yes_nor_a_no_of_the_review_page_is_asked_about_again() -> None:
    assert [changeable(one) for one in (NO, MOVED, EDITED)] == [True] * 3
    assert not changeable(Decision(paper_id=ID, kind=DecisionKind.ACCEPTED, section="4.1"))
    assert not changeable(Decision(paper_id=ID, kind=DecisionKind.REJECTED, note=REFUSED))


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.data(),
)
def test_removing_an_entry_takes_its_whole_lines_and_nothing_else(
    lines: list[str], end: str, last_end: bool, data: st.DataObject
) -> None:
    text = end.join(lines) + (end if last_end else "")
    at = data.draw(st.integers(1, len(lines)))
    if at == len(lines) and not last_end and not lines[-1]:
        return
    found = Entry(line=at, end_line=at, section_id="1", title="t", raw=lines[at - 1])
    kept = [line + end for line in lines]
    if not last_end:
        kept[-1] = lines[-1]
    assert remove_entry(text, found) == "".join(kept[: at - 1] + kept[at:])


def test_moved_words_take_the_bullet_and_line_end_of_their_new_place() -> None:
    text = "# A\r\n  * new words\r\n# B\r\n"
    placed = Entry(line=2, end_line=2, section_id="1", title="t", raw="  * new words")
    assert move_entry(text, entry(), placed) == f"# A\r\n  * {LINE[2:]}\r\n# B\r\n"
    two_lines = entry(raw=f"{LINE}\n    Notes.")
    assert move_entry(text, two_lines, placed) == f"# A\r\n  * {LINE[2:]}\r\n    Notes.\r\n# B\r\n"


@pytest.mark.parametrize("title", ["", "\N{SEEDLING}\N{SEEDLING}"])
def test_a_title_without_letters_is_no_entrys_title(title: str) -> None:
    others = [entry(raw="- \N{SEEDLING}", title="\N{SEEDLING}"), entry(raw="- ", title="")]
    assert find_entries(ID, title, others) == ()
    assert find_entries(ID, title, [*others, entry()]) == (entry(),)
