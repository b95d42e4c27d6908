"""What the docs say of the package is what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))


def test_every_extra_is_documented() -> None:
    for extra in PROJECT["project"]["optional-dependencies"]:
        assert re.search(rf"`{extra}`|\[[\w,]*\b{extra}\b[\w,]*\]", PAGES), extra


def test_the_suite_runs_on_every_python_that_is_promised() -> None:
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    tested = PROJECT["tool"]["tox"]["env_list"]
    assert tested[0] == oldest
    assert f"Python {oldest} to {tested[-1]}" in PAGES
