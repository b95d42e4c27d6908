"""The endings of a pull request (merged, closed, branch deleted, in conflict) and the night that follows each."""

from __future__ import annotations

import pytest

from agent.deliveries.github.texts import delivered_papers
from agent.errors import DeliveryError
from tests.replicas.github_server import person
from tests.support.small_list import World, draft, line_of

KEPT, DROPPED = "2511.00001", "2511.00002"


def reviewed(world: World) -> None:
    """A night with two drafts, of which a person drops one and the base moves on elsewhere."""
    world.begin(draft(KEPT, "1"), draft(DROPPED, "2"))
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(DROPPED)}\n", ""))
    world.bare.edit("main", lambda text: f"{text}four\n", path="notes.txt")


@pytest.mark.parametrize(
    ("how", "branch"),
    [
        ("squash", "deleted"),
        ("rebase", "left"),
        ("merge", "deleted"),
        pytest.param("squash", "left", marks=pytest.mark.slow),
        pytest.param("rebase", "deleted", marks=pytest.mark.slow),
        pytest.param("merge", "left", marks=pytest.mark.slow),
    ],
)
def test_after_a_merge_the_lines_that_are_there_were_accepted(world: World, how: str, branch: str) -> None:
    reviewed(world)
    world.hub.merge(1, how)
    if branch == "deleted":
        world.bare.delete("triage/drafts")
    world.night(draft("2511.00009", "2"))
    assert world.kinds() == {KEPT: "accepted", DROPPED: "rejected"}
    assert world.list("main") == {KEPT: "1"}
    assert world.list() == {KEPT: "1", "2511.00009": "2"}
    assert [(pull["number"], pull["state"]) for pull in world.hub.pulls] == [(1, "closed"), (2, "open")]
    assert world.bare.log("triage/drafts") == ["Draft: Paper 2511.00009"]
    assert delivered_papers(world.hub.pull(2)["body"]) == {"2511.00009"}
    world.night()
    assert world.kinds() == {KEPT: "accepted", DROPPED: "rejected"}


@pytest.mark.parametrize("step", ["GET /pulls", "discover git-upload-pack"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_merge_while_the_remote_is_read_refuses_nothing(world: World, step: str, deleted: bool) -> None:
    def merge() -> None:
        world.hub.merge(1, "squash")
        if deleted:
            world.bare.delete("triage/drafts")

    world.begin(draft(KEPT))
    (world.hub if step.startswith("GET") else world.git).before[step] = merge
    world.read_back()
    assert set(world.kinds().values()) <= {"accepted"}
    world.night()
    assert world.kinds() == {KEPT: "accepted"}
    assert world.hub.open_pulls() == []


def test_a_line_moved_or_edited_before_the_merge_is_recorded_as_such(world: World) -> None:
    world.begin(draft(KEPT, "1"), draft(DROPPED, "1"))
    better = line_of(KEPT).replace("arXiv 2025.", "ACL 2025.")
    world.bare.edit("triage/drafts", lambda text: text.replace(line_of(KEPT), better))
    moved = f"{line_of(DROPPED)}\n"
    world.bare.edit("triage/drafts", lambda text: text.replace(moved, "").replace("\nThe end", f"{moved}\nThe end"))
    world.hub.merge(1, "squash")
    world.night()
    assert world.kinds() == {KEPT: "edited", DROPPED: "moved"}


def test_a_branch_pushed_straight_into_the_base_counts_as_merged(world: World) -> None:
    world.begin(draft(KEPT))
    world.bare._move("main", str(world.bare.head("triage/drafts")))
    world.night(draft("2511.00009"))
    assert world.kinds() == {KEPT: "accepted"}
    assert world.bare.log("triage/drafts") == ["Draft: Paper 2511.00009"]


def test_a_squashed_branch_with_later_work_of_a_person_is_left_alone(world: World) -> None:
    world.begin(draft(KEPT))
    world.hub.merge(1, "squash")
    own = world.bare.edit("triage/drafts", lambda text: f"{text}Not merged yet.\n")
    world.night(draft("2511.00009"))
    assert world.bare.head("triage/drafts") == own
    assert world.hub.pull(2)["head"]["ref"] == "triage/drafts-2"
    assert world.list("triage/drafts-2") == {KEPT: "1", "2511.00009": "1"}
    world.night(draft("2511.00010"))
    assert set(world.list("triage/drafts-2")) == {KEPT, "2511.00009", "2511.00010"}
    assert len(world.hub.pulls) == 2


def test_a_pull_request_closed_by_a_person_rejects_all_its_open_drafts_once(world: World) -> None:
    world.begin(draft(KEPT), draft(DROPPED))
    world.hub.close(1)
    world.night()
    assert world.kinds() == {KEPT: "rejected", DROPPED: "rejected"}
    assert world.decided[KEPT].note == "pull request #1 was closed unmerged"
    assert len(world.hub.pulls) == 1, "nothing to propose: no new pull request"
    world.night(draft("2511.00009"))
    assert world.hub.pull(2)["head"]["ref"] == "triage/drafts"
    assert world.list() == {"2511.00009": "1"}


def test_a_pull_request_that_a_person_opens_again_is_up_for_review_again(world: World) -> None:
    world.begin(draft(KEPT), draft(DROPPED))
    world.hub.close(1)
    world.night()
    world.hub.reopen(1)
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(DROPPED)}\n", ""))
    world.night()
    assert (world.kinds(), list(world.open)) == ({DROPPED: "rejected"}, [KEPT])
    assert world.hub.pull(1)["title"] == "Triage: 1 drafts"


def test_a_refused_draft_that_was_merged_after_all_was_accepted(world: World) -> None:
    world.begin(draft(KEPT))
    world.hub.close(1)
    world.night()
    world.hub.reopen(1)
    world.hub.merge(1, "rebase")
    world.night()
    assert world.kinds() == {KEPT: "accepted"}


def test_a_refused_draft_stays_refused_when_its_branch_is_deleted(world: World) -> None:
    world.begin(draft(KEPT), draft(DROPPED))
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(DROPPED)}\n", ""))
    world.night()
    world.bare.delete("triage/drafts")
    world.night()
    assert world.kinds() == {DROPPED: "rejected"}
    assert world.list() == {KEPT: "1"}


