"""Small lists with a triage.toml and a taxonomy of their own: what a night and an audit make of each."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from tests.conftest import ROOT
from tests.support.cli import Commands

LISTS = ROOT / "tests" / "fixtures" / "lists" / "cases"


def _copy(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = copytree(LISTS / name, folder / name)
    monkeypatch.chdir(path)
    return path


def test_a_paper_printed_in_a_section_without_a_leaf_is_known(
    triage: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy("15-known-outside-taxonomy", tmp_path, monkeypatch)
    ended = triage("run", "--source", "night.jsonl", "--judge", "local", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["buckets"]["known"] == ended.json["listed"] == 1 and not ended.json["drafts"]


def test_anchors_of_badged_and_spaced_headings_lead_somewhere(
    triage: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _copy("18-audit-anchors", tmp_path, monkeypatch)
    ended = triage("audit", "--offline", "--json")
    assert ended.code == 0, ended.err
    assert [found["kind"] for found in ended.json["findings"]] == ["unresolved"]
