"""The fixtures of the tests with a real browser: Chromium, and the review page of a night with enough papers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.chromium import Tab, open_chromium
from tests.support.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from agent.review.server import ReviewServer


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "state")


@pytest.fixture
def server(desk: Desk) -> Iterator[ReviewServer]:
    with desk.serve() as server:
        yield server


@pytest.fixture
def tab(chromium: Browser, server: ReviewServer) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    tab = Tab(context)
    tab.page.goto(server.url)
    yield tab
    context.close()
