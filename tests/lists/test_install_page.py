"""What the docs say of the package is what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))


def test_every_extra_is_documented() -> None:
    listed = re.findall(r"^\| `([\w-]+)` \|", INSTALL, re.MULTILINE)
    assert sorted(listed) == sorted(PROJECT["project"]["optional-dependencies"])


def test_the_suite_runs_on_every_python_that_is_promised() -> None:
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    tested = PROJECT["tool"]["tox"]["env_list"]
    assert tested[0] == oldest
    assert f"Python {oldest} to {tested[-1]}" in PAGES
