"""The help that fits a terminal of 80 columns."""

from __future__ import annotations

import pytest
import typer.main

from agent.cli import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
ROOM = 80 - 2 - 6 - max(map(len, COMMANDS))
"""The characters that a command's line in ``triage --help`` has for its text: width, margins, name."""


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_line_of_a_command_is_a_whole_sentence(name: str) -> None:
    assert not COMMANDS[name].get_short_help_str(ROOM).endswith("...")
