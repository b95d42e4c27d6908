"""A SQLite file is found whatever its folder is called, and looking at its version changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.database.schema import read_version
from agent.database.store import FILE, open_store
from agent.database.tables import LISTS, VERSION


@pytest.mark.parametrize("name", ["of#us", "of%41us", "of?us", "of us"])
def test_the_version_is_read_of_a_file_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    with open_store(folder, exclusive=True):
        pass
    assert read_version(folder / FILE, LISTS) == VERSION
    assert [each.name for each in tmp_path.iterdir()] == [name]
