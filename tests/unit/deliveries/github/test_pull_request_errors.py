"""Everything that GitHub and git can refuse: one clear line with the remedy, nothing half-done, no token in sight."""

from __future__ import annotations

import base64
import os
import re
import time

import httpx2
import pytest

from agent.deliveries.github.rest import _in_time
from agent.deliveries.github.texts import delivered_papers
from agent.errors import ConfigError, DeliveryError
from tests.replicas.git_server import GitServer
from tests.replicas.github_server import Fault, GitHubServer
from tests.support.small_list import READER, TOKEN, World, draft, review

ONE = draft("2511.00001")
ACTIONS = {"message": "GitHub Actions is not permitted to create or approve pull requests."}
USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795406400"}
LIMIT = {"message": "API rate limit exceeded for installation ID 1."}


def fails(world: World, remedy: str, token: str = TOKEN, **places: str) -> str:
    """Deliver, expect one line with the remedy and without any token, and return it."""
    with pytest.raises(DeliveryError, match=remedy) as caught:
        world.delivery(token, **places).deliver("run-1", [ONE], review([ONE]))
    said = str(caught.value)
    assert "\n" not in said
    chain: BaseException | None = caught.value
    while chain:
        for secret in (token, base64.b64encode(f"x-access-token:{token}".encode()).decode()):
            assert secret not in f"{chain} {chain!r} {vars(chain)}"
        chain = None if chain.__suppress_context__ else chain.__context__
    return said


def nothing_done(world: World) -> None:
    assert world.bare.head("triage/drafts") is None
    assert world.hub.pulls == []


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (Fault("GET /pulls", 401, {"message": "Bad credentials"}), "401.*GITHUB_TOKEN is wrong or has expired"),
        (Fault("GET /pulls", 403, {"message": "Resource not accessible"}), "'pull-requests: write'"),
        (Fault("GET /pulls", 404, {"message": "Not Found"}), "github.repository = 'owner/list' does not exist"),
        (Fault("GET /pulls", 301, {"message": "Moved Permanently"}), "the repository has moved"),
        (Fault("GET /pulls", 502, "<html>Bad gateway</html>"), "GET /pulls with 502; the next run delivers"),
        (Fault("GET /pulls", 200, "<html>Hello</html>"), "not JSON; is TRIAGE_GITHUB_API_URL"),
        (Fault("GET /pulls", 200, {"a": 1}), "with no list; is TRIAGE_GITHUB_API_URL"),
        (Fault("POST /pulls", 403, ACTIONS), "Settings > Actions > General"),
        (Fault("POST /pulls", 403, {"message": "Resource not accessible by integration"}), "'pull-requests: write'"),
        (Fault("POST /pulls", 404, {"message": "Not Found"}), "does not exist, or GITHUB_TOKEN may not see it"),
        (Fault("POST /pulls", 422, {"message": "Invalid", "errors": [{"code": "x"}]}), "422 .Invalid x.; .* check"),
        (Fault("POST /pulls", 500, {"message": "Server Error"}), "POST /pulls with 500; the next run delivers"),
        (Fault("POST /pulls", 403, LIMIT, USED_UP), "until 04:00 UTC; the next run"),
        (Fault("POST /pulls", 429, LIMIT, {"retry-after": "3600"}), "rate limit is used up; the next run delivers"),
    ],
    ids=lambda value: f"{value.step} {value.status}" if isinstance(value, Fault) else "",
)  # fmt: skip
def test_a_refusal_of_the_api_is_one_line_and_leaves_nothing_behind(world: World, fault: Fault, remedy: str) -> None:
    world.hub.faults = [fault]
    fails(world, remedy)
    nothing_done(world)
    world.hub.faults = []
    world.propose(ONE)
    world.deliver()
    assert world.list() == {ONE.paper_id: "1"}


def test_a_rate_limit_used_up_by_the_push_leaves_nothing_half_done(world: World) -> None:
    def used_up() -> None:
        world.hub.faults = [Fault(f"{method} /pulls", 403, LIMIT, USED_UP) for method in ("GET", "POST")]

    world.hub.before["POST /pulls"] = used_up
    fails(world, "until 04:00 UTC; the next run")
    nothing_done(world)


