"""The pull request from night to night, against a real repository over HTTP and a stateful GitHub."""

from __future__ import annotations

import subprocess

from agent.deliveries.github.texts import delivered_papers
from tests.support.small_list import README, TOKEN, World, draft, line_of


def test_the_first_night_opens_one_draft_pull_request(world: World) -> None:
    delivered = world.night(draft("2511.00001", "1"), draft("2511.00002", "2"))
    [pull] = world.hub.pulls
    assert delivered.pr_url == pull["html_url"]
    assert (pull["draft"], pull["state"], pull["title"]) == (True, "open", "Triage: 2 drafts")
    assert (pull["head"]["ref"], pull["base"]["ref"]) == ("triage/drafts", "main")
    assert [label["name"] for label in pull["labels"]] == ["triage"]
    assert pull["body"].startswith("- 2511.00001: Paper 2511.00001")
    assert delivered_papers(pull["body"]) == {"2511.00001", "2511.00002"}


def test_each_paper_is_one_commit_with_its_title_and_verdict(world: World) -> None:
    world.begin(draft("2511.00001", "1"), draft("2511.00002", "2"))
    first, second = world.bare.log("triage/drafts", "%B")
    assert first.startswith("Draft: Paper 2511.00001\n\nProposed for 1 with a score of 0.90.")
    assert "> We select data." in first
    assert "Triage-Paper: 2511.00002" in second.splitlines()[-2]
    assert world.bare.log("triage/drafts", "%an %ae") == ["paper-triage[bot] paper-triage@noreply.invalid"] * 2


def test_only_whole_lines_are_added_to_the_list(world: World) -> None:
    world.begin(draft("2511.00001", "1"), draft("2511.00002", "2"))
    text = world.bare.text("triage/drafts")
    assert text.replace(f"{line_of('2511.00001')}\n", "").replace(f"{line_of('2511.00002')}\n", "") == README
    assert world.list() == {"2511.00001": "1", "2511.00002": "2"}
    assert world.bare.text("main") == README


def test_the_second_night_appends_to_the_same_pull_request(world: World) -> None:
    world.begin(draft("2511.00001"))
    world.night(draft("2511.00002"))
    [pull] = world.hub.pulls
    assert pull["title"] == "Triage: 2 drafts"
    assert world.bare.log("triage/drafts") == ["Draft: Paper 2511.00001", "Draft: Paper 2511.00002"]
    assert delivered_papers(pull["body"]) == {"2511.00001", "2511.00002"}


def test_a_night_done_twice_is_a_night_done_once(world: World) -> None:
    world.begin(draft("2511.00001"))
    before = world.state()
    calls = len(world.hub.calls)
    world.deliver()
    assert world.state() == before
    assert {call.method for call in world.hub.calls[calls:]} == {"GET"}


def test_a_quiet_night_without_a_pull_request_changes_nothing(world: World) -> None:
    assert world.night().pr_url is None
    assert world.bare.head("triage/drafts") is None
    assert world.hub.pulls == []


def test_what_people_did_on_the_branch_is_kept_and_recorded(world: World) -> None:
    gone, moved, edited, kept = (f"2511.0000{n}" for n in range(1, 5))
    world.begin(*(draft(paper_id, "1") for paper_id in (gone, moved, edited, kept)))
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(gone)}\n", ""))
    world.bare.edit(
        "triage/drafts",
        lambda text: text.replace(f"{line_of(moved)}\n", "").replace("\nThe end", f"{line_of(moved)}\n\nThe end"),
    )
    better = line_of(edited).replace("arXiv 2025.", "ACL 2025.")
    world.bare.edit("triage/drafts", lambda text: text.replace(line_of(edited), better))
    own = world.bare.edit("triage/drafts", lambda text: f"{text}Thanks!\n", "My own commit")

    world.night(draft("2511.00009", "2"))

    assert world.kinds() == {gone: "rejected", moved: "moved", edited: "edited"}
    assert world.decided[moved].section == "2"
    assert world.decided[edited].note == better
    assert list(world.open) == [kept, "2511.00009"]
    assert world.list() == {edited: "1", kept: "1", moved: "2", "2511.00009": "2"}
    text = world.bare.text("triage/drafts")
    assert better in text and "Thanks!" in text
    assert world.bare.is_ancestor(own, str(world.bare.head("triage/drafts")))
    world.night()
    assert world.list() == {edited: "1", kept: "1", moved: "2", "2511.00009": "2"}


