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
