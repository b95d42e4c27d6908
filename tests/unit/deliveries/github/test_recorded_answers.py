"""GitHub's recorded answers through the REST client, and the replica's answers held against them field by field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from agent.deliveries.github.answers import Comment
from agent.deliveries.github.api import GitHub
from agent.deliveries.github.rest import CallRefused
from tests.replicas.github_recorded import PACKAGE, Recorded, RecordedServer, load
from tests.support.small_list import TOKEN, World, draft


def recorded(scenario: str) -> list[Recorded]:
    rows = load(scenario)
    if rows is None:
        pytest.skip(f"needs npm and the package {PACKAGE}")
    return rows


@contextmanager
def client_of(scenario: str) -> Iterator[GitHub]:
    with RecordedServer(recorded(scenario)) as server:
        github = GitHub(server.url, f"octokit-fixture-org/{scenario}", SecretStr(TOKEN), sleep=lambda seconds: None)
        with github.opened():
            yield github


def ask(world: World, method: str, path: str, body: Any = None, **query: str) -> httpx2.Response:
    """Ask the replica."""
    url = f"{world.hub.url}/repos/owner/list{path}"
    return httpx2.request(method, url, json=body, params=query, headers={"Authorization": f"Bearer {TOKEN}"})


def shape(value: Any) -> Any:
    """Return the keys of a value with the types of what they hold; a list has the shape of its first row."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def links(header: str) -> set[str]:
    return {part.partition('rel="')[2].strip('"') for part in header.split(",")}


def test_labels_are_added_and_the_replica_answers_them_in_the_same_shape(world: World) -> None:
    with client_of("add-labels-to-issue") as github:
        github.add_labels(1, ["Foo", "bAr", "baZ"])
    real = next(row for row in recorded("add-labels-to-issue") if row.path.endswith("/labels"))
    world.begin(draft("2511.00001"))
    ours = ask(world, "POST", "/issues/1/labels", {"labels": ["triage"]})
    assert (ours.status_code, shape(ours.json())) == (real.status, shape(real.answer))


def test_a_renamed_repository_is_told_by_its_new_name_and_the_replica_moves_alike(world: World) -> None:
    with client_of("rename-repository") as github:
        for call in (lambda: github.pulls("triage/drafts"), lambda: github.update_pull(1, title="t", body="b")):
            with pytest.raises(CallRefused, match="has moved to 'octokit-fixture-org/rename-repository-newname'"):
                call()
    rows = recorded("rename-repository")
    world.begin(draft("2511.00001"))
    world.hub.moved = "/repositories/42"
    for method, path, body in (("GET", "", None), ("PATCH", "/pulls/1", {"title": "t"})):
        real = next(row for row in rows if row.method == method and row.status in (301, 307))
        ours = ask(world, method, path, body)
        assert (ours.status_code, shape(ours.json())) == (real.status, shape(real.answer)), method
        assert ours.headers["location"].startswith(f"{world.hub.url}/repositories/")


def test_a_refusal_is_told_in_github_s_words_and_the_replica_refuses_in_the_same_shape(world: World) -> None:
    with client_of("errors") as github, pytest.raises(CallRefused, match=r"with 422 \(Validation Failed invalid\)"):
        github._rest.call("POST", "/labels", {"name": "foo", "color": "invalid"})
    (real,) = recorded("errors")
    ours = ask(world, "POST", "/pulls", {"title": "t", "body": "b", "head": "nowhere", "base": "main"})
    assert (ours.status_code, shape(ours.json())) == (real.status, shape(real.answer))


def test_pages_are_read_to_the_last_and_the_replica_links_them_alike(world: World) -> None:
    with client_of("paginate-issues") as github:
        rows = list(github._rest.pages("/issues", Comment, {}))
    assert len({row.id for row in rows}) == len(rows) == 13
    assert all(row.user and row.user.login for row in rows)
    pages = recorded("paginate-issues")
    world.begin(draft("2511.00001"))
    for number in range(13):
        world.hub.comment(1, "stranger", f"remark {number}")
    for number, real in enumerate(pages, 1):
        ours = ask(world, "GET", "/issues/1/comments", per_page="3", page=str(number))
        assert links(ours.headers["link"]) == links(real.headers["link"]), number
        assert len(ours.json()) == len(real.answer)


def test_people_and_times_have_the_types_that_github_gives_them(world: World) -> None:
    world.begin(draft("2511.00001"))
    world.hub.comment(1, "stranger", "remark")
    real = recorded("paginate-issues")[0].answer[0]
    (pull,), (comment,) = (
        ask(world, "GET", "/pulls", state="all").json(),
        ask(world, "GET", "/issues/1/comments").json(),
    )
    for name in ("number", "html_url", "state", "title", "created_at", "closed_at"):
        assert shape(pull[name]) == shape(real[name]), name
    for row in (pull, comment):
        assert {name: shape(row["user"][name]) for name in ("login", "id", "type")} == {
            name: shape(real["user"][name]) for name in ("login", "id", "type")
        }
    for name in ("id", "body", "created_at", "updated_at", "html_url"):
        assert shape(comment[name]) in (shape(real[name]), "str"), name