def test_a_commit_that_a_person_dropped_from_the_branch_is_a_no(world: World) -> None:
    world.begin(draft("2511.00001"), draft("2511.00002", "2"), draft("2511.00003"))
    world.bare.drop("triage/drafts", world.bare.log("triage/drafts", "%H")[1])
    world.night()
    assert world.kinds() == {"2511.00002": "rejected"}
    assert set(world.list()) == {"2511.00001", "2511.00003"}


def test_a_line_that_people_put_back_as_it_was_is_undecided_again(world: World) -> None:
    gone, moved = "2511.00001", "2511.00002"
    world.begin(draft(gone, "1"), draft(moved, "1"))
    before, line = world.bare.text("triage/drafts"), f"{line_of(moved)}\n"
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of(gone)}\n", ""))
    world.bare.edit("triage/drafts", lambda text: text.replace(line, "").replace("\nThe end", f"{line}\nThe end"))
    world.night()
    assert world.kinds() == {gone: "rejected", moved: "moved"}
    world.bare.edit("triage/drafts", lambda _: before, "Revert")
    world.night()
    assert world.kinds() == {}
    assert world.hub.pull(1)["title"] == "Triage: 2 drafts"
    world.hub.merge(1, "squash")
    world.night()
    assert world.kinds() == {gone: "accepted", moved: "accepted"}


def test_a_line_deleted_while_the_night_ran_is_not_put_back(world: World) -> None:
    world.begin(draft("2511.00001"), draft("2511.00002"))
    world.read_back()
    world.bare.edit("triage/drafts", lambda text: text.replace(f"{line_of('2511.00001')}\n", ""))
    world.deliver()
    assert set(world.list()) == {"2511.00002"}
    world.read_back()
    assert world.kinds() == {"2511.00001": "rejected"}


def test_the_base_is_merged_in_when_it_has_moved(world: World) -> None:
    world.begin(draft("2511.00001", "1"))
    world.bare.edit("main", lambda text: text.replace("The end.", "The end, revised."))
    world.bare.edit("main", lambda text: f"{text}four\n", path="notes.txt")
    world.night(draft("2511.00002", "1"))
    assert "The end, revised." in world.bare.text("triage/drafts")
    assert "four" in world.bare.text("triage/drafts", "notes.txt")
    assert set(world.list()) == {"2511.00001", "2511.00002"}
    assert "Merge main into triage/drafts" in world.bare.log("triage/drafts")
    assert world.bare.is_ancestor(str(world.bare.head("main")), str(world.bare.head("triage/drafts")))


def test_the_user_s_own_repository_and_identity_are_not_needed_or_touched(world: World) -> None:
    world.begin(draft("2511.00001"))
    clone = world.folder / "state" / "github.git"
    config = (clone / "config").read_text()
    assert "bare = true" in config and TOKEN not in config
    assert not (world.folder / "state" / "github.git.in-use").exists()
    found = subprocess.run(["grep", "-r", TOKEN, str(world.folder)], capture_output=True, check=False)
    assert found.stdout == b""


def test_two_runs_at_once_end_in_one_pull_request_with_both_nights_papers(world: World) -> None:
    def other_run() -> None:
        world.delivery(state="elsewhere").deliver("run-2", [draft("2511.00007")], "# Triage: 1 draft\n\nx\n")

    world.git.before["git-receive-pack"] = other_run
    world.night(draft("2511.00001"))
    [pull] = world.hub.pulls
    assert set(world.list()) == {"2511.00001", "2511.00007"}
    assert delivered_papers(pull["body"]) == {"2511.00001", "2511.00007"}


def test_the_objects_of_many_nights_are_packed(world: World) -> None:
    world.begin(draft("2511.00001"))
    clone = world.folder / "state" / "github.git"
    tip = subprocess.run(
        ["git", f"--git-dir={clone}", "rev-parse", "refs/remotes/origin/main"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    # git guesses the number of loose objects from one of its 256 folders, so that one is filled.
    stray = clone / "objects" / "17"
    stray.mkdir(exist_ok=True)
    for number in range(5):
        (stray / f"{number:038x}").write_bytes((clone / "objects" / tip[:2] / tip[2:]).read_bytes())
    world.night(draft("2511.00002"))
    assert list((clone / "objects" / "pack").glob("*.pack"))
    assert set(world.list()) == {"2511.00001", "2511.00002"}


def test_a_title_that_people_gave_stays(world: World) -> None:
    world.begin(draft("2511.00001"))
    world.hub.pull(1)["title"] = "Papers of the week"
    world.night(draft("2511.00002"))
    assert world.hub.pull(1)["title"] == "Papers of the week"
    assert delivered_papers(world.hub.pull(1)["body"]) == {"2511.00001", "2511.00002"}
