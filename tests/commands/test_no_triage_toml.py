"""A folder without ``triage.toml`` (case 24): nothing is read from or written to the program's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.cli import Commands


@pytest.mark.parametrize(
    "command",
    [("run", "--source", "X.jsonl", "--judge", "local"), ("status",), ("audit",), ("sync",), ("eval",)],
    ids=lambda command: command[0],
)
def test_every_command_says_that_the_list_is_not_set_up(
    triage: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    (tmp_path / "README.md").write_text("# A list\n")
    before = sorted(ROOT.iterdir())
    monkeypatch.chdir(tmp_path)
    ended = triage(*command)
    assert ended.code == 2
    assert "no triage.toml" in ended.line and "run `triage init`" in ended.line and "--config" in ended.line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md"] and sorted(ROOT.iterdir()) == before


def test_a_list_that_is_not_there_names_the_setting(
    triage: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("# Pots\n\n## Clay\n- [Clay](https://arxiv.org/abs/2301.00001)\n")
    monkeypatch.chdir(tmp_path)
    assert triage("init").code == 0
    (tmp_path / "README.md").rename(tmp_path / "LIST.md")
    for command in ("audit", "run"):
        gone = triage(command)
        assert gone.code == 2 and "README.md: the list is not there; correct [catalog] path in" in gone.line
    assert triage("audit", "--offline", "--catalog", "LIST.md").code == 0
    for file in (tmp_path / "taxonomy").iterdir():
        file.unlink()
    empty = triage("audit", "--catalog", "LIST.md")
    assert empty.code == 2 and "no taxonomy files here" in empty.line and "`triage init --force`" in empty.line
