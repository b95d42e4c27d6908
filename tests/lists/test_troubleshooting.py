"""The troubleshooting table quotes messages as the program has them."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

TABLE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+?)` \| ", TABLE, re.MULTILINE)


@pytest.fixture(scope="module")
def texts() -> str:
    """Return every string of the program, the parts of f-strings joined as they are printed."""
    found = []
    for path in sorted((ROOT / "agent").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values]
                found.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def test_the_table_has_rows() -> None:
    assert len(ROWS) > 15


@pytest.mark.parametrize("quoted", ROWS)
def test_a_quoted_message_is_one_of_the_program(quoted: str, texts: str) -> None:
    assert quoted in texts
