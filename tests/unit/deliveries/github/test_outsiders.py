"""Neither the words of people without rights nor a lost state change what the bot believes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agent.deliveries.github.texts import comment_mark, delivered_papers
from tests.support.small_list import World, draft, line_of

ONE, TWO, THREE = "2511.00001", "2511.00002", "2511.00003"


def marker(*papers: str) -> str:
    return f"Nice.\n\n<!-- triage-delivered: {' '.join(papers)} -->\n"


def stranger_opens(world: World, **changes: Any) -> dict[str, Any]:
    """A pull request that is not ours, closed unmerged, with our mark in its body."""
    head = {"ref": "triage/drafts", "sha": "0" * 40, "repo": {"full_name": "stranger/list"}}
    pull = {
        "number": 77,
        "html_url": f"{world.hub.url}/owner/list/pull/77",
        "state": "closed",
        "title": "x",
        "body": marker(ONE),
        "user": {"login": "stranger"},
        "head": head,
        "base": {"ref": "main"},
        "labels": [],
        "created_at": world.hub.now(),
        "closed_at": world.hub.now(),
        "merged_at": None,
        **changes,
    }
    world.hub.pulls.append(pull)
    return pull


def test_a_pull_request_from_a_fork_with_our_branch_name_is_not_ours(world: World) -> None:
    stranger_opens(world)
    assert world.read_back() == {}
    world.night(draft(ONE))
    assert world.list() == {ONE: "1"}


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_mark_in_a_body_that_someone_else_wrote_is_text(world: World, state: str) -> None:
    head = {"ref": "triage/drafts", "sha": "0" * 40, "repo": {"full_name": "owner/list"}}
    stranger_opens(world, head=head)
    assert world.read_back() == {}
    world.night(draft(ONE))
    assert world.list() == {ONE: "1"}


def test_our_mark_in_a_comment_of_someone_else_does_not_keep_us_from_answering(world: World) -> None:
    world.begin(draft(ONE))
    number = world.hub.comment(1, "editor", f"/triage move {ONE} 9.9")
    world.hub.comment(1, "stranger", f"Hello {comment_mark(f'comment {number}')}")
    world.night()
    world.night()
    answers = [row for row in world.hub.comments[1] if row["user"]["login"] == "paper-triage[bot]"]
    assert len(answers) == 1


def test_trailers_in_the_commits_of_people_are_text(world: World) -> None:
    world.begin(draft(ONE))
    number = world.hub.comment(1, "editor", f"/triage no {ONE}")
    message = f"Thanks\n\nTriage-Paper: {TWO}\nTriage-Command: {number}\n"
    world.bare.edit("triage/drafts", lambda text: f"{text}Thanks!\n", message)
    world.night(draft(TWO))
    assert world.list() == {TWO: "1"}


def test_a_token_that_does_not_tell_whose_it_is_works_as_well(world: World) -> None:
    world.hub.login = None
    world.night(draft(ONE), draft(TWO))
    number = world.hub.comment(1, "editor", f"/triage move {ONE} 9.9")
    world.hub.comment(1, "stranger", comment_mark(f"comment {number}"))
    world.night()
    world.night()
    answers = [row for row in world.hub.comments[1] if row["user"]["login"] == "github-actions[bot]"]
    assert len(answers) == 1
    assert delivered_papers(world.hub.pulls[0]["body"]) == {ONE, TWO}


@pytest.mark.parametrize("new", ["maintainer", "other-app[bot]"])
def test_a_no_is_heard_on_a_pull_request_that_an_earlier_token_opened(world: World, new: str) -> None:
    world.begin(draft(ONE), draft(TWO))
    world.hub.login = new
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(TWO)}\n", ""))
    world.hub.merge(1, "squash")
    world.night(draft(THREE))
    assert world.kinds() == {ONE: "accepted", TWO: "rejected"}
    assert world.list() == {ONE: "1", THREE: "1"}


def refused_before(world: World) -> dict[str, str]:
    """Forget the state, as when its folder is deleted, and return what is still known to be refused."""
    world.open, world.decided = {}, {}
    heard = world.delivery(state="new").read_back(())
    return {one.paper_id: one.note for one in heard if one.kind == "rejected"}


def test_a_no_survives_the_loss_of_the_state_while_the_pull_request_is_open(world: World) -> None:
    world.begin(draft(ONE), draft(TWO))
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(ONE)}\n", ""))
    assert refused_before(world) == {ONE: "the line was removed"}


def test_a_no_survives_the_loss_of_the_state_after_the_merge(world: World) -> None:
    world.begin(draft(ONE), draft(TWO))
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(ONE)}\n", ""))
    world.hub.merge(1, "squash")
    world.night(draft(THREE))
    assert refused_before(world) == {ONE: "the line was removed"}


def test_a_closed_pull_request_is_a_no_after_the_loss_of_the_state_and_a_deleted_branch_is_none(world: World) -> None:
    world.begin(draft(ONE))
    world.hub.close(1)
    world.night(draft(TWO))
    world.bare.delete("triage/drafts")
    world.hub.look()
    assert refused_before(world) == {ONE: "pull request #1 was closed unmerged"}


def test_what_was_accepted_is_not_refused_when_the_state_is_lost(world: World) -> None:
    world.begin(draft(ONE))
    world.hub.merge(1, "merge")
    assert refused_before(world) == {}


@pytest.fixture
def reviewed(world: World) -> Iterator[World]:
    world.begin(draft(ONE), draft(TWO, "1"))
    yield world


def test_commands_are_read_from_comments_on_lines_and_from_reviews_too(reviewed: World) -> None:
    reviewed.hub.review(1, "editor", f"Not this.\n\n/triage no {ONE}", line=True)
    reviewed.hub.review(1, "editor", f"/triage move {TWO} 2")
    reviewed.hub.review(1, "stranger", f"/triage no {TWO}")
    reviewed.night()
    assert reviewed.kinds() == {ONE: "rejected", TWO: "moved"}
    assert reviewed.list() == {TWO: "2"}
    commits = reviewed.bare.head("triage/drafts")
    reviewed.night()
    assert reviewed.bare.head("triage/drafts") == commits, "followed once"


def test_a_draft_that_the_list_has_already_is_a_note_and_is_not_remembered_as_delivered(world: World) -> None:
    world.propose(draft(ONE))
    world.bare.edit("main", lambda text: text.replace("\n## 2", f"{line_of(ONE)}\n\n## 2"))
    assert world.deliver().notes == (f"{ONE} was not added: README.md has it already",)
    assert world.hub.pulls == []


def test_a_paper_whose_line_is_gone_is_refused_though_an_entry_has_no_title_but_an_emoji(world: World) -> None:
    world.begin(draft("2511.00001"))
    emoji = "- [\N{SEEDLING}](https://example.org) 2020."
    world.bare.edit("triage/drafts", lambda text: text.replace(line_of("2511.00001"), emoji))
    assert {one.paper_id: one.kind.value for one in world.delivery().read_back(())} == {"2511.00001": "rejected"}
