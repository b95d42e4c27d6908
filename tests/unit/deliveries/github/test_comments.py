"""``/triage`` comments: followed once, for people with write access only, and answered when they cannot be followed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.core.catalog.edits import Edit
from agent.core.night.decisions import WantedEntry
from agent.errors import DeliveryError
from agent.records import ByHand
from tests.replicas.github_server import Fault
from tests.support.small_list import World, draft, insert, line_of

ONE, TWO, THREE = "2511.00001", "2511.00002", "2511.00003"


def test_no_takes_the_line_out_and_is_recorded_with_who_said_it(world: World) -> None:
    world.begin(draft(ONE), draft(TWO))
    number = world.hub.comment(1, "editor", f"Not for us.\n\n/triage no arXiv:{ONE}v2\n")
    world.night()
    assert world.kinds() == {ONE: "rejected"}
    assert world.decided[ONE].by == "editor"
    assert set(world.list()) == {TWO}
    last = world.bare.log("triage/drafts", "%B")[-1]
    assert last.startswith(f"Drop: Paper {ONE}\n\nAsked for by editor")
    assert last.strip().endswith(f"Triage-Command: {number}")


def test_move_moves_the_line_with_the_words_people_left_in_it(world: World) -> None:
    world.begin(draft(ONE, "1"))
    better = line_of(ONE).replace("arXiv 2025.", "ACL 2025.")
    world.bare.edit("triage/drafts", lambda text: text.replace(line_of(ONE), better))
    world.hub.comment(1, "maintainer", f"/triage move {ONE} 2")
    world.night()
    assert (world.decided[ONE].kind, world.decided[ONE].section) == ("moved", "2")
    assert world.list() == {ONE: "2"}
    assert better in world.bare.text("triage/drafts")


def test_who_asked_for_a_move_is_still_known_nights_later(world: World) -> None:
    world.begin(draft(ONE, "1"))
    world.hub.comment(1, "editor", f"/triage move {ONE} 2")
    world.night()
    world.night()
    assert (world.decided[ONE].kind, world.decided[ONE].by) == ("moved", "editor")


def test_an_order_is_followed_once_so_that_people_may_change_their_mind(world: World) -> None:
    world.begin(draft(ONE, "1"))
    world.hub.comment(1, "editor", f"/triage move {ONE} 2")
    world.night()
    line = f"{line_of(ONE)}\n"
    world.bare.edit("triage/drafts", lambda text: text.replace(line, "").replace("\n\n## 2", f"\n{line}\n## 2"))
    world.night()
    assert world.list() == {ONE: "1"}


def test_an_order_that_people_carried_out_themselves_is_not_carried_out_again(world: World) -> None:
    world.begin(draft(ONE, "1"))
    before, line = world.bare.text("triage/drafts"), f"{line_of(ONE)}\n"
    world.hub.comment(1, "editor", f"/triage move {ONE} 2")
    world.bare.edit("triage/drafts", lambda text: text.replace(line, "").replace("\nThe end", f"{line}\nThe end"))
    world.night()
    world.bare.edit("triage/drafts", lambda _: before)
    world.night()
    assert world.list() == {ONE: "1"}
    assert world.kinds() == {}


def test_an_entry_whose_link_people_replaced_can_still_be_refused(world: World) -> None:
    world.begin(draft(ONE, title="Choosing Data Well"), draft(TWO))
    published = "- [Choosing Data Well](https://aclanthology.org/x) ACL 2025."
    world.bare.edit("triage/drafts", lambda text: text.replace(line_of(ONE), published))
    world.night()
    assert world.kinds() == {ONE: "edited"}
    world.hub.comment(1, "editor", f"/triage no {ONE}")
    world.night()
    world.night()
    assert world.kinds() == {ONE: "rejected"}
    assert published not in world.bare.text("triage/drafts")


def test_of_two_orders_on_a_paper_the_last_one_counts(world: World) -> None:
    world.begin(draft(ONE, "1"))
    world.hub.comment(1, "editor", f"/triage no {ONE}")
    world.hub.comment(1, "maintainer", f"/triage move {ONE} 2")
    world.night()
    assert world.kinds() == {ONE: "moved"}
    assert world.list() == {ONE: "2"}


def test_draft_asks_for_a_paper_that_was_not_proposed(world: World) -> None:
    world.begin(draft(ONE))
    world.hub.comment(1, "editor", f"/triage draft {TWO}\n/triage draft {ONE}")
    found = world.read_back()
    assert {paper_id: one.kind.value for paper_id, one in found.items()} == {TWO: "promoted"}
    assert found[TWO].by == "editor"
    world.propose(draft(TWO))
    world.deliver()
    assert world.read_back() == {}, "asked for and drafted: done"


@pytest.mark.parametrize("login", ["passer-by", "stranger"])
def test_people_without_write_access_are_not_obeyed(world: World, login: str) -> None:
    world.begin(draft(ONE))
    world.hub.comment(1, login, f"/triage no {ONE}\n/triage draft {TWO}\n/triage nonsense")
    before = world.state()
    assert world.read_back() == {}
    world.deliver()
    assert world.state() == before


def test_an_order_that_cannot_be_followed_is_answered_once(world: World) -> None:
    world.begin(draft(ONE, "1"))
    world.hub.comment(1, "editor", f"/triage move {ONE} 9.9")
    world.hub.comment(1, "editor", "/triage no 2511.77777")
    world.hub.comment(1, "editor", "/triage no @everyone")
    world.night()
    world.night()
    answers = [row["body"] for row in world.hub.comments[1] if row["user"]["login"] == "paper-triage[bot]"]
    assert len(answers) == 3
    assert answers[0].startswith("Not done: '9.9' is not a section; the sections are 1, 2.")
    assert answers[1].startswith("Not done: 2511.77777 is not a draft of this pull request")
    assert "@everyone" not in answers[2]
    assert world.list() == {ONE: "1"}


def test_several_orders_in_one_comment_are_each_followed_or_answered(world: World) -> None:
    world.begin(draft(ONE, "1"), draft(TWO, "1"))
    text = f"/triage no {ONE}\n/triage move {TWO} 9.9\n/triage no 2511.77777\n/triage Move {TWO}. 2"
    world.hub.comment(1, "editor", text)
    world.night()
    world.night()
    assert world.list() == {TWO: "2"}
    assert world.kinds() == {ONE: "rejected", TWO: "moved"}
    [answer] = [row["body"] for row in world.hub.comments[1] if row["user"]["login"] == "paper-triage[bot]"]
    assert answer.count("Not done: ") == 2
    assert "'9.9' is not a section" in answer and "2511.77777 is not a draft" in answer


def test_a_listed_paper_cannot_be_taken_out_by_a_comment(world: World) -> None:
    world.begin(draft(ONE))
    world.hub.comment(1, "maintainer", "/triage no 2001.00001")
    world.night()
    assert "2001.00001" in world.bare.text("triage/drafts")


@pytest.mark.parametrize("page_limit", [100, 60])
def test_hundreds_of_comments_are_all_read_whatever_fits_on_a_page(world: World, page_limit: int) -> None:
    world.hub.page_limit = page_limit
    world.night(draft(ONE))
    for number in range(230):
        world.hub.comment(1, "stranger", f"remark {number}")
    world.hub.comment(1, "editor", f"/triage no {ONE}")
    world.night()
    assert world.kinds() == {ONE: "rejected"}


SKIPPED = {
    "listed already": (Edit(text="", inserted=(), already=(ONE,)), "another entry"),
    "no form fits": (
        Edit(text="", inserted=(), already=(), by_hand=(ByHand(paper_id=ONE, leaf="2", entry="-", reason="odd"),)),
        "odd",
    ),
    "unknown": (Edit(text="", inserted=(), already=()), "state of the last runs is lost"),
}


@pytest.mark.parametrize("why", SKIPPED)
def test_a_line_that_cannot_be_moved_stays_and_the_person_is_told_once(world: World, why: str) -> None:
    edit, told = SKIPPED[why]
    world.begin(draft(ONE))
    world.hub.comment(1, "editor", f"/triage move {ONE} 2")
    world.insert = lambda text, wanted: edit.model_copy(update={"text": text})
    for _ in range(2):
        world.night()
    assert world.list() == {ONE: "1"}
    answers = [row["body"] for row in world.hub.comments[1] if "Not done" in row["body"]]
    assert len(answers) == 1
    assert told in answers[0]


def test_a_paper_that_is_left_to_people_can_be_refused_and_not_moved(world: World) -> None:
    def insert_one(text: str, wanted: Sequence[tuple[str, str]]) -> Edit:
        left = [ByHand(paper_id=key, leaf=leaf, entry="-", reason="odd") for key, leaf in wanted if key != ONE]
        return insert(text, [each for each in wanted if each[0] == ONE]).model_copy(update={"by_hand": tuple(left)})

    world.insert = insert_one
    world.night(draft(ONE), draft(TWO), draft(THREE))
    world.hub.comment(1, "editor", f"/triage no {TWO}")
    world.hub.comment(1, "editor", f"/triage move {THREE} 2")
    for _ in range(2):
        world.night()
        assert world.kinds() == {TWO: "rejected"}
    answers = [row["body"] for row in world.hub.comments[1] if "Not done" in row["body"]]
    assert len(answers) == 1 and f"{THREE} is to be inserted by hand" in answers[0]
    assert TWO not in world.hub.pull(1)["body"].partition("<!--")[0]


@pytest.mark.parametrize("why", SKIPPED)
def test_what_the_review_page_wants_and_the_list_cannot_show_is_told_once(world: World, why: str) -> None:
    edit, told = SKIPPED[why]
    world.begin(draft(ONE))
    world.insert = lambda text, wanted: edit.model_copy(update={"text": text})
    for _ in range(2):
        world.delivery().publish([WantedEntry(paper_id=ONE, title="T", section="2", by="editor")])
    assert world.list() == {ONE: "1"}
    answers = [row["body"] for row in world.hub.comments[1] if "Not done" in row["body"]]
    assert len(answers) == 1
    assert told in answers[0]


def test_what_the_review_page_wants_stays_open_while_nobody_could_be_told_why_it_is_not_done(world: World) -> None:
    edit, told = SKIPPED["no form fits"]
    world.begin(draft(ONE))
    world.insert = lambda text, wanted: edit.model_copy(update={"text": text})
    wanted = [WantedEntry(paper_id=ONE, title="T", section="2", by="editor")]
    world.hub.faults.append(Fault("POST /issues/N/comments", 403, {"message": "Locked"}, times=1))
    with pytest.raises(DeliveryError, match=r"a comment could not be posted on .*Locked"):
        world.delivery().publish(wanted)
    assert world.delivery().publish(wanted) == (ONE,)
    assert told in world.hub.comments[1][-1]["body"]
