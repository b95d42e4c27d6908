"""Paths that nobody can look at, links to nothing, files that Windows wrote: said in words, or taken as they are."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from agent.jobs.fleet_file import read_fleet
from tests.conftest import ROOT
from tests.support.cli import Commands

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
LONG = "x" * 300
"""No file system has such a name: looking at it fails, as it does in a folder that may not be searched."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = Path(shutil.copytree(GARDENS, tmp_path / "Gärten und Beete"))
    monkeypatch.chdir(home)
    return home


@pytest.mark.parametrize(
    "given",
    [
        ("run", "--source", "night.jsonl", "--judgments", LONG),
        ("run", "--source", LONG),
        ("status", "--config", LONG),
        ("audit", "--offline", "--catalog", LONG),
        ("init", LONG),
    ],
    ids=lambda given: " ".join(given[0:1] + given[-2:-1]),
)
def test_a_path_that_cannot_be_looked_at_is_refused_in_words(triage: Commands, home: Path, given: tuple[str]) -> None:
    ended = triage(*given)
    assert ended.code == 2
    assert ended.line.startswith("triage: ") and LONG in ended.line


def test_the_doctor_says_that_the_state_folder_is_a_file(triage: Commands, home: Path) -> None:
    (home / "taken").write_text("")
    for state in (home / "taken", home / "taken" / "below"):
        ended = triage("doctor", "--offline", "--json", state=state)
        [fault] = [each for each in ended.json["checks"] if not each["ready"]]
        assert fault["subject"] == "state" and "taken is a file, where a folder is needed" in fault["found"]


def test_hidden_files_beside_the_lists_own_are_nobodys_taxonomy_prompt_or_labels(triage: Commands, home: Path) -> None:
    for folder, name in (("taxonomy", "survey.yaml"), ("prompts/judge", "v1.yaml"), ("data/labels", "ann.jsonl")):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / f".#{name}").symlink_to("ann@machine.77:1")  # the lock of Emacs
        (home / folder / f"._{name}").write_bytes(b"\x00\x05\x16\x07")  # what macOS keeps beside a file
    assert triage("run", "--source", "night.jsonl", "--judge", "local").code == 0
    assert triage("run", "--source", "night.jsonl", "--show-prompt", "2511.90001").code == 0


def test_a_section_in_a_file_that_is_not_read_is_named(triage: Commands, home: Path) -> None:
    (home / "taxonomy" / "9-more.yml").write_text("name: More\nleaves:\n- {id: more, heading: More}\n")
    ended = triage("run", "--source", "night.jsonl", "--judge", "local")
    assert (ended.code, "9-more.yml: files of the taxonomy end in .yaml; rename it" in ended.line) == (2, True)


@pytest.mark.parametrize("folder", ["taxonomy", "prompts/judge", "data/labels"])
def test_a_folder_of_the_list_that_cannot_be_read_is_named(triage: Commands, home: Path, folder: str) -> None:
    shutil.rmtree(home / folder, ignore_errors=True)
    (home / folder).symlink_to((home / folder).name)  # reading it fails, as where it may not be read
    ended = triage("run", "--source", "night.jsonl", "--show-prompt", "2511.90001")
    assert (ended.code, f"{home / folder}: Too many levels" in ended.line) == (2, True)


def test_judgments_go_where_a_symbolic_link_to_no_file_yet_points(triage: Commands, home: Path) -> None:
    (home / "link.jsonl").symlink_to("rows.jsonl")
    ended = triage("run", "--source", "night.jsonl", "--judge", "local", "--judgments", "link.jsonl")
    assert ended.code == 0
    assert (home / "link.jsonl").is_symlink() and (home / "rows.jsonl").read_text().count("\n") > 1


def test_triage_toml_may_begin_with_the_mark_that_windows_writes(triage: Commands, home: Path) -> None:
    text = (home / "triage.toml").read_text("utf-8").replace("\n", "\r\n")
    (home / "triage.toml").write_bytes(text.encode("utf-8-sig"))
    (home / "data" / "prices.toml").write_bytes(b"\xef\xbb\xbf[models]\r\n")
    (home / "fleet.toml").write_bytes(b'\xef\xbb\xbf[[lists]]\r\nname = "gardens"\r\nfolder = "."\r\n')
    assert triage("doctor", "--offline", "--json").code == 0
    assert [each.name for each in read_fleet().lists] == ["gardens"]


def test_replacing_files_keeps_their_permissions_and_links(triage: Commands, home: Path) -> None:
    (home / "triage.toml").chmod(0o600)
    (home / "kept").mkdir()
    shutil.move(home / "taxonomy" / "survey.yaml", home / "kept" / "survey.yaml")
    (home / "taxonomy" / "survey.yaml").symlink_to("../kept/survey.yaml")
    assert triage("init", "data/list.md", "--force").code == 0
    assert (home / "triage.toml").stat().st_mode & 0o777 == 0o600
    assert (home / "taxonomy" / "survey.yaml").is_symlink()
    assert "# draft: review" in (home / "kept" / "survey.yaml").read_text("utf-8")
    assert not list(home.rglob(".*.next"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes names that are no UTF-8")
def test_a_night_in_a_folder_whose_name_is_no_utf_8_is_delivered_and_stored(
    triage: Commands, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home.parent / os.fsdecode(b"G\xe4rten")
    shutil.copytree(home, folder)
    monkeypatch.chdir(folder)
    ended = triage("run", "--source", "night.jsonl", "--judge", "local", "--json", state=folder / ".triage")
    assert ended.code == 0 and ended.json["patch"].endswith(".patch")
    assert len(triage("status", "--json", state=folder / ".triage").json["runs"]) == 1
    (folder / "README.md").write_text("# Pots\n\n## Clay\n\n- [Clay](https://arxiv.org/abs/2301.00001)\n")
    assert triage("init", "--force", state=folder / ".triage").code == 0
    listed = Path(os.fsdecode(b"p\xe4per.md"))
    (folder / "README.md").rename(listed)
    ended = triage("init", listed, "--force")
    assert ended.code == 2 and "its name is not UTF-8" in ended.line
