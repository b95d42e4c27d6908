"""GitHub's REST API for pull requests, as a stateful replica over a real bare repository.

Source: https://docs.github.com/en/rest/pulls/pulls, /issues/comments, /issues/labels, /issues/events and
/collaborators/collaborators. Like GitHub it closes a pull request whose branch is deleted, calls one merged whose head
the base has, refuses a second one for the same branch and one without commits, and makes labels as they are used.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.replicas.git_server import Bare, Hold

DOCUMENTATION = "https://docs.github.com/rest"


def person(login: str) -> dict[str, Any]:
    """Return an account, as far as anything reads of it."""
    return {"login": login, "id": sum(map(ord, login)), "type": "Bot" if login.endswith("[bot]") else "User"}


@dataclass
class Fault:
    """What one call gets instead of its answer: ``step`` is such as ``POST /pulls``; ``times`` None means always.

    ``acts`` lets the call take effect first, as when only the answer is lost.
    """

    step: str
    status: int
    body: dict[str, Any] | list[Any] | str = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    acts: bool = False


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: Any
    status: int
    answer: Any


class GitHubServer:
    """Serves ``owner/list``. ``tokens`` says what each token may do, ``people`` the permission of each login."""

    def __init__(self, bare: Bare, tokens: dict[str, str], people: dict[str, str] | None = None) -> None:
        self.bare = bare
        self.tokens = tokens
        self.people = people or {}
        self.login: str | None = "paper-triage[bot]"
        """Whose the tokens are; None: GitHub does not tell, as for ``GITHUB_TOKEN`` in GitHub Actions."""
        self.moved: str | None = None
        """The path that GitHub redirects to since the repository was renamed."""
        self.reviews: dict[str, list[dict[str, Any]]] = {}
        self.pulls: list[dict[str, Any]] = []
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.events: dict[int, list[dict[str, Any]]] = {}
        self.faults: list[Fault] = []
        self.page_limit = 100
        self.hold: Hold | None = None
        self.before: dict[str, Callable[[], object]] = {}
        self.calls: list[Call] = []
        self.clock = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
        self._gone: set[int] = set()
        self._looked: dict[int, tuple[str, str]] = {}
        self._lock = threading.RLock()
        self._http = _Http(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> GitHubServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.hold:
            self.hold.let_go.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def resume(self, other: GitHubServer) -> None:
        """Go on where another server stopped, of which this one's repository is a copy."""
        self.pulls = json.loads(json.dumps(other.pulls).replace(other.url, self.url))
        self.clock = other.clock
        self._looked = dict(other._looked)

    # what people do on the web page

    def merge(self, number: int, how: str) -> None:
        """Press one of the three merge buttons."""
        self.look()
        pull = self.pull(number)
        pull["merge_commit_sha"] = self.bare.merge(pull["head"]["ref"], how)
        self._close(pull, merged=True)

    def close(self, number: int) -> None:
        self.look()
        self._close(self.pull(number), merged=False)

    def reopen(self, number: int) -> None:
        self.pull(number).update(state="open", closed_at=None)
        self._event(number, "reopened")

    def comment(self, number: int, login: str, text: str) -> int:
        comment = {
            "id": 9000 + sum(len(rows) for rows in self.comments.values()),
            "html_url": f"{self.url}/owner/list/pull/{number}#issuecomment",
            "body": text,
            "user": person(login),
            "created_at": self.now(),
            "updated_at": self.now(),
        }
        self.comments.setdefault(number, []).append(comment)
        return int(comment["id"])

    def review(self, number: int, login: str, text: str, *, line: bool = False) -> int:
        """Comment on a line of the change, or submit a review with a few words."""
        rows = self.reviews.setdefault(f"{number}/{'comments' if line else 'reviews'}", [])
        when = "created_at" if line else "submitted_at"
        rows.append({"id": 9000 + len(rows), "body": text, "user": person(login), when: self.now()})
        return int(rows[-1]["id"])

    def pull(self, number: int) -> dict[str, Any]:
        return next(pull for pull in self.pulls if pull["number"] == number)

    def open_pulls(self) -> list[dict[str, Any]]:
        self.look()
        return [pull for pull in self.pulls if pull["state"] == "open"]

    # what GitHub does by itself

    def look(self) -> None:
        """Follow the branches: new heads, deleted branches, pull requests merged from outside."""
        for pull in self.pulls:
            head = self.bare.head(pull["head"]["ref"])
            if pull["state"] != "open":
                if head is None and pull["number"] not in self._gone:
                    self._gone.add(pull["number"])
                    self._event(pull["number"], "head_ref_deleted")
                continue
            if head is None:
                self._gone.add(pull["number"])
                self._event(pull["number"], "head_ref_deleted")
                self._close(pull, merged=False)
            elif (head, base := str(self.bare.head(pull["base"]["ref"]))) != self._looked.get(pull["number"]):
                self._looked[pull["number"]] = (head, base)
                pull["head"]["sha"] = head
                if self.bare.is_ancestor(head, base):
                    pull["merge_commit_sha"] = head
                    self._close(pull, merged=True)

    def now(self) -> str:
        return self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def later(self, **time: float) -> None:
        self.clock += timedelta(**time)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Answer a call as GitHub would; ``path`` is what follows ``/repos/owner/list``."""
        self.look()
        match [method, *path.strip("/").split("/")]:
            case ["GET", "pulls"]:
                owner, _, ref = query.get("head", "").partition(":")
                found = [p for p in self.pulls if not ref or (owner == "owner" and p["head"]["ref"] == ref)]
                state = query.get("state", "open")
                found = [p for p in found if state in ("all", p["state"])]
                return 200, found[::-1] if query.get("direction") == "desc" else found
            case ["POST", "pulls"]:
                return self._create(body)
            case ["GET", "pulls", number]:
                return 200, self.pull(int(number))
            case ["PATCH", "pulls", number]:
                if len(body.get("title", "")) > 256:
                    return self._invalid({"resource": "PullRequest", "code": "custom", "message": "title is too long"})
                self.pull(int(number)).update({k: v for k, v in body.items() if k in ("title", "body", "state")})
                return 200, self.pull(int(number))
            case ["GET", "issues", number, "comments"]:
                return 200, self.comments.get(int(number), [])
            case ["GET", "pulls", number, ("comments" | "reviews") as kind]:
                return 200, self.reviews.get(f"{number}/{kind}", [])
            case ["POST", "issues", number, "comments"]:
                if len(body["body"]) > 65_536:
                    return self._invalid({"resource": "IssueComment", "code": "unprocessable", "field": "data"})
                self.comment(int(number), self.login or "github-actions[bot]", body["body"])
                return 201, self.comments[int(number)][-1]
            case ["POST", "issues", number, "labels"]:
                labels = self.pull(int(number))["labels"]
                labels += [self._label(name) for name in body["labels"] if name not in {old["name"] for old in labels}]
                return 200, labels
            case ["GET", "issues", number, "events"]:
                return 200, self.events.get(int(number), [])
            case ["GET", "collaborators", login, "permission"]:
                if login not in self.people:
                    return 404, {"message": f"{login} is not a user"}
                return 200, {"permission": self.people[login], "role_name": self.people[login]}
        return 404, {"message": "Not Found"}

    def _user(self) -> tuple[int, Any]:
        if self.login is None:
            return 403, {"message": "Resource not accessible by integration"}
        return 200, person(self.login)

    def _label(self, name: str) -> dict[str, Any]:
        """Return a label as GitHub makes it when it is used for the first time."""
        place = {"id": 7000 + len(name), "node_id": "MDU6TGFiZWw3", "url": f"{self.url}/repos/owner/list/labels/{name}"}
        return {**place, "name": name, "color": "ededed", "default": False, "description": None}

    def _create(self, body: Any) -> tuple[int, Any]:
        head, base = self.bare.head(body["head"]), self.bare.head(body["base"])
        problem = None
        if head is None or base is None:
            return self._invalid({"resource": "PullRequest", "field": "base" if head else "head", "code": "invalid"})
        if any(p["state"] == "open" and p["head"]["ref"] == body["head"] for p in self.pulls):
            problem = f"A pull request already exists for owner:{body['head']}."
        elif self.bare.is_ancestor(head, base):
            problem = f"No commits between {body['base']} and {body['head']}"
        elif len(body["title"]) > 256:
            problem = "title is too long (maximum is 256 characters)"
        elif len(body["body"]) > 65_536:
            problem = "body is too long (maximum is 65536 characters)"
        if problem:
            return self._invalid({"resource": "PullRequest", "code": "custom", "message": problem})
        number = len(self.pulls) + 1
        pull = {
            "number": number,
            "html_url": f"{self.url}/owner/list/pull/{number}",
            "state": "open",
            "draft": body.get("draft", False),
            "title": body["title"],
            "body": body["body"],
            "user": person(self.login or "github-actions[bot]"),
            "head": {
                "ref": body["head"],
                "sha": head,
                "label": f"owner:{body['head']}",
                "repo": {"full_name": "owner/list"},
            },
            "base": {"ref": body["base"], "sha": base, "label": f"owner:{body['base']}"},
            "labels": [],
            "created_at": self.now(),
            "closed_at": None,
            "merged_at": None,
            "merge_commit_sha": None,
        }
        self.pulls.append(pull)
        return 201, pull

    def _invalid(self, *errors: dict[str, Any]) -> tuple[int, Any]:
        return 422, {"message": "Validation Failed", "errors": list(errors), "documentation_url": DOCUMENTATION}

    def _page(self, rows: list[Any], query: dict[str, str], path: str) -> tuple[list[Any], dict[str, str]]:
        size, page = min(int(query.get("per_page", 30)), self.page_limit), int(query.get("page", 1))
        last = max(1, -(-len(rows) // size))
        near = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        shown = [name for name in near if (page > 1 if name in ("prev", "first") else page < last)]
        # GitHub links by the number of the repository, not by its name.
        there = self.url + path.replace("/repos/owner/list", "/repositories/42")
        link = ", ".join(f'<{there}?page={near[name]}>; rel="{name}"' for name in shown)
        return rows[size * (page - 1) : size * page], {"Link": link} if link else {}

    def _close(self, pull: dict[str, Any], *, merged: bool) -> None:
        pull.update(state="closed", closed_at=self.now(), merged_at=self.now() if merged else None)
        self._event(pull["number"], "merged" if merged else "closed")

    def _event(self, number: int, event: str) -> None:
        rows = self.events.setdefault(number, [])
        rows.append({"id": 100 * number + len(rows), "event": event, "created_at": self.now()})

    def serve(self, method: str, target: str, token: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        url = urlsplit(target)
        path = url.path.removeprefix("/repos/owner/list")
        step = f"{method} {re.sub(r'/[0-9]+', '/N', path)}"
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if token not in self.tokens:
            return 401, {"message": "Bad credentials"}, {}
        if self.hold:
            self.hold.at(f"before {step}")
        with self._lock:
            if act := self.before.pop(step, None):
                act()
            fault = next((f for f in self.faults if f.step == step and f.times != 0), None)
            status, answer, headers = 0, cast(Any, None), dict[str, str]()
            if fault is None or fault.acts:
                if url.path == "/user":
                    status, answer = self._user()
                elif self.moved and path != url.path:
                    there = f"{self.url}{self.moved}{path}"
                    status, headers = 301 if method == "GET" else 307, {"Location": there}
                    answer = {"message": "Moved Permanently", "url": there, "documentation_url": DOCUMENTATION}
                elif url.path == self.moved:
                    status, answer = 200, {"full_name": "owner/renamed"}
                elif path == url.path:
                    status, answer = 404, {"message": "Not Found"}
                elif method != "GET" and self.tokens[token] != "write":
                    status, answer = 403, {"message": "Resource not accessible by personal access token"}
                else:
                    status, answer = self.answer(method, path, query, body)
                    if method == "GET" and isinstance(answer, list):
                        answer, headers = self._page(answer, query, url.path)
            if fault:
                fault.times = None if fault.times is None else fault.times - 1
                status, answer, headers = fault.status, fault.body, fault.headers
            self.calls.append(Call(method, url.path, body, status, json.loads(json.dumps(answer))))
        if self.hold:
            self.hold.at(f"after {step}")
        return status, answer, headers


class _Http(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], owner: GitHubServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, answer, headers = self.server.owner.serve(self.command, self.path, token, body)
        content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        kind = "text/html" if isinstance(answer, str) else "application/json; charset=utf-8"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = _serve