@pytest.mark.parametrize(
    ("step", "status", "remedy"),
    [
        ("discover git-upload-pack", 500, "the next run delivers"),
        ("discover git-upload-pack", 404, "no such repository: set .github. remote"),
        ("discover git-receive-pack", 403, "GITHUB_TOKEN may only read: it needs 'contents: write'"),
        ("git-receive-pack", 502, "the next run delivers"),
    ],
)
def test_a_refusal_of_git_is_one_line_and_leaves_nothing_behind(
    world: World, step: str, status: int, remedy: str
) -> None:
    world.git.faults = {step: status}
    fails(world, remedy)
    nothing_done(world)


def test_a_wrong_token_is_named_as_such(world: World) -> None:
    fails(world, "GITHUB_TOKEN is wrong or has expired", token="ghp_old")
    nothing_done(world)


def test_a_token_that_may_only_read_changes_nothing(world: World) -> None:
    fails(world, "GITHUB_TOKEN may only read: it needs 'contents: write'", token=READER)
    nothing_done(world)


def test_a_protected_branch_is_told_from_a_race(world: World) -> None:
    world.bare.protect("triage/drafts")
    assert "GH006" in fails(world, "the branch is protected: let the bot push to it")
    nothing_done(world)


def test_a_push_that_loses_every_race_ends_with_a_clear_line(world: World) -> None:
    world.begin(ONE)
    tries = []

    def someone_pushes() -> None:
        tries.append(world.bare.edit("triage/drafts", lambda text: f"{text}again\n"))
        world.git.before["git-receive-pack"] = someone_pushes

    world.git.before["git-receive-pack"] = someone_pushes
    two = draft("2511.00002")
    with pytest.raises(DeliveryError, match=r"someone else pushed at the same time .*; run again"):
        world.delivery().deliver("run-2", [ONE, two], review([ONE, two]))
    assert world.bare.head("triage/drafts") == tries[-1]
    assert len(tries) == 3


@pytest.mark.parametrize(
    ("place", "value", "remedy"),
    [
        ("catalog_path", "LIST.md", "LIST.md does not exist in http.*set .github. catalog_path"),
        ("base", "trunk", "the base branch does not exist there: set .github. base"),
        ("repository", "owner/other", "github.repository = 'owner/other' does not exist"),
        ("branch", "main/drafts", "a branch stands in the way of this name"),
        ("api_url", "http://127.0.0.1:1", "cannot be reached .ConnectError.; the next run delivers"),
        ("remote", "http://127.0.0.1:1/list.git", "the next run delivers"),
    ],
)
def test_a_wrong_setting_is_named(world: World, place: str, value: str, remedy: str) -> None:
    fails(world, remedy, **{place: value})
    nothing_done(world)


def test_a_short_rate_limit_is_waited_for(world: World) -> None:
    world.hub.faults = [Fault("POST /pulls", 403, LIMIT, {"retry-after": "7"}, times=1)]
    world.night(ONE)
    assert world.slept == [7.0]
    assert len(world.hub.pulls) == 1


def test_a_server_error_is_tried_again_and_a_lost_answer_makes_no_second_pull_request(world: World) -> None:
    world.hub.faults = [Fault("POST /pulls", 502, "<html>", times=1, acts=True)]
    world.night(ONE)
    assert world.slept == [1.0]
    assert [pull["state"] for pull in world.hub.pulls] == ["open"]
    assert [label["name"] for label in world.hub.pulls[0]["labels"]] == ["triage"]


def test_a_plan_without_draft_pull_requests_gets_a_normal_one(world: World) -> None:
    answer = {"message": "Validation Failed", "errors": [{"message": "Draft pull requests are not supported here."}]}
    answer["message"] = "Draft pull requests are not supported in this repository."
    world.hub.faults = [Fault("POST /pulls", 422, answer, times=1)]
    world.night(ONE)
    assert world.hub.pulls[0]["draft"] is False


def test_a_server_without_labels_gets_a_pull_request_without_them(world: World) -> None:
    world.hub.faults = [Fault("POST /issues/N/labels", 404, {"message": "Not Found"})]
    world.night(ONE)
    assert world.hub.pulls[0]["labels"] == []


def test_pull_requests_of_other_branches_are_not_taken_for_ours(world: World) -> None:
    world.begin(ONE)
    [ours] = world.hub.pulls
    other = ours | {"number": 7, "head": {**ours["head"], "ref": "someone/else"}}
    world.hub.faults = [Fault("GET /pulls", 200, [other, ours], times=1)]
    world.deliver()
    assert len(world.hub.pulls) == 1


