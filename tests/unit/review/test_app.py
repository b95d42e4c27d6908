"""The work beside the requests: decisions reach the pull request one round after the other, and errors are shown."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from agent.core.night.decisions import WantedEntry
from agent.core.survey.survey import Survey
from agent.database.store import Store
from tests.support.browser import Browser, serve_page
from tests.support.desk import DRAFT, NOW, OTHER_DRAFT, Desk, report
from tests.support.fakes import KeepingDelivery

WAIT_SECONDS = 30
ASKED_AGAIN = 2000


@contextmanager
def open_page(desk: Desk, **tools: Any) -> Iterator[Browser]:
    """Serve the page with other tools, over drafts that are in a pull request."""
    with desk.store() as store:
        store.finish_run(report("2", pr_url="https://example.org/pull/1"), {}, (), NOW)
    with serve_page(replace(desk.tools(), **tools)) as browser:
        yield browser


def until(reached: Callable[[], bool]) -> None:
    if not any(reached() for _ in range(ASKED_AGAIN)):
        pytest.fail("it is not reached")


class Slow(KeepingDelivery):
    """Publishes when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.published: list[list[str]] = []

    def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
        self.published.append([one.paper_id for one in wanted])
        self.begun.set()
        assert self.go_on.wait(WAIT_SECONDS)
        return tuple(one.paper_id for one in wanted)


def test_what_is_decided_while_others_are_published_comes_in_the_next_round(desk: Desk) -> None:
    delivery, loaded = Slow(), []
    given = desk.tools()

    def load(store: Store) -> Survey:
        loaded.append(store)
        return given.load_survey(store)

    def unpublished(browser: Browser) -> tuple[str, ...]:
        browser.get("/changes?seen=x")
        with desk.store() as store:
            return store.unpublished()

    with open_page(desk, load_survey=load, build_delivery=lambda *_: delivery) as browser:
        browser.decide("reject", DRAFT)
        assert delivery.begun.wait(WAIT_SECONDS)
        browser.decide("reject", OTHER_DRAFT)
        delivery.go_on.set()
        until(lambda: unpublished(browser) == ())
    assert delivery.published == [[DRAFT], [OTHER_DRAFT]]
    assert len(loaded) == 1


def test_work_that_ends_in_an_error_not_foreseen_says_so_on_the_page(desk: Desk) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("the shelf is empty")

    with open_page(desk, build_delivery=fail, build_nearest=fail) as browser:
        until(lambda: "RuntimeError: the shelf is empty" in browser.get(f"/card?tab=drafts&paper={DRAFT}").text)
        assert "nearest listed papers are not searched for" in browser.get(f"/card?tab=drafts&paper={DRAFT}").text
        browser.decide("reject", DRAFT)
        until(lambda: "not on the pull request yet: not foreseen" in browser.get("/changes?seen=x").text)


def lose_a_table(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.folder / "triage.sqlite3")) as database, database:
        database.execute("DROP TABLE decision_log")


def test_a_database_error_is_a_page_that_says_what_was_wrong_and_what_to_do(desk: Desk, browser: Browser) -> None:
    lose_a_table(desk)
    answer = browser.get("/drafts", Accept="text/html,*/*;q=0.8")
    assert (answer.status, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (
        "triage.sqlite3: no such table: decision_log; put a backup in its place, or move it away to begin anew"
        in answer.page.words
    )
    assert answer.page.links == ["/drafts", "/drafts"]


def test_where_the_page_is_open_already_a_database_error_is_one_line(desk: Desk, browser: Browser) -> None:
    lose_a_table(desk)
    for answer in (
        browser.decide("reject", DRAFT),
        browser.get("/changes?seen=x", HX_Request="true", Accept="text/html"),
    ):
        assert (answer.status, answer.text.count("\n")) == (503, 1)
        assert answer.text.endswith(
            "no such table: decision_log; put a backup in its place, or move it away to begin anew\n"
        )


def test_a_page_that_is_not_there_is_said_on_a_page(browser: Browser) -> None:
    answer = browser.get("/shelves", Accept="text/html")
    assert (answer.status, "there is no such page" in answer.page.words) == (404, True)
