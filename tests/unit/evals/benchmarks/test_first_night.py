"""What the benchmark of a first night compares with can be imported."""

from __future__ import annotations

import subprocess
import sys

from evals.benchmarks import first_night
from tests.conftest import ROOT


def test_the_bare_imports_are_of_modules_that_there_are() -> None:
    subprocess.run([sys.executable, "-c", first_night.IMPORTS], cwd=ROOT, check=True)
