"""``triage run --deliver pr`` end to end: the command as typed, a real repository over HTTP, a stateful GitHub."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.deliveries.github.texts import delivered_papers
from tests.replicas.github_server import Fault
from tests.support.cli import Commands
from tests.support.garden import BRANCH, LIST, TOKEN, WRONG, Garden, kill_at, open_garden

WATERING, GRIPPER, DISEASE = "2511.90001", "2511.90002", "2511.90005"
MERGING = "2511.90004"
"""A car among the plants: relevant enough for the queue, over the budget of three."""


@pytest.fixture
def garden(tmp_path: Path, triage: Commands, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garden]:
    with open_garden(tmp_path, triage, monkeypatch) as made:
        yield made


def test_the_first_night_opens_a_draft_pull_request_that_a_person_can_review(garden: Garden) -> None:
    ended = garden.night("night")
    [pull] = garden.hub.pulls
    assert (ended.code, ended.json["pr_url"], ended.json["patch"]) == (0, pull["html_url"], None)
    assert (pull["draft"], pull["state"], pull["title"]) == (True, "open", "Triage: 3 drafts for 2025-11-13")
    assert [label["name"] for label in pull["labels"]] == ["triage"]
    assert garden.places() == {WATERING: "Watering", GRIPPER: "Pruning and Picking", DISEASE: "Sensing"}
    assert pull["body"].startswith("3 drafts to review. 7 papers were listed (2025-11-13 to 2025-11-13); judge local")
    for draft in ended.json["drafts"]:
        assert draft["title"] in pull["body"] and draft["entry"] + "\n" in garden.text()
    assert "> Our watering robot learns irrigation control" in pull["body"]
    assert "A machine decides when and how much water a plant gets, and gives it." in pull["body"]
    assert "cs.RO" in pull["body"] and "0 calls" in pull["body"]
    assert delivered_papers(pull["body"]) == {WATERING, GRIPPER, DISEASE}


def test_each_paper_is_one_commit_that_adds_one_line_and_main_stays(garden: Garden) -> None:
    before = garden.bare.text("main", LIST)
    drafts = garden.night("night").json["drafts"]
    assert garden.bare.log(BRANCH) == [f"Draft: {draft['title']}" for draft in drafts]
    for message, draft in zip(garden.bare.log(BRANCH, "%B"), drafts, strict=True):
        assert f"Proposed for {draft['section']}" in message and f"> {draft['evidence'][0]}" in message
    assert garden.bare.text("main", LIST) == before
    new = {f"{draft['entry']}\n" for draft in drafts}
    assert "".join(line for line in garden.text().splitlines(keepends=True) if line not in new) == before


def test_the_second_night_appends_to_the_same_pull_request(garden: Garden) -> None:
    first = garden.night("night").json
    commits = garden.bare.log(BRANCH, "%H")
    second = garden.night("second").json
    [pull] = garden.hub.pulls
    assert second["pr_url"] == first["pr_url"]
    assert garden.bare.log(BRANCH, "%H")[:3] == commits
    assert garden.bare.log(BRANCH)[3:] == [f"Draft: {draft['title']}" for draft in second["drafts"]]
    assert pull["title"] == "Triage: 5 drafts for 2025-11-13 to 2025-11-14"
    assert all(draft["title"] in pull["body"] for draft in (*first["drafts"], *second["drafts"]))


def test_a_night_with_nothing_new_leaves_the_branch_alone(garden: Garden) -> None:
    assert garden.night("quiet").json["pr_url"] is None
    assert garden.hub.pulls == []
    garden.night("night")
    tip = garden.bare.head(BRANCH)
    assert garden.night("night").code == 0
    assert garden.bare.head(BRANCH) == tip


def test_what_people_did_on_the_branch_is_kept_recorded_and_never_proposed_again(garden: Garden) -> None:
    garden.night("night")
    moved, gone, edited = (garden.line(paper_id) for paper_id in (WATERING, GRIPPER, DISEASE))
    better = edited.rstrip("\n") + " [Data](https://example.org/leaves)\n"
    garden.edit(lambda text: text.replace(gone, ""))
    garden.edit(lambda text: text.replace(moved, "") + moved)
    garden.edit(lambda text: text.replace(edited, better))
    own = garden.bare.edit(BRANCH, lambda text: f"{text}two\n", "My own commit", "notes.txt")

    assert garden.night("second").code == 0
    expected = {GRIPPER: ("rejected", None), WATERING: ("moved", "sense"), DISEASE: ("edited", "sense")}
    assert garden.decided() == expected
    new = {"2511.90011": "Watering", "2511.90012": "Sensing"}
    assert garden.places() == {WATERING: "Sensing", DISEASE: "Sensing", **new}
    assert better in garden.text() and moved in garden.text() and gone not in garden.text()
    assert garden.bare.text(BRANCH, "notes.txt") == "one\ntwo\n"
    assert garden.bare.is_ancestor(own, str(garden.bare.head(BRANCH)))
    assert garden.hub.pulls[0]["title"] == "Triage: 2 drafts for 2025-11-14"

    tip = garden.bare.head(BRANCH)
    again = garden.night("night", "--rejudge").json
    assert not {draft["paper_id"] for draft in again["drafts"]} & {WATERING, GRIPPER, DISEASE}
    assert garden.decided() == expected
    assert gone not in garden.text() and garden.bare.is_ancestor(str(tip), str(garden.bare.head(BRANCH)))


def test_a_merged_pull_request_is_a_yes_and_the_next_night_opens_another(garden: Garden) -> None:
    garden.night("night")
    garden.hub.merge(1, "squash")
    garden.night("second")
    assert {kind for kind, _ in garden.decided().values()} == {"accepted"}
    assert garden.status()["learned"]["decisions"] == len(garden.decided())
    assert [(pull["number"], pull["state"]) for pull in garden.hub.pulls] == [(1, "closed"), (2, "open")]
    assert delivered_papers(garden.hub.pulls[1]["body"]) == {"2511.90011", "2511.90012"}


def test_a_comment_promotes_a_paper_from_the_queue_and_another_says_no(garden: Garden) -> None:
    garden.night("night")
    garden.hub.comment(1, "passer-by", f"/triage no {WATERING}")
    garden.hub.comment(1, "maintainer", f"/triage draft {MERGING}\n/triage no {GRIPPER}")
    ended = garden.night("quiet")
    assert [draft["paper_id"] for draft in ended.json["drafts"]] == [MERGING]
    assert set(garden.places()) == {WATERING, DISEASE, MERGING}
    assert garden.decided() == {GRIPPER: ("rejected", None)}
    assert "Highway Merging for Automated Cars" in garden.hub.pulls[0]["body"]
    assert garden.night("quiet").json["drafts"] == []


def test_the_queue_of_earlier_nights_stays_in_the_pull_request(garden: Garden) -> None:
    garden.night("night", "--budget", "1")
    garden.night("second")
    assert garden.night("second").code == 0
    body = garden.hub.pulls[0]["body"]
    assert "Queue: 2 relevant papers" in body and f"`{GRIPPER}`" in body and f"`{DISEASE}`" in body
    garden.hub.comment(1, "maintainer", f"/triage draft {DISEASE}")
    garden.night("quiet")
    body = garden.hub.pulls[0]["body"]
    assert "Queue: 1 relevant papers" in body and body.count(f"`{DISEASE}`") == 1


def test_a_paper_refused_with_its_pull_request_comes_again_when_a_person_asks_for_it(garden: Garden) -> None:
    garden.night("night")
    garden.hub.close(1)
    garden.night("second")
    garden.hub.comment(2, "maintainer", f"/triage draft {GRIPPER}")
    assert garden.night("quiet").code == 0
    assert garden.places() == {GRIPPER: "Pruning and Picking", "2511.90011": "Watering", "2511.90012": "Sensing"}
    assert set(garden.decided()) == {WATERING, DISEASE}


def test_the_drafts_of_a_deleted_branch_are_undecided_and_come_again(garden: Garden) -> None:
    garden.night("night")
    garden.bare.delete(BRANCH)
    assert garden.night("quiet").code == 0
    assert garden.decided() == {}
    assert [pull["state"] for pull in garden.hub.pulls] == ["closed", "open"]
    assert set(garden.places()) == {WATERING, GRIPPER, DISEASE}


def test_a_conflict_with_the_base_is_exit_5_and_costs_no_draft(garden: Garden) -> None:
    garden.night("night")
    tip, before = garden.bare.head(BRANCH), garden.bare.text("main", LIST)
    garden.bare.edit("main", lambda text: f"{text}* **[By hand](https://example.org)**\n", path=LIST)
    ended = garden.night("second")
    assert (ended.code, "resolve the conflict on" in ended.err.splitlines()[-1]) == (5, True)
    assert (garden.bare.head(BRANCH), len(garden.hub.comments[1])) == (tip, 1)
    garden.bare.edit("main", lambda _: before, "Take it back", LIST)
    assert garden.night("quiet").code == 0
    assert set(garden.places()) == {WATERING, GRIPPER, DISEASE, "2511.90011", "2511.90012"}


def test_a_closed_pull_request_is_a_no_until_a_person_reconsiders(garden: Garden) -> None:
    garden.night("night")
    garden.hub.close(1)
    assert garden.night("night").json["pr_url"] is None
    assert {kind for kind, _ in garden.decided().values()} == {"rejected"} and len(garden.hub.pulls) == 1
    assert garden.night("night", "--reconsider").json["pr_url"] == garden.hub.pulls[1]["html_url"]
    assert garden.decided() == {}
    assert set(garden.places()) == {WATERING, GRIPPER, DISEASE} == delivered_papers(garden.hub.pulls[1]["body"])


def test_a_wrong_token_is_one_clear_line_and_the_next_night_delivers(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", WRONG)
    ended = garden.night("night")
    summary, problem = ended.err.strip().splitlines()
    assert (ended.code, summary.startswith("triage: 7 listed")) == (5, True)
    assert problem.startswith("triage: ") and "GITHUB_TOKEN is wrong or has expired" in problem
    assert len(ended.json["drafts"]) == 3 and ended.json["pr_url"] is None
    assert (garden.hub.pulls, garden.bare.head(BRANCH)) == ([], None)
    kept = [path.read_bytes() for path in garden.triage.state.rglob("*") if path.is_file()]
    assert WRONG not in ended.out + ended.err and not any(WRONG.encode() in content for content in kept)

    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    assert garden.night("quiet").code == 0
    assert delivered_papers(garden.hub.pulls[0]["body"]) == {WATERING, GRIPPER, DISEASE}


def test_no_token_is_exit_2_before_anything_is_judged(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    ended = garden.night("night")
    assert (ended.code, "GITHUB_TOKEN" in ended.line, garden.git.steps) == (2, True, [])


def test_a_night_killed_between_push_and_pull_request_and_run_again_ends_as_an_undisturbed_one(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden.night("night")
    undisturbed = garden.seen(), garden.remembered()
    with open_garden(tmp_path / "other", garden.triage, monkeypatch) as again:
        kill_at("before POST /pulls", again)
        assert again.bare.head(BRANCH) is not None and again.hub.pulls == []
        assert again.remembered()["runs"] == []
        assert again.night("night").code == 0
        assert (again.seen(), again.remembered()) == undisturbed


def test_a_refusal_survives_the_loss_of_the_state_folder(garden: Garden) -> None:
    garden.night("night")
    gone = garden.line(GRIPPER)
    garden.edit(lambda text: text.replace(gone, ""))
    garden.hub.merge(1, "squash")
    shutil.rmtree(garden.triage.state)
    ended = garden.night("night")
    assert GRIPPER not in {draft["paper_id"] for draft in ended.json["drafts"]}
    assert ended.json["buckets"]["repeat"] >= 1


def test_a_label_that_is_refused_does_not_fail_the_night(garden: Garden) -> None:
    garden.hub.faults = [Fault("POST /issues/N/labels", 403, {"message": "Resource not accessible by integration"})]
    ended = garden.night("night")
    assert ended.code == 0
    assert "has no label triage" in ended.err and "has no label triage" in " ".join(ended.json["notes"])


def test_the_token_is_nowhere_but_in_the_environment_of_git(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file, line, argument and text that a night leaves behind, with a night that fails among them."""
    basic = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    arguments = tmp_path / "arguments"
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    real = shutil.which("git")
    wrapper.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {arguments}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    shown = []
    for fault in ([], [Fault("PATCH /pulls/N", 500, {"message": f"oops {TOKEN}"})], [Fault("GET /pulls", 403, TOKEN)]):
        garden.hub.faults = list(fault)
        ended = garden.night("second" if shown else "night", "--judgments", str(tmp_path / "judgments.jsonl"))
        shown.append(ended.out + ended.err)
    garden.hub.faults = []
    shown.append(garden.triage("run", *garden.options("night"), "--deliver", "patch").out)
    shown.append(json.dumps([garden.seen(), garden.status()]))
    shown.append(arguments.read_text())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(arguments.read_text().splitlines()) > 20 and len(files) > 20
    for secret in (TOKEN, basic):
        assert not any(secret in text for text in shown)
        assert not [path for path in files if secret.encode() in path.read_bytes()]
