"""Repairs as a pull request of their own, against a real repository over HTTP and a stateful GitHub."""

from __future__ import annotations

import os

import pytest
from pydantic import SecretStr

from agent.core.audit.check import Finding, FindingKind
from agent.core.audit.repairs import Repairs, plan_repairs, repairs_text
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.git import Clone
from agent.deliveries.github.repairs import RepairsDelivery
from agent.deliveries.github.rolling_branch import RollingBranch
from agent.errors import DeliveryError
from tests.support.small_list import READER, README, TOKEN, World, draft

BRANCH = "triage/drafts-repairs"


def finding(kind: FindingKind, line: int, confidence: str = "high", **fields: object) -> Finding:
    given = {"entry_title": "An old paper", "detail": "what is wrong", "confidence": confidence, **fields}
    return Finding.model_validate({"kind": kind, "line": line, **given})


FINDINGS = [
    finding(FindingKind.WRONG_ID, 5, listed_id="2001.00001", proposed_id="2001.11111"),
    finding(FindingKind.NOW_PUBLISHED, 6, replacement="ACL 2020"),
    finding(FindingKind.STRAY_LINE, 12, "medium"),
]
PLAN = plan_repairs(README, FINDINGS)


def deliver(world: World, repairs: Repairs = PLAN, token: str = TOKEN) -> str | None:
    places = world.places()
    secret = SecretStr(token)
    clone = Clone(
        world.folder / "repairs.git",
        places["remote"],
        places["catalog_path"],
        secret,
        os.environ,
        sleep=world.slept.append,
    )
    github = GitHub(places["api_url"], places["repository"], secret, sleep=world.slept.append)
    branch = RollingBranch(clone, github, base="main", branch=BRANCH, catalog_path=places["catalog_path"])
    return RepairsDelivery(branch).deliver(repairs, repairs_text(repairs)).pr_url


def test_each_kind_is_one_commit_and_the_questions_are_in_the_body(world: World) -> None:
    url = deliver(world)
    (pull,) = world.hub.pulls
    assert (pull["html_url"], pull["title"]) == (url, "Audit: 2 repairs, 1 questions")
    assert "stray" in pull["body"]
    first, second = world.bare.log(BRANCH, "%B")
    assert (first.splitlines()[0], second.splitlines()[0]) == (
        "Point links to the papers they name (1)",
        "Name the venue of papers published since (1)",
    )
    wanted = README.replace("2001.00001", "2001.11111").replace("2001.00002) arXiv 2020", "2001.00002) ACL 2020")
    assert world.bare.text(BRANCH) == wanted
    assert world.bare.text("main") == README


def test_the_same_repairs_again_change_nothing(world: World) -> None:
    url = deliver(world)
    before = world.bare.head(BRANCH)
    assert deliver(world) == url
    assert world.bare.head(BRANCH) == before


def test_later_repairs_are_appended_to_the_open_pull_request(world: World) -> None:
    url = deliver(world, plan_repairs(README, FINDINGS[:1]))
    assert deliver(world) == url
    assert len(world.bare.log(BRANCH)) == 2


def test_the_drafts_have_a_pull_request_of_their_own(world: World) -> None:
    world.begin(draft("2511.00001"))
    drafts = world.bare.text("triage/drafts")
    deliver(world)
    world.night()
    assert len(world.hub.pulls) == 2
    assert world.bare.text("triage/drafts") == drafts


def test_nothing_sure_opens_nothing(world: World) -> None:
    assert deliver(world, plan_repairs(README, FINDINGS[2:])) is None
    assert (world.hub.pulls, world.bare.head(BRANCH)) == ([], None)


def test_a_token_that_may_only_read_is_one_line_with_the_remedy(world: World) -> None:
    with pytest.raises(DeliveryError, match="contents: write"):
        deliver(world, token=READER)
    assert world.hub.pulls == []
