"""Docs that cannot rot: the map of the layers, the commands, the settings and the results table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from agent.cli import app
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
AGENTS = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert README.count(f"| `triage {command}` |") == 1
    assert typer.main.get_command(app).commands[command].help  # type: ignore[attr-defined]


PAGES = [ROOT / "README.md", ROOT / "AGENTS.md", ROOT / "evals" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, (
                target
            )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists_with_its_options(page: Path) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    text = page.read_text(encoding="utf-8")
    for name, rest in re.findall(r"(?:^|[`$/ ])triage ([a-z]+)((?: +[^`\n|#]*)?)", text, re.MULTILINE):
        if name not in commands:
            assert not re.search(r"^\s*--", rest), f"triage {name}"
            continue
        known = set(_options(commands[name]))
        assert set(re.findall(r"(?<= )--[a-z][a-z-]*", rest.split("  ")[0])) <= known, f"triage {name}{rest}"


def _options(command: Any) -> Iterator[str]:
    """Yield the options of a command, and of those in it when it is a group."""
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    for each in getattr(command, "commands", {}).values():
        yield from _options(each)


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(README.splitlines()) <= 160


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
    return not {".venv", ".triage", ".tox", ".pytest_cache", "node_modules"} & set(path.relative_to(ROOT).parts)
