"""Puts what the program ships besides code into the wheel: the prompts and the prices, as ``agent/shipped/``.

Everything else of the build stands in ``pyproject.toml``. In a checkout the files are read where they are.
"""

from __future__ import annotations

from pathlib import Path
from shutil import copy2

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = [*sorted(Path("prompts").rglob("*.yaml")), Path("prompts/LOCK"), Path("data/prices.toml")]


class BuildWithShippedFiles(build_py):
    """Copies the shipped files beside the built modules; an editable install needs no copy."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source in SHIPPED:
            target = Path(self.build_lib, "agent", "shipped", source)
            target.parent.mkdir(parents=True, exist_ok=True)
            copy2(source, target)


setup(cmdclass={"build_py": BuildWithShippedFiles})
