"""Small lists with a triage.toml and a taxonomy of their own: what a night and an audit make of each."""

from __future__ import annotations

import json
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


GALLERY = """\
# List

## Tool Use

<p><a href="https://arxiv.org/abs/2301.00001"><img src="figures/forks.png"></a><br>Forks that Use Tools</p>

## Agents

- [Knives as Interfaces for Agents](https://arxiv.org/abs/2302.00002). arXiv 2023.
"""
LEAVES = """\
section: "1"
name: A
tier: m
leaves:
  - {id: tool, heading: "Tool Use", definition: Papers about tool use.}
  - {id: agent, heading: Agents, definition: Papers about agents.}
"""


def test_an_entry_that_cannot_be_inserted_is_shown_for_people_and_the_others_are_delivered(
    triage: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy("15-known-outside-taxonomy", tmp_path, monkeypatch)
    night = (LISTS / "23-one-bad-section-blocks-night" / "night.jsonl").read_text("utf-8")
    for name, text in (("list.md", GALLERY), ("night.jsonl", night), ("taxonomy/a.yaml", LEAVES)):
        (folder / name).write_text(text, "utf-8")
    ended = triage("run", "--source", "night.jsonl", "--judge", "local", "--json")
    assert ended.code == 4, ended.err
    assert sorted(one["section"] for one in ended.json["drafts"]) == ["agent", "tool"]
    patch = Path(ended.json["patch"])
    added = [line for line in patch.read_text("utf-8").splitlines() if line.startswith("+") and "2511" in line]
    assert added == ["+- [SpoonAgent: Agents that Stir](https://arxiv.org/abs/2511.90001). arXiv 2025."]
    page = patch.with_suffix(".md").read_text("utf-8")
    assert "[SpoonPick: Tool Use from Examples](https://arxiv.org/abs/2511.90000)" in page
    assert "2511.90000 is to be inserted by hand" in ended.err
    day = json.loads(night.splitlines()[0])["announced"]
    days = ("--since", day, "--until", day)
    options = ("--source", "night.jsonl", "--judge", "local", "--deliver", "patch", "--json")
    again = triage("backfill", *options, *days, state=tmp_path / "another")
    assert (again.code, again.json["review"]["by_hand"][0]["paper_id"]) == (4, "2511.90000")


def test_a_paper_listed_under_a_clearly_different_title_is_known_and_found_by_the_audit(
    triage: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy("15-known-outside-taxonomy", tmp_path, monkeypatch)
    night = (folder / "night.jsonl").read_text("utf-8").replace("2301.00001", "2302.00002")
    (folder / "night.jsonl").write_text(night, "utf-8")
    ended = triage("run", "--source", "night.jsonl", "--judge", "local", "--json")
    assert ended.json["buckets"]["known"] == 1, ended.err
    findings = triage("audit", "--offline", "--json").json["findings"]
    wrong = next(found for found in findings if found["line"] == 5)
    assert (wrong["kind"], wrong["listed_id"], wrong["found_title"]) == (
        "wrong_id",
        "2302.00002",
        "Forks that Call Functions in Tool Use",
    )
