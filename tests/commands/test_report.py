"""``triage report``: one static page of a night."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.records import Bucket
from tests.support.browser import Reader
from tests.support.cli import Commands
from tests.support.desk import DRAFT, HOSTILE, NOW, Desk, report

DAYS_ASKED = ("2025-11-13", "2025-11-14", "2025-11-12")


def test_the_page_holds_the_night_and_loads_nothing(triage: Commands, desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "night.html"
    ended = triage("report", "--config", desk.home / "triage.toml", "--out", out, state=desk.folder)
    assert (ended.code, ended.out) == (0, f"{out}\n")
    text = out.read_text("utf-8")
    page = Reader(text)
    for words in ("2 drafts", "2 relevant papers in the queue", "no section fits", "B. Writer", "Watering", "0.90"):
        assert words in page.words
    assert "<mark>We water plants.</mark>" in text
    assert f"https://arxiv.org/abs/{DRAFT}" in page.links
    assert page.tags.count("svg") == 1  # nothing was spent
    assert not {"script", "img", "iframe", "link", "form"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "\u202e" not in text
    assert HOSTILE.replace("\u202e", "") in page.words
    assert "Content-Security-Policy" in text


def test_the_run_of_a_night_is_the_one_that_judged_it_not_a_later_one_that_read_it_again(
    triage: Commands, desk: Desk
) -> None:
    def window(first: int, last: int) -> dict[str, date]:
        return {"from": date(2025, 11, first), "to": date(2025, 11, last)}

    ran = [("night", window(10, 13), 5), ("again", window(13, 13), 0), ("next", window(11, 14), 9)]
    with desk.store() as store:
        for hour, (name, days, rejected) in enumerate(ran):
            made = report(name, window=days, buckets={Bucket.REJECTED: rejected})
            store.finish_run(made, {}, (), NOW + timedelta(hours=hour + 1))
    config = ("--config", desk.home / "triage.toml", "--json")
    asked = {day: triage("report", *config, "--night", day, state=desk.folder).json["run_id"] for day in DAYS_ASKED}
    assert asked == {"2025-11-13": "night", "2025-11-14": "next", "2025-11-12": "next"}
    assert triage("report", *config, state=desk.folder).json["run_id"] == "next"
    unread = triage("report", *config, "--night", "2025-11-20", state=desk.folder)
    assert unread.line.endswith("no run read that day; the last nights are 2025-11-14, 2025-11-13")


def test_json_names_the_file_and_the_run(triage: Commands, desk: Desk) -> None:
    ended = triage("report", "--config", desk.home / "triage.toml", "--json", state=desk.folder)
    assert ended.json == {"report": str(desk.folder / "report.html"), "run_id": "1"}
    assert (desk.folder / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--night", "2025-11-01"], "no run read that day"),
        (["--night", "soon"], "YYYY-MM-DD"),
        (["--out", "/"], "--out /: Is a directory"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_2(triage: Commands, desk: Desk, options: list[str], said: str) -> None:
    ended = triage("report", "--config", desk.home / "triage.toml", *options, state=desk.folder)
    assert (ended.code, said in ended.line, ended.out) == (2, True, "")
