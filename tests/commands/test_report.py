"""``triage report``: one static page of a night."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browser import Reader
from tests.support.cli import Commands
from tests.support.desk import DRAFT, HOSTILE, Desk


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
