"""The few calls of GitHub's REST API that a rolling pull request needs.

Source: https://docs.github.com/en/rest (pulls, issues, collaborators), API version 2022-11-28.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, TypeVar

import httpx2
import tenacity
from pydantic import BaseModel, SecretStr, ValidationError

from agent.deliveries.github.rows import Comment, Event, Permission, Pull
from agent.errors import DeliveryError

Row = TypeVar("Row", bound=BaseModel)

PER_PAGE: Final = 100
ATTEMPTS: Final = 4
LONGEST_WAIT_S: Final = 60.0
"""A Retry-After beyond this is not waited for: the next run delivers."""


class Refused(DeliveryError):
    """GitHub said no with this status; asking again will not help."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _Busy(Exception):
    """Worth another try, after ``wait`` seconds if GitHub said how long."""

    def __init__(self, error: DeliveryError, wait: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class GitHub:
    """One repository over REST. Every method raises DeliveryError, with the remedy and never with the token in it."""

    def __init__(
        self, api_url: str, repository: str, token: SecretStr, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``repository`` is ``owner/name``; ``sleep`` waits between tries, in seconds."""
        self._repository = repository
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._client: httpx2.Client | None = None
        self._retry = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_Busy),
            sleep=sleep,
            reraise=True,
        )

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold one connection for the calls within."""
        with httpx2.Client(verify=_tls(), timeout=30.0) as self._client:
            yield

    def pulls(self, branch: str) -> list[Pull]:
        """Return every pull request ever made from a branch of this repository, newest first."""
        owner = self._repository.split("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "sort": "created", "direction": "desc"}
        # A head filter that GitHub cannot read is left out of the question: the answer is all pull requests.
        ours = [pull for pull in self._pages("/pulls", Pull, query) if pull.head.ref == branch]
        return sorted(ours, key=lambda pull: -pull.number)

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
        """Label a pull request. Where labels are not to be had, the drafts are delivered without."""
        try:
            self._call("POST", f"/issues/{number}/labels", {"labels": labels})
        except Refused as error:
            if error.status not in (404, 410):
                raise

    def comments(self, number: int) -> list[Comment]:
        """Return the comments of the conversation, oldest first."""
        return list(self._pages(f"/issues/{number}/comments", Comment, {}))

    def comment(self, number: int, body: str) -> None:
        """Post a comment, in one try: after an unclear answer a second one could say it twice."""
        try:
            self._once("POST", f"/issues/{number}/comments", {"body": body}, None)
        except _Busy as busy:
            raise busy.error from None

    def may_write(self, login: str) -> bool:
        """Whether this person may push to the repository.

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

    def _pages(self, path: str, model: type[Row], query: Mapping[str, str]) -> Iterator[Row]:
        page = 1
        while True:
            response = self._call("GET", path, query={**query, "per_page": str(PER_PAGE), "page": str(page)})
            rows = _json(response)
            if not isinstance(rows, list):
                raise DeliveryError(
                    f"GitHub answered GET {path} with no list; is TRIAGE_GITHUB_API_URL an API address?"
                )
            yield from (_check(model, row) for row in rows)
            if "next" not in response.links and (response.links or len(rows) < PER_PAGE):
                return
            page += 1

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        try:
            return self._retry(self._once, method, path, body, query)
        except _Busy as busy:
            raise busy.error from None

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> httpx2.Response:
        assert self._client is not None, "calls are made within opened()"
        try:
            response = self._client.request(
                method,
                f"{self._api_url}/repos/{self._repository}{path}",
                params=query,
                json=body,
                headers={
                    "Accept": "application/vnd.github+json",
                    "Authorization": f"Bearer {self._token.get_secret_value()}",
                    "User-Agent": "paper-triage",
                    "X-GitHub-Api-Version": "2022-11-28",
                },
            )
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            problem = DeliveryError(
                f"GitHub at {self._api_url} cannot be reached ({type(error).__name__}); the next run delivers"
            )
            raise _Busy(problem, None) from None
        if response.is_success:
            return response
        said = _message(response).replace(self._token.get_secret_value(), "***")
        raise _refusal(response, said, f"{method} {path}", self._repository)


@cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()  # reads hundreds of certificates: once is enough


def _refusal(response: httpx2.Response, said: str, call: str, repository: str) -> DeliveryError | _Busy:
    status = response.status_code
    if status >= 500:
        error = DeliveryError(f"GitHub answered {call} with {status} in {ATTEMPTS} tries; the next run delivers")
        return _Busy(error, _retry_after(response))
    limited = response.headers.get("x-ratelimit-remaining") == "0" or "rate limit" in said.lower()
    if status == 429 or (status == 403 and limited):
        error = Refused(f"GitHub's rate limit is used up{_reset(response)}; the next run delivers", status)
        wait = _retry_after(response)
        return _Busy(error, wait) if wait is not None and wait <= LONGEST_WAIT_S else error
    remedy = {
        401: "GITHUB_TOKEN is wrong or has expired: set a valid one",
        403: "the token may not do this: it needs 'contents: write' and 'pull-requests: write' on the repository",
        404: f"github.repository = {repository!r} does not exist, or GITHUB_TOKEN may not see it: check both",
        422: "GitHub cannot accept this as it is: check [github] base, branch and repository in triage.toml",
    }.get(status, "check [github] in triage.toml and TRIAGE_GITHUB_API_URL")
    if "not permitted to create or approve pull requests" in said:
        remedy = "allow it: Settings > Actions > General > 'Allow GitHub Actions to create and approve pull requests'"
    if status in (301, 302, 307, 308):
        remedy = "the repository has moved: set [github] repository and remote to its new name"
    return Refused(f"GitHub answered {call} with {status} ({said}); {remedy}", status)


def _message(response: httpx2.Response) -> str:
    """Return GitHub's own words on one line, without anything that could be a page of HTML."""
    try:
        answer = response.json()
    except ValueError:
        return response.reason_phrase
    if not isinstance(answer, dict):
        return response.reason_phrase
    errors = answer.get("errors")
    details = [e.get("message") or e.get("code") if isinstance(e, dict) else e for e in errors or []]
    return " ".join(str(part) for part in [answer.get("message"), *details] if part)[:300]


def _retry_after(response: httpx2.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _reset(response: httpx2.Response) -> str:
    value = response.headers.get("x-ratelimit-reset", "")
    return f" until {datetime.fromtimestamp(int(value), UTC):%H:%M} UTC" if value.isdigit() else ""


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Busy) and error.wait is not None:
        return min(error.wait, LONGEST_WAIT_S)
    return float(2 ** (state.attempt_number - 1))


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise DeliveryError(
            f"GitHub answered {response.request.url.path} with something that is not JSON; "
            "is TRIAGE_GITHUB_API_URL an API address?"
        ) from None


def _check(model: type[Row], row: object) -> Row:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DeliveryError(f"GitHub's answer has no usable {model.__name__}.{where}: {first['msg']}") from None


def _read(model: type[Row], response: httpx2.Response) -> Row:
    return _check(model, _json(response))
