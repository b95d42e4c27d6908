"""The table of settings in the docs has the keys and the defaults of the program."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import BaseModel

from agent.settings import Settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+\.\w+)` \| (?:`(.*?)`|none) \| ", PAGE, re.MULTILINE))


def defaults() -> dict[str, str]:
    """Return each setting as ``section.key`` with its default as triage.toml would have it, empty for None."""
    found = {}
    for section, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            for key, value in field.default:
                found[f"{section}.{key}"] = "" if value is None else json.dumps(_plain(value))
    return found


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def test_every_setting_is_in_the_table_with_its_default() -> None:
    assert defaults() == ROWS