def test_an_update_that_is_refused_is_made_by_the_next_run(world: World) -> None:
    world.begin(ONE)
    two = draft("2511.00002", "2")
    world.propose(two)
    world.hub.faults = [Fault("PATCH /pulls/N", 503, {"message": "no"})]
    with pytest.raises(DeliveryError, match="with 503; the next run delivers"):
        world.deliver()
    world.hub.faults = []
    world.night()
    assert world.hub.pull(1)["title"] == "Triage: 2 drafts"
    assert world.list() == {ONE.paper_id: "1", two.paper_id: "2"}


def test_git_that_has_no_identity_and_foreign_settings_still_commits(world: World) -> None:
    hook = world.folder / "hooks" / "pre-push"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (world.folder / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hook.parent}\n\tautocrlf = true\n[user]\n\tuseConfigOnly = true\n"
        "[commit]\n\tgpgSign = true\n[init]\n\tdefaultBranch = odd\n[log]\n\tshowSignature = true\n"
        "[push]\n\tdefault = nothing\n\tgpgSign = true\n\tpushOption = ci.skip\n\trecurseSubmodules = check\n"
        '[trailer]\n\tseparators = "="\n[init]\n\tdefaultObjectFormat = sha256\n'
        "[http]\n\textraHeader = Authorization: Basic bm9ib2R5\n"
        f'[http "{world.places()["remote"]}"]\n\textraHeader = Authorization: Basic bm9ib2R5\n'
        '[url "ssh://git@127.0.0.1:9/"]\n\tinsteadOf = http://\n\tpushInsteadOf = http://127.0.0.1\n'
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(world.folder),
        "GIT_DIR": "/nowhere",
        "GIT_WORK_TREE": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_AUTHOR_DATE": "nonsense",
    }
    world.delivery(environment=environment).deliver("run-1", [ONE], review([ONE]))
    world.hub.pull(1)["body"] = "Written anew by a person."
    world.delivery(environment=environment).deliver("run-2", [], review([]))
    assert world.list() == {ONE.paper_id: "1"}
    assert delivered_papers(world.hub.pull(1)["body"]) == {ONE.paper_id}


def test_a_wrong_token_asks_nobody_for_a_password(world: World) -> None:
    asked = world.folder / "asked"
    ask = world.folder / "askpass"
    ask.write_text(f"#!/bin/sh\ntouch {asked}\necho x\n")
    ask.chmod(0o755)
    environment = {**os.environ, "SSH_ASKPASS": str(ask), "GIT_ASKPASS": str(ask), "DISPLAY": ":0"}
    with pytest.raises(DeliveryError, match="GITHUB_TOKEN is wrong or has expired"):
        world.delivery("ghp_old", environment=environment).deliver("run-1", [ONE], review([ONE]))
    assert not asked.exists()


def test_a_state_folder_that_cannot_be_written_is_one_line(world: World) -> None:
    (world.folder / "file").write_text("not a folder")
    fails(world, "give a writable folder with --state", state="file")


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("token", "ghp_abc\n", "GITHUB_TOKEN holds characters that no token has"),
        ("token", "", "GITHUB_TOKEN holds characters that no token has"),
        ("remote", f"https://x:{TOKEN}@github.com/owner/list.git", "take it out, the token is GITHUB_TOKEN"),
        ("branch", "main", "[github] branch = 'main' is [github] base too"),
    ],
)
def test_a_setting_that_gives_something_away_is_refused_before_anything_happens(
    world: World, setting: str, value: str, remedy: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(remedy)) as caught:
        world.delivery(**{setting: value})
    assert TOKEN not in str(caught.value)


ARCHIVED = {"message": "Repository was archived so is read-only."}
TOO_QUICK = {
    "message": "Validation Failed",
    "errors": [{"resource": "Issue", "code": "custom", "message": "was submitted too quickly"}],
}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
ABUSE = {"message": "You have triggered an abuse detection mechanism. Please retry your request again later."}


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        (Fault("POST /pulls", 422, TOO_QUICK, times=1), 30.0),
        (Fault("POST /pulls", 422, TOO_QUICK, {"retry-after": "9"}, times=1), 9.0),
        (Fault("GET /pulls", 401, {"message": "Bad credentials"}, times=1), 3.0),
        (Fault("POST /pulls", 403, {"message": "Please wait"}, {"retry-after": "0007"}, times=1), 7.0),
        (Fault("POST /pulls", 403, ABUSE, {"retry-after": "7"}, times=1), 7.0),
        (Fault("POST /pulls", 403, SECONDARY, times=1), 60.0),
        (Fault("POST /pulls", 429, SECONDARY, times=1), 60.0),
    ],
    ids=lambda value: f"{value.step} {value.status}" if isinstance(value, Fault) else "",
)  # fmt: skip
def test_a_passing_refusal_is_waited_for_once(world: World, fault: Fault, waited: float) -> None:
    world.hub.faults = [fault]
    world.delivery().read_back(())
    world.propose(ONE)
    world.deliver()
    assert (world.slept, len(world.hub.pulls)) == ([waited], 1)


