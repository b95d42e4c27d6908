"""The few calls of GitHub's REST API that a rolling pull request needs.

Source: https://docs.github.com/en/rest (pulls, issues, collaborators), API version 2022-11-28. Of the answers only what
is named in the records below is read; all else in them is ignored.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

import httpx2
import tenacity
from pydantic import BaseModel, Field, SecretStr, ValidationError

from agent.core.escaping import one_line
from agent.core.http import ACCEPTED_ENCODING, BodyError, address_of, read_body, seconds_to_wait
from agent.errors import ConfigError, DeliveryError
from agent.tls import tls_context

Row = TypeVar("Row", bound=BaseModel)

PER_PAGE: Final = 100
ATTEMPTS: Final = 4
LONGEST_WAIT_S: Final = 60.0
"""A Retry-After beyond this is not waited for: the next run delivers."""
NEW_TOKEN_WAIT_S: Final = 3.0
"""GitHub may not know a token yet that it made a moment ago."""
ANSWER_WITHIN_S: Final = 60.0
"""The client's timeout is for each wait; a body that drips in would never meet it."""
LONGEST_ANSWER: Final = 16 * 2**20
"""Bytes of an answer that are read; a page of one hundred pull requests with the longest bodies has half of that."""

_MOVED: Final = (301, 302, 303, 307, 308)


class Repository(BaseModel):
    full_name: str


class Head(BaseModel):
    """The branch a pull request comes from; ``repo`` is null when its fork is gone."""

    ref: str
    sha: str
    repo: Repository | None = None


class Label(BaseModel):
    name: str


class User(BaseModel):
    login: str


class Pull(BaseModel):
    """A pull request. ``merged_at`` is null unless it was merged, ``user`` when the account of its author is gone."""

    number: int
    html_url: str
    state: Literal["open", "closed"]
    title: str
    body: str | None = None
    user: User | None = None
    head: Head
    labels: tuple[Label, ...] = ()
    merged_at: datetime | None = None
    closed_at: datetime | None = None


class Comment(BaseModel):
    """A comment or review of a pull request. ``user`` is null when the account is gone."""

    id: int
    body: str | None = None
    user: User | None = None
    created_at: datetime


class Review(BaseModel):
    """The words of a review; ``submitted_at`` is null while only its author sees it."""

    id: int
    body: str
    user: User | None = None
    submitted_at: datetime | None = None


class Event(BaseModel):
    event: str
    created_at: datetime


class Permission(BaseModel):
    permission: str = Field(description="admin, write, read or none; maintain counts as write, triage as read")


class Refused(DeliveryError):
    """GitHub said no with this status; asking again will not help."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _Busy(Exception):
    """Worth another try, after ``wait`` seconds if GitHub said how long, up to ``attempts`` in all.

    ``refused`` says that the call surely did nothing, so that even a comment may be posted again.
    """

    def __init__(
        self, error: DeliveryError, wait: float | None, *, attempts: int = ATTEMPTS, refused: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait
        self.attempts = attempts
        self.refused = refused


@dataclass(frozen=True)
class _Answer:
    """A response with its body, which was read within its bounds."""

    response: httpx2.Response
    body: bytes

    @property
    def status(self) -> int:
        return self.response.status_code

    def header(self, name: str) -> str:
        return str(self.response.headers.get(name, ""))

    def json(self) -> Any:
        """Return what the body says. Raises ValueError, also for one that is nested too deep."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deep") from None