def test_closed_first_and_deleted_afterwards_is_still_closed_by_a_person(world: World) -> None:
    world.begin(draft(KEPT))
    world.hub.close(1)
    world.hub.later(minutes=1)
    world.bare.delete("triage/drafts")
    world.hub._event(1, "head_ref_deleted")
    world.night()
    assert world.kinds() == {KEPT: "rejected"}


def test_a_person_s_commits_on_a_closed_pull_request_stay_on_its_branch(world: World) -> None:
    world.begin(draft(KEPT))
    own = world.bare.edit("triage/drafts", lambda text: f"{text}Mine.\n")
    world.hub.close(1)
    world.night(draft("2511.00009"))
    assert world.bare.head("triage/drafts") == own
    assert world.hub.pull(2)["head"]["ref"] == "triage/drafts-2"


@pytest.mark.parametrize("events", [True, False], ids=["with events", "without events"])
def test_drafts_of_a_deleted_branch_are_undecided_and_come_again(world: World, events: bool) -> None:
    world.begin(draft(KEPT, "1"), draft(DROPPED, "2"))
    world.bare.delete("triage/drafts")
    world.hub.look()
    if not events:
        world.hub.events.clear()
    assert world.hub.pull(1)["state"] == "closed"
    world.night()
    assert world.kinds() == {}
    assert [pull["state"] for pull in world.hub.pulls] == ["closed", "open"]
    assert world.list() == {KEPT: "1", DROPPED: "2"}


def test_a_draft_moved_on_a_branch_that_is_then_deleted_is_undecided_again(world: World) -> None:
    world.begin(draft(KEPT, "1"))
    line = f"{line_of(KEPT)}\n"
    world.bare.edit("triage/drafts", lambda text: text.replace(line, "").replace("\nThe end", f"{line}\nThe end"))
    world.night()
    assert world.kinds() == {KEPT: "moved"}
    world.bare.delete("triage/drafts")
    world.night()
    assert world.kinds() == {}
    assert set(world.list()) == {KEPT}


def test_a_conflict_leaves_the_branch_alone_and_is_told_once(world: World) -> None:
    world.begin(draft(KEPT, "1"))
    tip = world.bare.head("triage/drafts")
    body = world.hub.pull(1)["body"]
    world.bare.edit(
        "main", lambda text: text.replace("\n\n## 2 Beta", "\n- [By hand](https://x.org) 2025.\n\n## 2 Beta")
    )
    world.propose(draft("2511.00009"))
    for _ in range(2):
        with pytest.raises(
            DeliveryError, match=r"main no longer merges into triage/drafts: resolve .*/pull/1; nothing"
        ):
            world.deliver()
    assert (world.bare.head("triage/drafts"), world.hub.pull(1)["body"]) == (tip, body)
    [comment] = world.hub.comments[1]
    assert "Resolve conflicts" in comment["body"]


