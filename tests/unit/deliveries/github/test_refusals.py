"""What rules and organisations refuse: the reason that GitHub gives is told, and what to do about it."""

from __future__ import annotations

import pytest

from agent.deliveries.github.git import _explain
from agent.errors import DeliveryError
from tests.replicas.github_server import Fault
from tests.support.small_list import World, draft, review

ONE = draft("2511.00001")
SSO = "Resource protected by organization SAML enforcement. You must grant your token access to this organization."
FORBIDS = "The 'owner' organization forbids access via a fine-grained personal access tokens"


def fails(world: World) -> str:
    with pytest.raises(DeliveryError) as caught:
        world.delivery().deliver("run-1", [ONE], review([ONE]))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("violation", "remedy"),
    [
        ("Commits must have verified signatures.", "takes signed commits alone"),
        ("Cannot create ref due to creations being restricted.", "set another [github] branch"),
        ("Branch name must match a given regex pattern: ^feature/", "set another [github] branch"),
        ("Changes must be made through a pull request.", "let the bot push to it (Settings > Branches, or Rules)"),
    ],
)
def test_the_rule_that_was_broken_is_told_and_the_next_night_delivers(
    world: World, violation: str, remedy: str
) -> None:
    world.bare.rule(violation)
    said = fails(world)
    assert remedy in said and f"remote: - {violation} | remote: error: GH013" in said
    world.bare.allow()
    world.night(ONE)
    assert (world.list(), len(world.hub.open_pulls())) == ({ONE.paper_id: "1"}, 1)


def test_what_a_hook_of_the_server_says_comes_before_what_git_makes_of_it() -> None:
    said = (
        "! [remote rejected] (pre-receive hook declined)\nremote:\nremote: POLICY: name a ticket\nerror: failed to push"
    )
    assert "(git: remote: POLICY: name a ticket | ! [remote" in str(_explain(said, "https://github.com"))


@pytest.mark.parametrize(
    "said",
    [
        "remote: The `owner' organization has enabled or enforced SAML SSO.\nfatal: unable to access: error: 403",
        "remote: Your account is suspended. Please visit https://x.org\nfatal: unable to access: error: 403",
    ],
)
def test_git_does_not_ask_for_permissions_where_the_account_is_refused(said: str) -> None:
    told = str(_explain(said, "https://github.com"))
    assert "do as GitHub says" in told and "contents: write" not in told


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (
            Fault("GET /pulls", 403, {"message": SSO}, {"X-GitHub-SSO": "required; url=https://github.com/orgs/o/sso"}),
            "authorize the token at https://github.com/orgs/o/sso",
        ),
        (Fault("GET /pulls", 403, {"message": SSO}), "do as GitHub says"),
        (Fault("GET /pulls", 403, {"message": FORBIDS}), "do as GitHub says"),
        (Fault("GET /pulls", 404, "<html>Page not found</html>"), "ends in /api/v3"),
    ],
)
def test_the_api_does_not_ask_for_permissions_where_none_is_missing(world: World, fault: Fault, remedy: str) -> None:
    world.hub.faults = [fault]
    said = fails(world)
    assert remedy in said and "contents: write" not in said


def test_a_list_in_git_lfs_is_told_as_such(world: World) -> None:
    world.bare.edit("main", lambda _: "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    assert "README.md in http://127.0.0.1" in fails(world) and "kept in Git LFS" in fails(world)


def test_a_token_that_may_not_read_events_reads_the_decisions_all_the_same(world: World) -> None:
    world.begin(ONE)
    world.hub.close(1)
    world.bare.delete("triage/drafts")
    world.hub.faults = [Fault("GET /issues/N/events", 403, {"message": "Resource not accessible"})]
    world.night()
    assert world.list() == {ONE.paper_id: "1"}