@pytest.mark.parametrize("fault", [Fault("POST /pulls", 422, TOO_QUICK), Fault("POST /pulls", 403, SECONDARY)])
def test_a_refusal_that_does_not_pass_ends_after_one_wait(world: World, fault: Fault) -> None:
    world.hub.faults = [fault]
    fails(world, "submitted too quickly|rate limit is used up")
    assert len(world.slept) == 1
    nothing_done(world)


def test_a_token_that_git_does_not_know_yet_is_tried_again_once(world: World) -> None:
    world.git.tokens = {}

    def known_by_now(seconds: float) -> None:
        world.slept.append(seconds)
        world.git.tokens = {TOKEN: "write"}

    world.wait = known_by_now
    world.night(ONE)
    assert (world.slept, world.list()) == ([3.0], {ONE.paper_id: "1"})


def test_an_archived_repository_is_said_to_be_archived(world: World) -> None:
    world.hub.faults = [Fault("POST /pulls", 403, ARCHIVED)]
    fails(world, "the repository is archived: unarchive it")
    nothing_done(world)
    world.hub.faults = []
    hook = world.bare.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'This repository was archived so it is read-only.' >&2\nexit 1\n")
    hook.chmod(0o755)
    fails(world, "the repository is archived: unarchive it")


@pytest.mark.parametrize("status", [403, 404, 410, 422])
def test_a_label_that_is_refused_is_a_note(world: World, status: int) -> None:
    world.hub.faults = [Fault("POST /issues/N/labels", status, {"message": "no"})]
    delivered = world.night(ONE)
    assert delivered.pr_url == world.hub.pulls[0]["html_url"]
    assert [note for note in delivered.notes if "has no label triage" in note]


@pytest.mark.parametrize("status", [403, 404, 410, 422])
def test_a_comment_that_cannot_be_posted_is_a_note(world: World, status: int) -> None:
    world.begin(ONE)
    world.hub.comment(1, "editor", "/triage no 2511.77777")
    world.hub.faults = [Fault("POST /issues/N/comments", status, {"message": "Unable to create comment"})]
    delivered = world.night(draft("2511.00002"))
    assert set(world.list()) == {ONE.paper_id, "2511.00002"}
    assert [note for note in delivered.notes if "a comment could not be posted" in note]


def test_an_answer_that_is_too_long_for_a_comment_is_cut(world: World) -> None:
    world.begin(ONE)
    world.hub.comment(1, "editor", "/triage no 2511.77777\n" * 2900)
    world.night()
    world.night()
    assert len(world.hub.comments[1]) == 2
    assert len(world.hub.comments[1][-1]["body"]) <= 65_536


def test_a_title_that_is_too_long_is_cut_and_one_that_is_refused_is_a_note(world: World) -> None:
    world.delivery().deliver("run-1", [ONE], f"# {'Long ' * 100}\n\ntext\n")
    assert len(world.hub.pulls[0]["title"]) == 256
    world.hub.faults = [Fault("PATCH /pulls/N", 422, {"message": "Validation Failed"})]
    delivered = world.delivery().deliver("run-2", [ONE, draft("2511.00002")], "# Short\n\ntext\n")
    assert set(world.list()) == {ONE.paper_id, "2511.00002"}
    assert [note for note in delivered.notes if "is that of an earlier run" in note]


def test_a_renamed_repository_is_told_by_its_new_name(world: World) -> None:
    world.hub.moved = "/repositories/42"
    said = fails(world, "the repository has moved to 'owner/renamed': set .github. repository and remote")
    assert "http" not in said


