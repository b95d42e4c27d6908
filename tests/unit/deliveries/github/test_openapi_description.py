"""The requests of the delivery and the answers of the replica, held against GitHub's official OpenAPI description."""

from __future__ import annotations

from typing import Any

import pytest

from agent.deliveries.github.answers import Comment, Event, Permission, Pull, Review
from tests.replicas.github_openapi import PACKAGE, Description, load
from tests.replicas.github_server import Call
from tests.support.small_list import World, draft

jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema")


@pytest.fixture(scope="module")
def github() -> Description:
    document = load()
    if document is None:
        pytest.skip(f"needs npm and the package {PACKAGE}")
    return Description(document)


def busy_nights(world: World) -> list[Call]:
    """Nights in which every call is made at least once, with refusals."""
    world.night(draft("2511.00001"), draft("2511.00002", "2"))
    world.hub.comment(1, "editor", "/triage no 2511.00001")
    world.hub.comment(1, "editor", "/triage move 2511.00002 9")
    world.hub.comment(1, "stranger", "/triage no 2511.00002")
    world.hub.review(1, "stranger", "/triage no 2511.00002", line=True)
    world.hub.review(1, "stranger", "/triage no 2511.00002")
    world.night(draft("2511.00003"))
    world.bare.delete("triage/drafts")
    world.night()
    return world.hub.calls


def without_null_descriptions(answer: Any) -> Any:
    """Leave out the descriptions of labels: those of pull requests may be null too, which recorded answers show."""
    if isinstance(answer, list):
        return [without_null_descriptions(row) for row in answer]
    if not isinstance(answer, dict):
        return answer
    kept = {key: value for key, value in answer.items() if (key, value) != ("description", None)}
    return {key: without_null_descriptions(value) for key, value in kept.items()}


def test_every_request_and_every_answer_is_one_that_github_describes(world: World, github: Description) -> None:
    seen = set()
    for call in busy_nights(world):
        operation = github.operation(call.method, call.path)
        seen.add(operation["operationId"])
        if call.method != "GET":
            jsonschema.validate(call.body, github.request_schema(operation))
        jsonschema.validate(without_null_descriptions(call.answer), github.answer_schema(operation, call.status))
    assert seen == {
        "pulls/get",
        "pulls/list",
        "pulls/create",
        "pulls/update",
        "issues/add-labels",
        "issues/list-comments",
        "issues/create-comment",
        "issues/list-events",
        "pulls/list-review-comments",
        "pulls/list-reviews",
        "repos/get-collaborator-permission-level",
        "users/get-authenticated",
    }


def test_a_request_that_github_does_not_describe_is_found(github: Description) -> None:
    create = github.operation("POST", "/repos/owner/list/pulls")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"title": "t", "head": "h"}, github.request_schema(create))
    answer: dict[str, Any] = {"number": "one"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, github.answer_schema(create, 201))


def test_every_field_that_is_read_is_one_that_github_always_sends(github: Description) -> None:
    for kind in ("pull-request", "pull-request-simple"):
        assert set(Pull.model_fields) <= github.required(kind)
    assert set(Permission.model_fields) <= github.required("repository-collaborator-permission")
    for kind in github.alternatives("issue-event-for-issue"):
        assert set(Event.model_fields) <= github.required(kind), kind
    for kind in ("issue-comment", "pull-request-review-comment"):
        assert set(Comment.model_fields) - {"body"} <= github.required(kind), kind
    assert set(Review.model_fields) - {"submitted_at"} <= github.required("pull-request-review")
