"""Runs the real command line inside the test's own process, as a person would type it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent import cli


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def line(self) -> str:
        """The one line on stderr. More than one is a failure of the test."""
        (line,) = self.err.strip().splitlines()
        return line


class Commands:
    """``triage(...)`` with the state folder of this test."""

    def __init__(self, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.state, self._capsys, self._monkeypatch = state, capsys, monkeypatch

    def __call__(self, command: str, *args: object, state: Path | None = None) -> Ended:
        argv = ["triage", command, *map(str, args), "--state", str(state or self.state)]
        self._monkeypatch.setattr(sys, "argv", argv)
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = self._capsys.readouterr()
        return Ended(int(stopped.value.code or 0), out, err)
