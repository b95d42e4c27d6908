"""The review page's fixtures: a night of the invented survey, judged and stored, and its page over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "the état")


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    with desk.serve() as server:
        browser = Browser(server.url)
        browser.enter()
        yield browser
