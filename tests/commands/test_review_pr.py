"""Drafts that live in a pull request, decided on the review page: the branch shows it, and the next run agrees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.commands.review import tools_of
from agent.database.store import open_store
from agent.settings import load_settings
from tests.support.browser import Browser, serve_page
from tests.support.cli import Commands
from tests.support.garden import BRANCH, Garden, open_garden

WATERING, GRIPPER, DISEASE, MERGING = "2511.90001", "2511.90002", "2511.90005", "2511.90004"
ASKED_AGAIN = 2000
"""How often a test looks whether the branch shows a decision, before it gives up."""


@pytest.fixture
def garden(tmp_path: Path, triage: Commands, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garden]:
    with open_garden(tmp_path, triage, monkeypatch) as made:
        made.night("night")
        yield made


@contextmanager
def open_page(garden: Garden) -> Iterator[Browser]:
    tools = tools_of(load_settings(garden.home / "triage.toml", garden.triage.state), "ann", None)
    with serve_page(tools) as browser:
        yield browser


def published(garden: Garden, browser: Browser) -> None:
    for _ in range(ASKED_AGAIN):
        browser.get("/changes?seen=x")
        with open_store(garden.triage.state, exclusive=False) as store:
            if not store.unpublished():
                return
    pytest.fail("the branch does not show the decisions")


def test_decisions_are_commits_on_the_branch_that_the_next_run_reads_as_they_were_meant(garden: Garden) -> None:
    typed = f"* **[Grippers, Typed](https://arxiv.org/abs/{GRIPPER})** (2025)"
    with open_page(garden) as browser:
        browser.decide("reject", WATERING)
        browser.decide("accept", DISEASE, "water")
        browser.decide("accept", GRIPPER, "prune", entry=typed)
        published(garden, browser)
    assert garden.places() == {GRIPPER: "Pruning and Picking", DISEASE: "Watering"}
    assert garden.line(GRIPPER) == typed + "\n"
    titles = [subject.partition(":")[0] for subject in garden.bare.log(BRANCH)[3:]]
    assert sorted(titles) == ["Drop", "Edit", "Move to water"]
    assert "Decided by ann on the review page." in garden.bare.log(BRANCH, "%B")[-1]
    places, text = garden.places(), garden.text()
    garden.night("quiet")
    assert (garden.places(), garden.text()) == (places, text)
    assert garden.decided() == {
        WATERING: ("rejected", None),
        GRIPPER: ("edited", "prune"),
        DISEASE: ("moved", "water"),
    }


def test_a_step_that_is_taken_back_is_taken_back_on_the_branch(garden: Garden) -> None:
    before = garden.text()
    with open_page(garden) as browser:
        browser.decide("reject", WATERING)
        published(garden, browser)
        assert WATERING not in garden.places()
        browser.post("/undo", ("tab", "drafts"))
        published(garden, browser)
    assert sorted(garden.text().splitlines()) == sorted(before.splitlines())
    garden.night("quiet")
    assert garden.decided() == {}


def test_a_run_brings_to_the_branch_what_the_page_could_not(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.delenv("GITHUB_TOKEN")
        with open_page(garden) as browser:
            browser.decide("reject", WATERING)
            for _ in range(ASKED_AGAIN):
                if "GITHUB_TOKEN" in browser.get("/changes?seen=x").text:
                    break
            else:
                pytest.fail("the page does not say that the branch lacks the decision")
    assert WATERING in garden.places()
    garden.night("quiet")
    assert WATERING not in garden.places()
    assert garden.decided() == {WATERING: ("rejected", None)}


def test_a_queued_paper_that_is_accepted_is_added_by_apply(garden: Garden) -> None:
    with open_page(garden) as browser:
        browser.decide("accept", MERGING, "sense", tab="queue")
        assert "the pull request of the last run, or to a new one if that is closed" in browser.get("/apply").page.words
        answer = browser.post("/apply")
        assert garden.hub.pulls[0]["html_url"] in answer.text
    assert garden.places()[MERGING] == "Sensing"
    text = garden.text()
    garden.night("quiet")
    assert garden.text() == text
