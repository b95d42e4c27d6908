"""Shell completion of commands and options, which an installation does not add by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TRIAGE = Path(sys.executable).with_name("triage")


@pytest.mark.parametrize(("typed", "offered"), [("triage doc", "doctor"), ("triage run --judgm", "--judgments")])
def test_the_shell_is_offered_commands_and_options(typed: str, offered: str) -> None:
    asked = {"_TRIAGE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run([TRIAGE], env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, [offered])
