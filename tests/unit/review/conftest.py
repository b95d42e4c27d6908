"""The review page's fixtures: a night of the invented survey, judged and stored, and its page over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.review import open_review
from tests.support.browser import Browser
from tests.support.desk import NOW, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "state")


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    with open_review(desk.survey, desk.store, desk.labels, 0, lambda: NOW) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Browser(server.url)
        server.shutdown()
        thread.join()
