"""Label mode: what a reader answers is what `triage eval --labels` reads, and readers are compared."""

from __future__ import annotations

import json

import pytest

from agent.errors import ConfigError
from agent.records import Label
from agent.sources.files.label_file import LabelFile
from agent.sources.files.records import read_labels
from tests.support.browser import Answer, Browser
from tests.support.desk import DRAFT, HOMELESS, OTHER_DRAFT, OUT, QUEUED, Desk

NIGHT = "/labels/2025-11-13"
PAPERS = (DRAFT, OTHER_DRAFT, QUEUED, HOMELESS, OUT)


def label(browser: Browser, paper_id: str, grade: str, section: str = "", *also: str) -> Answer:
    fields = [("paper", paper_id), ("grade", grade), ("section", section), *(("also", leaf) for leaf in also)]
    return browser.post(f"{NIGHT}/label", *fields)


def file_of(desk: Desk, reader: str = "ann"):  # type: ignore[no-untyped-def]
    return desk.folder / "labels" / f"{reader}.jsonl"


def test_a_night_is_labelled_key_by_key_in_the_format_that_evals_read(browser: Browser, desk: Desk) -> None:
    label(browser, DRAFT, "3", "water", "sense")
    label(browser, HOMELESS, "2", "NO_LEAF")
    page = label(browser, OUT, "0", "water", "sense")
    assert "3 of 5 labelled" in page.page.words
    assert f'<article data-paper="{OTHER_DRAFT}"' in page.text
    assert [json.loads(line) for line in file_of(desk).read_text().splitlines()] == [
        {"id": DRAFT, "grade": 3, "primary": "water", "secondary": ["sense"]},
        {"id": HOMELESS, "grade": 2, "primary": "NO_LEAF", "secondary": []},
        {"id": OUT, "grade": 0, "primary": None, "secondary": []},
    ]
    assert browser.get(f"{NIGHT}/labels.jsonl").text == file_of(desk).read_text()


def test_the_night_lists_every_judged_paper_and_nothing_the_judge_said(browser: Browser) -> None:
    page = browser.get(NIGHT)
    assert sorted(set(page.page.values["data-paper"])) == sorted(PAPERS)
    for word in ("0.90", "0.80", "Why", "<mark>", "contested", "A Title There"):
        assert word not in page.text


def test_labelling_goes_on_where_it_was_left(browser: Browser, desk: Desk) -> None:
    label(browser, DRAFT, "0")
    with desk.serve() as server:
        later = Browser(server.url)
        later.enter()
        assert f'<article data-paper="{OTHER_DRAFT}"' in later.get(NIGHT).text
        assert "1 of 5 labelled" in later.get(NIGHT).page.words


def test_a_paper_labelled_again_replaces_its_line(browser: Browser, desk: Desk) -> None:
    for grade, leaf in (("3", "water"), ("1", "sense")):
        label(browser, DRAFT, grade, leaf)
        label(browser, OUT, "0")
    assert read_labels(file_of(desk)) == (
        Label(id=DRAFT, grade=1, primary="sense"),
        Label(id=OUT, grade=0, primary=None),
    )


def test_sections_are_chosen_before_a_grade_and_kept_in_the_form(browser: Browser) -> None:
    chosen = browser.get(f"{NIGHT}/card?paper={DRAFT}&section=water").text
    assert 'name="section" value="water"' in chosen
    more = browser.get(f"{NIGHT}/card?paper={DRAFT}&primary=water&section=sense&also=prune").text
    assert 'name="section" value="water"' in more
    assert more.count('name="also" value="sense"') == 2
    assert more.count('name="also" value="prune"') == 2


