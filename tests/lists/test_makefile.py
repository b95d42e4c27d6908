"""What ``make`` says to a newcomer whose machine lacks what it needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("target", ["demo", "test"])
def test_a_machine_without_python_is_told_what_to_install(target: str, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    ended = subprocess.run(["make", "-n", target, "PYTHON="], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "no Python 3.11 or later was found" in ended.stderr
