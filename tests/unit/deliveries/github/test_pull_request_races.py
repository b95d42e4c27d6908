"""What people and GitHub do while a night runs: nothing is proposed against a no, and nothing is decided unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.errors import DeliveryError
from tests.replicas.github_server import Fault
from tests.support.small_list import World, draft, line_of, review

OLD, GONE, NEW = draft("2511.00001"), draft("2511.00002", "2"), draft("2511.00003")


def merge(world: World) -> None:
    world.hub.merge(1, "squash")


def close(world: World) -> None:
    world.hub.close(1)


def take_out_and_merge(world: World) -> None:
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(GONE.paper_id)}\n", ""))
    world.hub.merge(1, "squash")
    world.bare.delete("triage/drafts")


ENDINGS = [
    pytest.param(merge, {OLD.paper_id: "accepted", GONE.paper_id: "accepted"}, id="merged"),
    pytest.param(close, {OLD.paper_id: "rejected", GONE.paper_id: "rejected"}, id="closed"),
    pytest.param(take_out_and_merge, {OLD.paper_id: "accepted", GONE.paper_id: "rejected"}, id="half merged"),
]


def the_next_night_goes_on(world: World, expected: dict[str, str]) -> None:
    world.night()
    assert world.kinds() == expected
    [pull] = world.hub.open_pulls()
    proposed = world.bare.text(pull["head"]["ref"]), world.bare.text("main")
    assert line_of(NEW.paper_id) in proposed[0] and line_of(NEW.paper_id) not in proposed[1]
    assert [text.count(line_of(OLD.paper_id)) for text in proposed] == 2 * [expected[OLD.paper_id] == "accepted"]
    assert line_of(GONE.paper_id) not in proposed[0] or expected[GONE.paper_id] == "accepted"


@pytest.mark.parametrize(("end", "expected"), ENDINGS)
def test_a_pull_request_that_ends_while_papers_are_judged_is_read_before_more_is_proposed(
    world: World, end: Callable[[World], None], expected: dict[str, str]
) -> None:
    world.begin(OLD, GONE)
    delivery = world.delivery()
    delivery.read_back([OLD, GONE])
    end(world)
    world.propose(NEW)
    drafts = tuple(world.open.values())
    with pytest.raises(DeliveryError, match="pull/1 was closed or merged while this run went on"):
        delivery.deliver("run-2", drafts, review(drafts))
    the_next_night_goes_on(world, expected)


@pytest.mark.parametrize(("end", "expected"), ENDINGS)
def test_what_is_pushed_to_a_pull_request_that_just_ended_is_proposed_by_the_next_night(
    world: World, end: Callable[[World], None], expected: dict[str, str]
) -> None:
    world.begin(OLD, GONE)
    world.propose(NEW)
    world.git.before["discover git-receive-pack"] = lambda: end(world)
    delivery, drafts = world.delivery(), tuple(world.open.values())
    delivery.read_back([OLD, GONE])
    with pytest.raises(DeliveryError, match="the next run reads what was decided there"):
        delivery.deliver("run-2", drafts, review(drafts))
    the_next_night_goes_on(world, expected)


def test_a_pull_request_that_lists_do_not_tell_yet_is_not_closed(world: World) -> None:
    lost = Fault("POST /pulls", 502, "<html>Unicorn</html>", times=1, acts=True)
    world.hub.faults = [Fault("GET /pulls", 200, [], times=3), lost]
    world.propose(OLD)
    with pytest.raises(DeliveryError, match="A pull request already exists"):
        world.deliver()
    assert [pull["number"] for pull in world.hub.open_pulls()] == [1]
    world.hub.faults.clear()
    world.night(NEW)
    assert ([pull["number"] for pull in world.hub.open_pulls()], len(world.hub.pulls)) == ([1], 1)
    assert world.list() == {OLD.paper_id: "1", NEW.paper_id: "1"}


def test_a_leftover_that_a_rule_keeps_stays_and_another_name_is_used(world: World) -> None:
    world.begin(OLD)
    world.hub.merge(1, "squash")
    world.bare.rule("Cannot delete this branch", on_deletions=True)
    world.night(NEW)
    assert [pull["head"]["ref"] for pull in world.hub.open_pulls()] == ["triage/drafts-2"]
    assert (world.kinds(), list(world.open)) == ({OLD.paper_id: "accepted"}, [NEW.paper_id])
    world.hub.merge(2, "rebase")
    world.night(draft("2511.00004", "2"))
    assert [pull["head"]["ref"] for pull in world.hub.open_pulls()] == ["triage/drafts-3"]


def test_why_no_pull_request_was_opened_is_told_also_where_its_branch_has_to_stay(world: World) -> None:
    world.bare.rule("Cannot delete this branch", on_deletions=True)
    world.hub.faults = [Fault("POST /pulls", 403, {"message": "Resource not accessible by integration"})]
    world.propose(OLD)
    with pytest.raises(DeliveryError, match="POST /pulls with 403"):
        world.deliver()
    world.hub.faults.clear()
    world.night()
    assert (world.list(), len(world.hub.pulls)) == ({OLD.paper_id: "1"}, 1)
