"""The graph for LangGraph servers: a night of a list that is named, or of the folder's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.errors import TriageError
from agent.langgraph_server import graph
from tests.conftest import ROOT

GARDENS = ROOT / "tests" / "fixtures" / "gardens"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(GARDENS, tmp_path / "first")
    names = ("first", "gone")
    (tmp_path / "fleet.toml").write_text("".join(f'[[lists]]\nname = "{n}"\nfolder = "{n}"\n' for n in names))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIAGE_SOURCE_KIND", str(GARDENS / "night.jsonl"))
    monkeypatch.setenv("TRIAGE_JUDGE_KIND", "local")
    return tmp_path


def test_a_list_of_the_fleet_has_its_night_in_the_shared_database(
    folder: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    answer = graph.invoke({"list": "first", "since": "2025-11-01", "until": "2025-11-30"})
    assert answer["report"]["listed"] == 7 and len(answer["report"]["drafts"]) == 3
    assert answer["line"].startswith("triage: 7 listed")
    assert not (folder / "first" / ".triage" / "triage.sqlite3").exists()
    again = graph.invoke({"list": "first"})
    assert again["report"]["drafts"] == []


def test_without_a_name_it_is_the_list_of_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "first")
    assert graph.invoke({})["report"]["listed"] == 7
    assert (folder / "first" / ".triage" / "triage.sqlite3").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"list": "other"}, "no list 'other' in the fleet"),
        ({"list": "gone"}, r"no triage\.toml"),
        ({"list": "first", "since": "yesterday"}, "write YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_run_is_a_failed_run(folder: Path, asked: dict[str, str], said: str) -> None:
    with pytest.raises(TriageError, match=said):
        graph.invoke(asked)
