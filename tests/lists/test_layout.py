"""The rules of the layout that no linter checks: the size of folders and of functions, and what help may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

MODULES = 12
LINES = 60
HEAVY = ("rich", "asyncio", "pydantic", "numpy", "sklearn", "sqlalchemy", "langgraph", "openai")
CODE = [path for folder in ("agent", "evals") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_a_folder_has_at_most_twelve_modules() -> None:
    folders: dict[Path, int] = {}
    for path in CODE:
        folders[path.parent] = folders.get(path.parent, 0) + (path.name != "__init__.py")
    assert not {str(folder): count for folder, count in folders.items() if count > MODULES}


def test_a_function_has_at_most_sixty_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 - _signature_lines(node) > LINES
    ]
    assert not long


def _signature_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """A command's options stand one on a line in its signature, which is a table and no code."""
    return node.body[0].lineno - node.lineno


def test_help_loads_nothing_heavy() -> None:
    code = f"""
import sys
from agent import cli
sys.argv = ["triage", "--help"]
try:
    cli.main()
except SystemExit as end:
    print("loaded:", *[name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Judges the nightly arXiv listing" in done.stdout
    assert done.stdout.rstrip().endswith("loaded:")


def test_status_loads_no_migration_and_no_matching_of_titles(tmp_path: Path) -> None:
    unneeded = ("alembic", "filelock", "rapidfuzz", "markdown_it", "numpy", "langgraph", "openai", "sqlalchemy.orm")
    code = f"""
import sys
from agent import cli
sys.argv = ["triage", "status", "--state", {str(tmp_path)!r}]
try:
    cli.main()
except SystemExit as end:
    print("loaded:", *[name for name in {unneeded!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "last runs" in done.stdout
    assert done.stdout.rstrip().endswith("loaded:")
