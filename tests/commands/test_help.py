"""The help that fits a terminal of 80 columns."""

from __future__ import annotations

import pytest
import typer.main

from agent.cli import app
from tests.support.cli import Commands

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
ROOM = 80 - 2 - 6 - max(map(len, COMMANDS))
"""The characters that a command's line in ``triage --help`` has for its text: width, margins, name."""


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_line_of_a_command_is_a_whole_sentence(name: str) -> None:
    assert not COMMANDS[name].get_short_help_str(ROOM).endswith("...")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (("backfill", "--since", "2025-01-01"), "triage: Missing option '--until'; see triage backfill --help"),
        (("rn",), "triage: No such command 'rn'. Did you mean 'run'?; see triage --help"),
        (("fleet", "stat"), "triage: No such command 'stat'. Did you mean 'status'?; see triage fleet --help"),
    ],
    ids=" ".join,
)
def test_a_wrong_word_names_the_help_of_its_command(triage: Commands, typed: tuple[str, ...], line: str) -> None:
    ended = triage(*typed)
    assert (ended.code, ended.line) == (2, line)
