"""Labels of a night of one's own: what is clicked is what `triage eval --labels` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.records import Label
from agent.sources.files.label_file import LabelFile
from agent.sources.files.records import read_labels
from tests.support.browser import Browser
from tests.support.desk import DRAFT, HOMELESS, OTHER_DRAFT, OUT, QUEUED, Desk
from tests.unit.review.test_actions import night


def test_a_night_is_labelled_click_by_click_in_the_format_that_evals_read(browser: Browser, desk: Desk) -> None:
    at = night(browser)
    browser.submit("/label", DRAFT, ("grade", "3"), ("primary", "water"), ("secondary", "sense"), at=at)
    browser.submit("/label", HOMELESS, ("grade", "2"), ("primary", "NO_LEAF"), at=at)
    page = browser.submit("/label", OUT, ("grade", "0"), ("primary", "water"), ("secondary", "sense"), at=at)
    assert "3 of 5 done" in page.page.words
    assert [json.loads(line) for line in desk.labels.read_text().splitlines()] == [
        {"id": DRAFT, "grade": 3, "primary": "water", "secondary": ["sense"]},
        {"id": HOMELESS, "grade": 2, "primary": "NO_LEAF", "secondary": []},
        {"id": OUT, "grade": 0, "primary": None, "secondary": []},
    ]
    assert [label.grade for label in read_labels(desk.labels)] == [3, 2, 0]


def test_the_night_lists_every_judged_paper_and_nothing_the_judge_said(browser: Browser) -> None:
    page = browser.get(night(browser)).page
    listed = [value for form in page.forms for name, value in form.fields if name == "paper"]
    assert listed == [DRAFT, OTHER_DRAFT, QUEUED, HOMELESS, OUT]
    assert "score" not in page.words
    assert "Why:" not in page.words


def test_a_paper_labelled_again_replaces_its_line(browser: Browser, desk: Desk) -> None:
    for grade, leaf in (("3", "water"), ("1", "sense")):
        browser.submit("/label", DRAFT, ("grade", grade), ("primary", leaf))
        browser.submit("/label", OUT, ("grade", "0"), at=night(browser))
    assert read_labels(desk.labels) == (
        Label(id=DRAFT, grade=1, primary="sense"),
        Label(id=OUT, grade=0, primary=None),
    )


def test_a_label_is_shown_in_its_form_again(browser: Browser) -> None:
    changes = [("grade", "3"), ("primary", "water"), ("secondary", "sense"), ("secondary", "prune")]
    page = browser.submit("/label", DRAFT, *changes).page
    form = browser.form(page, "/label", DRAFT)
    assert [field for field in form.fields if field[0] in ("primary", "secondary")] == changes[1:]
    assert "Labelled grade 3" in page.words


def test_enter_in_a_section_field_presses_no_grade(browser: Browser) -> None:
    default, *grades = browser.form(browser.get().page, "/label", DRAFT).buttons
    assert "disabled" in default
    assert [grade["value"] for grade in grades] == ["0", "1", "2", "3"]


def test_a_night_can_be_labelled_over_days_in_a_file_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    mine = f'{{"grade": 1, "primary": "x\u2028", "id": "{DRAFT}v2", "note": "é", "secondary": null}}'
    path.write_text(f"\n{mine}\r\n\n", encoding="utf-8", newline="")
    path.chmod(0o640)
    LabelFile(path).save(Label(id=OUT, grade=0, primary=None))
    LabelFile(path).save(Label(id=QUEUED, grade=0, primary=None))
    assert path.read_bytes().decode().split("\n")[0] == mine + "\r"
    assert [label.id for label in read_labels(path)] == [DRAFT, OUT, QUEUED]
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["mine.jsonl"]


def test_a_link_to_the_labels_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "labels.jsonl"
    link.symlink_to(tmp_path / "real" / "labels.jsonl")
    LabelFile(link).save(Label(id=OUT, grade=0, primary=None))
    assert link.is_symlink()
    assert len(read_labels(tmp_path / "real" / "labels.jsonl")) == 1


def test_opening_a_labels_file_creates_none(tmp_path: Path) -> None:
    LabelFile(tmp_path / "labels.jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("gone/labels.jsonl", "No such file or directory"),
        ("file/labels.jsonl", "Not a directory"),
        ("", "Is a directory"),
    ],
)
def test_a_labels_path_that_cannot_be_written_is_one_clear_line(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=rf"^--labels [^\n]*{said}; give a writable file path$"):
        LabelFile(tmp_path / place)


def test_labels_in_gz_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"plain text"):
        LabelFile(tmp_path / "labels.jsonl.gz")


LINE = b'{"id": "2511.00001", "grade": 0, "primary": null}\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LINE + b"oops\n", "line 2: "),
        (LINE + b"[1]\n", "line 2: not a JSON object"),
        (LINE + LINE, "line 2: 2511.00001 is labelled twice"),
        (b'{"id": "2511.00001", "grade": 7, "primary": null}\n', "line 1: the field 'grade'"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_labels_file_with_a_bad_line_is_one_clear_line_and_stays_as_it_was(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        LabelFile(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_labels_file_spoilt_meanwhile_is_said_on_the_page_and_never_overwritten(browser: Browser, desk: Desk) -> None:
    form = browser.form(browser.get().page, "/label", DRAFT)
    desk.labels.write_text("oops\n")
    for answer in (browser.get(), browser.post(form, ("grade", "0"))):
        assert (answer.status in (400, 500), "line 1" in answer.text) == (True, True)
    assert desk.labels.read_text() == "oops\n"