@pytest.mark.parametrize(
    ("grade", "sections", "said"),
    [
        ("4", (), "'4' is not a grade"),
        ("", ("water",), "'' is not a grade"),
        ("3", (), "needs a section"),
        ("1", ("", "water"), "needs a section"),
        ("3", ("smell",), "'smell' is not a section"),
        ("3", ("water", "NO_LEAF"), "not a section"),
        ("3", ("water", "water"), "once"),
        ("1", ("water", "sense", "sense"), "once"),
    ],
)
def test_a_label_that_cannot_be_is_refused(
    browser: Browser, desk: Desk, grade: str, sections: tuple[str, ...], said: str
) -> None:
    answer = label(browser, DRAFT, grade, *sections)
    assert (answer.status, said in answer.text, answer.text.count("\n")) == (400, True, 1)
    assert not file_of(desk).exists()


def test_nobody_sees_other_answers_before_the_own_night_is_done(browser: Browser, desk: Desk) -> None:
    LabelFile(file_of(desk, "ben")).save(Label(id=DRAFT, grade=3, primary="water"))
    page = browser.get(f"{NIGHT}/agreement").page
    assert "Label the 5 papers that are left first" in page.words
    assert "ben" not in page.words


def test_two_readers_are_compared_with_each_other_and_then_with_the_judge(browser: Browser, desk: Desk) -> None:
    for paper_id in PAPERS:
        label(browser, paper_id, "3" if paper_id in (DRAFT, QUEUED) else "0", "water")
        LabelFile(file_of(desk, "ben")).save(
            Label(id=paper_id, grade=3 if paper_id == DRAFT else 0, primary="water" if paper_id == DRAFT else None)
        )
    words = " ".join(browser.get(f"{NIGHT}/agreement").page.words.split())
    assert "ann and ben: 5 papers" in words
    assert "ann and the judge: 5 papers" in words
    assert "In scope or not540.55" in words.replace(" ", " ").replace(" 5 4 ", "54")
    assert words.index("ann and ben") < words.index("ann and the judge")


def test_comparing_readers_leaves_a_save_of_another_reader_under_way_alone(browser: Browser, desk: Desk) -> None:
    for paper_id in PAPERS:
        label(browser, paper_id, "0")
    LabelFile(file_of(desk, "ben")).save(Label(id=DRAFT, grade=3, primary="water"))
    under_way = file_of(desk, "ben").with_name(".ben.jsonl.77.next")
    under_way.write_text("half a save")
    assert "ann and ben: 1 paper" in " ".join(browser.get(f"{NIGHT}/agreement").page.words.split())
    LabelFile(file_of(desk, "ben"))
    assert under_way.read_text() == "half a save"
    file_of(desk, "ben").write_text("oops\n")
    answer = browser.get(f"{NIGHT}/agreement")
    assert (answer.status, "ben.jsonl, line 1" in answer.text) == (400, True)


def test_choosing_a_section_keeps_the_grade_that_was_given(browser: Browser) -> None:
    label(browser, DRAFT, "3", "water")
    given = browser.get(f"{NIGHT}/card?paper={DRAFT}&section=sense").text
    assert 'name="section" value="sense"' in given
    assert 'data-key="3" data-needs-section="yes" class="primary" aria-pressed="true"' in given


def test_a_labels_file_spoilt_meanwhile_is_said_and_never_overwritten(browser: Browser, desk: Desk) -> None:
    file_of(desk).write_text("oops\n")
    for answer in (browser.get(NIGHT), label(browser, DRAFT, "0")):
        assert (answer.status, "line 1" in answer.text) == (400, True)
    assert file_of(desk).read_text() == "oops\n"


@pytest.mark.parametrize("night", ["2025-11-12", "2025-99-99", "x", "2025-11-13x"])
def test_a_night_without_papers_is_404(browser: Browser, night: str) -> None:
    assert browser.get(f"/labels/{night}").status == 404


def test_a_labels_folder_that_cannot_be_is_one_clear_line(desk: Desk) -> None:
    (desk.folder / "labels").write_text("")
    with pytest.raises(ConfigError, match=r"^state folder .*labels"):
        desk.tools()