class GitHub:
    """One repository over REST. Every method raises DeliveryError, with the remedy and never with the token in it.

    No redirect is followed: the token goes to the configured address alone.
    """

    def __init__(
        self, api_url: str, repository: str, token: SecretStr, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``repository`` is ``owner/name``; ``sleep`` waits between tries, in seconds.

        Raises ConfigError for an address that holds more than an address.
        """
        parts = urlsplit(api_url)
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ConfigError(
                "TRIAGE_GITHUB_API_URL holds a user, password or query: take it out, the token is GITHUB_TOKEN"
            )
        self.repository = repository
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._client: httpx2.Client | None = None
        self._sleep = sleep
        self._viewer: tuple[str | None] | None = None
        self._may_be_new = True

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold one connection for the calls within."""
        with httpx2.Client(verify=tls_context(), timeout=30.0, follow_redirects=False) as self._client:
            yield

    def viewer(self) -> str | None:
        """Return the login of the account that the token acts as, None when GitHub does not tell.

        It does not tell the token of an app's installation, which ``GITHUB_TOKEN`` in GitHub Actions is.
        """
        if self._viewer is None:
            try:
                self._viewer = (_read(User, self._call("GET", "/user", everywhere=True)).login,)
            except Refused as error:
                if error.status not in (403, 404):
                    raise
                self._viewer = (None,)
        return self._viewer[0]

    def pulls(self, branch: str) -> list[Pull]:
        """Return every pull request ever made from a branch of this repository, newest first."""
        owner = self.repository.split("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "sort": "created", "direction": "desc"}
        # A head filter that GitHub cannot read is left out of the question: the answer is all pull requests.
        ours = [pull for pull in self._pages("/pulls", Pull, query) if pull.head.ref == branch and self._is_here(pull)]
        return sorted(ours, key=lambda pull: -pull.number)

    def wrote_pull(self, pull: Pull) -> bool:
        """Return whether our own account opened a pull request, so that its body is ours to believe.

        Where GitHub does not tell who we are, one that comes from a branch of this repository is taken for ours: only
        people who may push can have opened it.
        """
        viewer = self.viewer()
        return viewer is None or (pull.user is not None and pull.user.login.casefold() == viewer.casefold())

    def wrote_comment(self, comment: Comment, pull: Pull) -> bool:
        """Return whether our own account wrote a comment; the author of our pull request stands in for an unknown
        account.
        """
        own = self.viewer() or (pull.user.login if pull.user else None)
        return own is not None and comment.user is not None and comment.user.login.casefold() == own.casefold()

    def create_pull(self, *, title: str, body: str, branch: str, target: str) -> Pull:
        """Open a draft pull request; a normal one where the repository's plan has no drafts."""
        fields = {"title": title, "body": body, "head": branch, "base": target}
        try:
            return _read(Pull, self._call("POST", "/pulls", {**fields, "draft": True}))
        except Refused as error:
            if error.status == 422 and "draft pull requests are not supported" in str(error).lower():
                return _read(Pull, self._call("POST", "/pulls", {**fields, "draft": False}))
            raise

    def update_pull(self, number: int, *, title: str, body: str) -> None:
        self._call("PATCH", f"/pulls/{number}", {"title": title, "body": body})

    def add_labels(self, number: int, labels: list[str]) -> None:
        self._call("POST", f"/issues/{number}/labels", {"labels": labels})

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of the conversation, oldest first."""
        return list(self._pages(f"/issues/{number}/comments", Comment, {}))

    def review_comments(self, number: int) -> list[Comment]:
        """Return the comments on lines of the change, and the words of the reviews that were submitted."""
        lines = self._pages(f"/pulls/{number}/comments", Comment, {})
        reviews = self._pages(f"/pulls/{number}/reviews", Review, {})
        words = (
            Comment(id=review.id, body=review.body, user=review.user, created_at=review.submitted_at)
            for review in reviews
            if review.submitted_at
        )
        return [*lines, *words]

    def comment(self, number: int, body: str) -> None:
        """Post a comment. Only a clear refusal is tried again: after a lost answer a second try could say it twice."""
        self._call("POST", f"/issues/{number}/comments", {"body": body}, only_refused=True)

    def may_write(self, login: str) -> bool:
        """Return whether this person may push to the repository.

        ``author_association`` would not do: a COLLABORATOR or MEMBER may have read access only.
        """
        try:
            found = _read(Permission, self._call("GET", f"/collaborators/{login}/permission"))
        except Refused as error:
            if error.status == 404:
                return False
            raise
        return found.permission in ("admin", "write")

    def branch_deleted_at(self, number: int) -> datetime | None:
        """Return when the branch of a pull request was deleted, or None when GitHub does not tell."""
        try:
            events = list(self._pages(f"/issues/{number}/events", Event, {}))
        except Refused as error:
            if error.status == 404:
                return None
            raise
        return max((event.created_at for event in events if event.event == "head_ref_deleted"), default=None)

    def _is_here(self, pull: Pull) -> bool:
        """Return whether a pull request comes from this repository: anyone may name a branch of a fork like ours."""
        return pull.head.repo is not None and pull.head.repo.full_name.casefold() == self.repository.casefold()

    def _pages(self, path: str, model: type[Row], query: Mapping[str, str]) -> Iterator[Row]:
        page = 1
        while True:
            answer = self._call("GET", path, query={**query, "per_page": str(PER_PAGE), "page": str(page)})
            rows = _json(answer)
            if not isinstance(rows, list):
                raise DeliveryError(
                    f"GitHub answered GET {path} with no list; is TRIAGE_GITHUB_API_URL an API address?"
                )
            yield from (_check(model, row) for row in rows)
            links = answer.response.links
            if not rows or ("next" not in links and (links or len(rows) < PER_PAGE)):
                return
            page += 1

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        only_refused: bool = False,
        everywhere: bool = False,
    ) -> _Answer:
        """Return a good answer; ``everywhere`` is for a path that is not of the repository."""
        retry = tenacity.Retrying(
            stop=lambda state: state.attempt_number >= _busy(state).attempts,
            wait=_wait,
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, _Busy) and (error.refused or not only_refused)
            ),
            sleep=self._sleep,
            reraise=True,
        )
        place = path if everywhere else f"/repos/{self.repository}{path}"
        try:
            answer = retry(self._ask, method, place, body, query)
        except _Busy as busy:
            raise busy.error from None
        self._may_be_new = False
        if 200 <= answer.status < 300:
            return answer
        raise self._refusal(answer, f"{method} {path}")

    def _ask(self, method: str, place: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None) -> _Answer:
        """Return any final answer; raises _Busy for one that is worth another try."""
        answer = self._send(method, place, body, query)
        call = f"{method} {place.removeprefix(f'/repos/{self.repository}')}"
        wait = seconds_to_wait(answer.header("retry-after"), datetime.now(UTC))
        said = _message(answer).lower()
        if answer.status >= 500:
            error = DeliveryError(
                f"GitHub answered {call} with {answer.status} in {ATTEMPTS} tries; the next run delivers"
            )
            raise _Busy(error, wait)
        if answer.status == 401 and self._may_be_new:
            raise _Busy(self._refusal(answer, call), NEW_TOKEN_WAIT_S, attempts=2, refused=True)
        if answer.status == 422 and "submitted too quickly" in said:
            raise _Busy(self._refusal(answer, call), wait or LONGEST_WAIT_S / 2, attempts=2, refused=True)
        if answer.status in (403, 429):
            secondary = "secondary rate limit" in said or "abuse" in said
            if wait is None and secondary:
                wait = LONGEST_WAIT_S  # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
            if wait is not None and wait <= LONGEST_WAIT_S:
                raise _Busy(self._refusal(answer, call), wait, attempts=2, refused=True)
        return answer

    def _send(
        self, method: str, place: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> _Answer:
        assert self._client is not None, "calls are made within opened()"
        headers = {
            "Accept": "application/vnd.github+json",
            "Accept-Encoding": ACCEPTED_ENCODING,
            "Authorization": f"Bearer {self._token.get_secret_value()}",
            "User-Agent": "paper-triage",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        where = address_of(self._api_url)
        try:
            request = self._client.stream(method, f"{self._api_url}{place}", params=query, json=body, headers=headers)
            with request as response:
                encoding = response.headers.get("content-encoding", "")
                chunks = _in_time(response.iter_raw(), time.monotonic() + ANSWER_WITHIN_S)
                return _Answer(response, read_body(chunks, encoding, LONGEST_ANSWER))
        except BodyError as error:
            raise DeliveryError(
                f"GitHub at {where} sends what is no answer of GitHub's: {error}; check TRIAGE_GITHUB_API_URL"
            ) from None
        except (httpx2.TransportError, httpx2.InvalidURL, ValueError) as error:
            # ValueError: a length beyond what Python reads as a number.
            problem = DeliveryError(
                f"GitHub at {where} cannot be reached ({type(error).__name__}); the next run delivers"
            )
            raise _Busy(problem, None) from None

    def _refusal(self, answer: _Answer, call: str) -> Refused:
        status = answer.status
        said = _message(answer).replace(self._token.get_secret_value(), "***")
        if status in _MOVED:
            return Refused(f"GitHub answered {call} with {status}: {self._moved(answer)}", status)
        limited = answer.header("x-ratelimit-remaining") == "0" or "rate limit" in said.lower()
        if status == 429 or (status == 403 and limited):
            return Refused(f"GitHub's rate limit is used up{_reset(answer)}; the next run delivers", status)
        remedy = {
            401: "GITHUB_TOKEN is wrong or has expired: set a valid one",
            403: "the token may not do this: it needs 'contents: write' and 'pull-requests: write' on the repository",
            404: f"github.repository = {self.repository!r} does not exist, or GITHUB_TOKEN may not see it: check both",
            422: "GitHub cannot accept this as it is: check [github] base, branch and repository in triage.toml",
        }.get(status, "check [github] in triage.toml and TRIAGE_GITHUB_API_URL")
        if "not permitted to create or approve pull requests" in said:
            remedy = (
                "allow it: Settings > Actions > General > 'Allow GitHub Actions to create and approve pull requests'"
            )
        if "archived" in said.lower():
            remedy = "the repository is archived: unarchive it in its settings, or set another [github] repository"
        if status == 403 and answer.header("retry-after"):
            remedy = "it is too busy with requests of this account; the next run delivers"
        return Refused(f"GitHub answered {call} with {status} ({said}); {remedy}", status)

    def _moved(self, answer: _Answer) -> str:
        """Say where a repository is now.

        A renamed one is answered with ``/repositories/ID`` of the same server, which knows its new name
        (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects).
        """
        try:
            place = httpx2.URL(self._api_url).join(answer.header("location"))
        except httpx2.InvalidURL:
            place = httpx2.URL("")
        known = re.match(r"(?:/api/v3)?(/repositories/\d+)(?=/|$)", place.path)
        if known and address_of(str(place)) == address_of(self._api_url):
            there = self._send("GET", known[1], None, None)
            if there.status == 200:
                name = one_line(_read(Repository, there).full_name)
                return f"the repository has moved to {name!r}: set [github] repository and remote to its new name"
        if place.host and address_of(str(place)) != address_of(self._api_url):
            return f"it has moved to {address_of(str(place))}: check [github] repository and TRIAGE_GITHUB_API_URL"
        return "the repository has moved: set [github] repository and remote to its new name"


def _message(answer: _Answer) -> str:
    """Return GitHub's own words on one line, without anything that could be a page of HTML."""
    try:
        told = answer.json()
    except ValueError:
        return answer.response.reason_phrase
    if not isinstance(told, dict):
        return answer.response.reason_phrase
    errors = told.get("errors")
    rows = errors if isinstance(errors, list) else [errors]
    details = [row.get("message") or row.get("code") if isinstance(row, dict) else row for row in rows]
    return one_line(" ".join(str(part) for part in [told.get("message"), *details] if part))[:300]


def _reset(answer: _Answer) -> str:
    value = answer.header("x-ratelimit-reset")
    return f" until {datetime.fromtimestamp(int(value), UTC):%H:%M} UTC" if re.fullmatch(r"[0-9]{1,11}", value) else ""


def _busy(state: tenacity.RetryCallState) -> _Busy:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _Busy)
    return error


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as GitHub says, else twice as long each time."""
    told = _busy(state).wait
    return float(2 ** (state.attempt_number - 1)) if told is None else min(told, LONGEST_WAIT_S)


def _json(answer: _Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise DeliveryError(
            f"GitHub answered {answer.response.request.url.path} with something that is not JSON; "
            "is TRIAGE_GITHUB_API_URL an API address?"
        ) from None


def _check(model: type[Row], row: object) -> Row:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DeliveryError(f"GitHub's answer has no usable {model.__name__}.{where}: {first['msg']}") from None


def _read(model: type[Row], answer: _Answer) -> Row:
    return _check(model, _json(answer))


def _in_time(chunks: Iterator[bytes], end: float) -> Iterator[bytes]:
    """Yield the chunks of a body. Raises ReadTimeout for one that comes after ``end``, on the monotonic clock."""
    for chunk in chunks:
        if time.monotonic() > end:
            raise httpx2.ReadTimeout("the answer came too slowly")
        yield chunk