def test_a_conflict_that_a_person_resolved_lets_the_next_night_go_on(world: World) -> None:
    world.begin(draft(KEPT, "1"))
    by_hand = "- [By hand](https://x.org) 2025."
    world.bare.edit("main", lambda text: text.replace("\n\n## 2 Beta", f"\n{by_hand}\n\n## 2 Beta"))
    with pytest.raises(DeliveryError):
        world.deliver()
    both = world.bare.text("main").replace(by_hand, f"{line_of(KEPT)}\n{by_hand}")
    world.bare.resolve("triage/drafts", "main", {"README.md": both})
    world.night(draft("2511.00009", "2"))
    assert world.list() == {KEPT: "1", "2511.00009": "2"}
    assert by_hand in world.bare.text("triage/drafts")
    assert world.kinds() == {}


def test_a_draft_that_people_applied_by_hand_is_accepted_without_a_pull_request(world: World) -> None:
    world.propose(draft(KEPT))
    world.bare.edit("main", lambda text: text.replace("\n\n## 2", f"\n{line_of(KEPT)}\n\n## 2"))
    world.night()
    assert world.kinds() == {KEPT: "accepted"}
    assert world.hub.pulls == []


def test_what_people_put_into_the_list_by_hand_stays_in_it_when_they_close_the_pull_request(world: World) -> None:
    world.begin(draft(KEPT), draft(DROPPED))
    better = line_of(KEPT).replace("arXiv 2025.", "ACL 2025.")
    world.bare.edit("main", lambda text: text.replace("\n\n## 2", f"\n{better}\n\n## 2"))
    world.hub.close(1)
    world.night()
    assert world.kinds() == {KEPT: "edited", DROPPED: "rejected"}


def test_comments_are_read_on_an_older_pull_request_that_a_person_opened_again(world: World) -> None:
    world.begin(draft(KEPT))
    world.bare.edit("triage/drafts", lambda text: f"{text}Mine.\n")
    world.hub.close(1)
    world.night(draft("2511.00009"))
    world.hub.comment(2, "editor", f"/triage no {KEPT}")
    world.hub.close(2)
    world.hub.reopen(1)
    world.hub.comment(1, "editor", "/triage draft 2511.00042")
    found = world.read_back()
    assert {paper_id: one.kind for paper_id, one in found.items()} == {
        KEPT: "undecided",
        "2511.00009": "rejected",
        "2511.00042": "promoted",
    }


def test_a_pull_request_of_a_person_from_our_branch_for_another_base_is_left_alone(world: World) -> None:
    world.begin(draft(KEPT))
    world.bare._move("dev", str(world.bare.head("main")))
    ours = world.hub.pull(1)
    world.hub.pulls.append(ours | {"number": 2, "body": "My words.", "user": person("editor"), "base": {"ref": "dev"}})
    world.night(draft("2511.00009"))
    assert world.hub.pull(2)["body"] == "My words."
    assert delivered_papers(ours["body"]) == {KEPT, "2511.00009"}
    ours["base"] = {"ref": "dev"}
    world.night(draft("2511.00010"))
    assert len(world.hub.pulls) == 2, "ours stays the one pull request though people changed its base"


def test_a_line_picked_into_the_base_and_taken_from_the_branch_is_no_refusal(world: World) -> None:
    world.begin(draft(KEPT), draft(DROPPED, "2"))
    first = world.bare.log("triage/drafts", "%H")[0]
    world.bare._move("main", world.bare._git("commit-tree", f"{first}^{{tree}}", "-p", "main", "-m", "Pick one"))
    world.bare.drop("triage/drafts", first)
    world.night()
    assert (world.kinds(), world.list()) == ({}, {KEPT: "1", DROPPED: "2"})
    world.hub.merge(1, "merge")
    world.night()
    assert world.kinds() == {KEPT: "accepted", DROPPED: "accepted"}


def test_a_pull_request_merged_into_another_branch_refuses_nothing(world: World) -> None:
    world.begin(draft(KEPT))
    world.bare._move("dev", str(world.bare.head("main")))
    world.hub.pull(1)["base"]["ref"] = "dev"
    world.hub.pull(1)["merge_commit_sha"] = world.bare.merge("triage/drafts", "squash", "dev")
    world.hub._close(world.hub.pull(1), merged=True)
    world.night()
    assert (world.kinds(), world.list()) == ({}, {KEPT: "1"})
    assert [pull["base"]["ref"] for pull in world.hub.open_pulls()] == ["main"]


def test_the_base_may_be_renamed_after_a_merge(world: World) -> None:
    world.begin(draft(KEPT), draft(DROPPED, "2"))
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(DROPPED)}\n", ""))
    world.hub.merge(1, "rebase")
    world.bare._move("trunk", str(world.bare.head("main")))
    found = world.delivery(base="trunk").read_back(tuple(world.open.values()))
    assert {one.paper_id: one.kind.value for one in found} == {KEPT: "accepted", DROPPED: "rejected"}