def test_a_renamed_repository_whose_new_name_is_not_told_has_moved_all_the_same(world: World) -> None:
    def hang_up() -> None:
        raise ConnectionError

    world.hub.moved = "/repositories/42"
    world.hub.before["GET /repositories/N"] = hang_up
    fails(world, "the repository has moved: set .github. repository and remote")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_token_follows_a_redirect_of_the_api(world: World, status: int) -> None:
    with GitHubServer(world.bare, {TOKEN: "write"}) as other:
        headers = {"Location": f"{other.url}/repositories/42?token=canary"}
        world.hub.faults = [Fault("GET /pulls", status, {"message": "Moved Permanently"}, headers)]
        said = fails(world, rf"it has moved to {other.url}: check")
        assert (other.calls, "canary" in said) == ([], False)


@pytest.mark.parametrize("config", ["", "true"])
def test_no_token_follows_a_redirect_of_git_whatever_the_user_configured(world: World, config: str) -> None:
    remote = world.places()["remote"]
    with GitServer(world.folder, {TOKEN: "write"}) as other:
        world.git.moved = other
        if config:
            (world.folder / ".gitconfig").write_text(
                f'[http]\n\tfollowRedirects = true\n[http "{remote}"]\n\tfollowRedirects = true\n'
            )
        environment = {"PATH": os.environ["PATH"], "HOME": str(world.folder)}
        with pytest.raises(DeliveryError, match=r"the repository has moved to http://127.0.0.1:.*: set") as caught:
            world.delivery(environment=environment).deliver("run-1", [ONE], review([ONE]))
        assert (other.steps, TOKEN in str(caught.value)) == ([], False)


@pytest.mark.parametrize(
    "answer",
    [
        Fault("GET /pulls", 200, "[" * 100_000),
        Fault("GET /pulls", 200, "[]" + " " * 17_000_000),
        Fault("GET /pulls", 200, "[]", {"Content-Encoding": "br"}),
        Fault("GET /pulls", 200, "[]", {"Content-Length": "9" * 5000}),
        Fault("GET /pulls", 403, LIMIT, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}),
        Fault("GET /pulls", 403, {"message": "x", "errors": "y"}, {"retry-after": "\u00b2"}),
    ],
    ids=["deep", "long", "brotli", "length", "reset", "retry-after"],
)
def test_an_answer_made_to_exhaust_is_one_line(world: World, answer: Fault) -> None:
    world.hub.faults = [answer]
    fails(world, "GitHub")
    nothing_done(world)


def test_an_answer_that_was_cut_is_asked_for_again(world: World) -> None:
    world.hub.faults = [Fault("GET /pulls", 200, "KL", {"Content-Encoding": "deflate"}, times=1)]
    world.night(ONE)
    assert world.slept == [1.0]
    world.hub.faults = [Fault("GET /pulls", 200, "KL", {"Content-Encoding": "deflate"})]
    fails(world, r"CutBodyError\); the next run delivers")


def test_a_body_that_drips_in_is_given_up() -> None:
    with pytest.raises(httpx2.ReadTimeout):
        list(_in_time(iter([b"[", b"]"]), time.monotonic() - 1))
    assert list(_in_time(iter([b"[", b"]"]), time.monotonic() + 60)) == [b"[", b"]"]


def test_the_clone_is_kept_after_an_error_that_ended_well(world: World) -> None:
    world.git.faults = {"git-receive-pack": 502}
    fails(world, "the next run delivers")
    sign = world.folder / "state" / "github.git" / "sign"
    sign.touch()
    world.git.faults = {}
    world.night(ONE)
    assert sign.exists()


def test_the_clone_of_a_killed_git_is_made_anew(world: World) -> None:
    world.begin(ONE)
    sign = world.folder / "state" / "github.git" / "sign"
    sign.touch()
    killed = world.folder / "bin" / "git"
    killed.parent.mkdir()
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    with pytest.raises(DeliveryError, match="killed by signal 9"):
        world.delivery(environment={**os.environ, "PATH": str(killed.parent)}).deliver("run-2", [ONE], review([ONE]))
    world.night(ONE)
    assert not sign.exists()


def test_a_clone_that_was_damaged_is_made_anew(world: World) -> None:
    world.begin(ONE)
    for path in (world.folder / "state" / "github.git" / "objects").glob("??/*"):
        path.unlink()
        path.touch()
    fails(world, "the next run makes its clone anew")
    world.night(ONE)
    assert world.list() == {ONE.paper_id: "1"}
