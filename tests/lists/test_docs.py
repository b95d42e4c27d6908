"""Docs that cannot rot: the map of the layers, the commands, the settings and the results table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from agent.cli import app
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
AGENTS = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"| `triage {command}` |" in README
    assert typer.main.get_command(app).commands[command].help  # type: ignore[attr-defined]


def test_every_file_the_map_sends_a_contributor_to_exists() -> None:
    named = re.findall(r"`((?:agent|tests|evals|taxonomy|prompts)/[\w/.]+)`", AGENTS)
    missing = [name for name in named if not (ROOT / name).exists()]
    assert named
    assert not missing


def test_no_text_names_the_machine_it_was_written_on() -> None:
    texts = [path for pattern in ("*.md", "*.toml", "*.yml") for path in ROOT.glob(f"**/{pattern}") if _ours(path)]
    assert texts
    assert not [path for path in texts if re.search(r"/(work|home|root)/", path.read_text(encoding="utf-8"))]


def _ours(path: Path) -> bool:
    return not {".venv", ".triage", ".pytest_cache", "node_modules"} & set(path.relative_to(ROOT).parts)
