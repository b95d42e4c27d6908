"""Calls of GitHub's REST API: sent with the token, tried again where that helps, and explained where they fail.

Source: https://docs.github.com/en/rest/using-the-rest-api (limits, best practices), API version 2022-11-28.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx2
import tenacity
from pydantic import BaseModel, SecretStr, ValidationError

from agent.core.escaping import one_line
from agent.core.http import ACCEPTED_ENCODING, MOVED, BodyError, CutBodyError, address_of, read_body, seconds_to_wait
from agent.deliveries.github.answers import Repository
from agent.errors import ConfigError, DeliveryError
from agent.tls import tls_context

AnswerRecord = TypeVar("AnswerRecord", bound=BaseModel)

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

REFUSES_THE_ACCOUNT: Final = (
    "SAML",  # https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#using-single-sign-on
    "IP allow list",
    "forbids access via",  # tokens of a kind, or that live too long
    "account is suspended",
    "account was suspended",
)
"""Words with which an account or token is refused, whatever permissions it has."""
WHAT_THE_ACCOUNT_NEEDS: Final = (
    "no permission of GITHUB_TOKEN is missing, but it or its account is let in no longer, or not yet: do as GitHub says"
)


class CallRefused(DeliveryError):
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
class RestAnswer:
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


class Rest:
    """The calls about one repository, over one connection while it is ``opened``. They raise DeliveryError.

    No redirect is carried out: the token goes to the configured address alone.
    """

    def __init__(self, api_url: str, repository: str, token: SecretStr, sleep: Callable[[float], None]) -> None:
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
        self._may_be_new = True

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold one connection for the calls within."""
        with httpx2.Client(verify=tls_context(), timeout=30.0, follow_redirects=False) as self._client:
            yield

    def pages(self, path: str, model: type[AnswerRecord], query: Mapping[str, str]) -> Iterator[AnswerRecord]:
        """Yield the rows of a list, page by page."""
        page = 1
        while True:
            answer = self.call("GET", path, query={**query, "per_page": str(PER_PAGE), "page": str(page)})
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

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        only_refused: bool = False,
        everywhere: bool = False,
    ) -> RestAnswer:
        """Return a good answer; ``everywhere`` is for a path that is not of the repository.

        ``only_refused`` tries again only what surely did nothing. Raises CallRefused for a no of GitHub's, and
        DeliveryError when it does not answer.
        """
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

    def _ask(
        self, method: str, place: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None
    ) -> RestAnswer:
        """Return any final answer; raises _Busy for one that is worth another try."""
        answer = self._send(method, place, body, query)
        call = f"{method} {place.removeprefix(f'/repos/{self.repository}')}"
        wait = seconds_to_wait(answer.header("retry-after"), datetime.now(UTC))
        said = _message(answer).lower()
        if answer.status >= 500:
            raise _Busy(DeliveryError(f"GitHub answered {call} with {answer.status}; the next run delivers"), wait)
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
    ) -> RestAnswer:
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
                return RestAnswer(response, read_body(chunks, encoding, LONGEST_ANSWER))
        except (httpx2.TransportError, httpx2.InvalidURL, ValueError) as error:
            if isinstance(error, BodyError) and not isinstance(error, CutBodyError):
                raise DeliveryError(
                    f"GitHub at {where} sends what is no answer of GitHub's: {error}; check TRIAGE_GITHUB_API_URL"
                ) from None
            # ValueError: a length beyond what Python reads as a number.
            problem = DeliveryError(
                f"GitHub at {where} cannot be reached ({type(error).__name__}); the next run delivers"
            )
            raise _Busy(problem, None) from None

    def _refusal(self, answer: RestAnswer, call: str) -> CallRefused:
        status = answer.status
        said = _message(answer).replace(self._token.get_secret_value(), "***")
        if status in MOVED:
            return CallRefused(f"GitHub answered {call} with {status}: {self._moved(answer)}", status)
        limited = answer.header("x-ratelimit-remaining") == "0" or "rate limit" in said.lower()
        if status == 429 or (status == 403 and limited):
            return CallRefused(f"GitHub's rate limit is used up{_reset(answer)}; the next run delivers", status)
        remedy = {
            401: "GITHUB_TOKEN is wrong or has expired: set a valid one",
            403: "the token may not do this: it needs 'contents: write' and 'pull-requests: write' on the repository",
            404: f"github.repository = {self.repository!r} does not exist, or GITHUB_TOKEN may not see it: check both",
            422: "GitHub cannot accept this as it is: check [github] base, branch and repository in triage.toml",
        }.get(status, "check [github] in triage.toml and TRIAGE_GITHUB_API_URL")
        if status == 404 and _names_no_error(answer):
            remedy = "is TRIAGE_GITHUB_API_URL an API address? On GitHub Enterprise Server it ends in /api/v3"
        if any(words in said for words in REFUSES_THE_ACCOUNT):
            place = re.search(r"url=(https://[!-~]+)", answer.header("x-github-sso"))
            remedy = f"authorize the token at {place[1]}" if place else WHAT_THE_ACCOUNT_NEEDS
        if "pull request already exists" in said:
            remedy = "GitHub does not list it yet; the next run goes on with it"
        if "not permitted to create or approve pull requests" in said:
            remedy = (
                "allow it: Settings > Actions > General > 'Allow GitHub Actions to create and approve pull requests'"
            )
        if "archived" in said.lower():
            remedy = "the repository is archived: unarchive it in its settings, or set another [github] repository"
        if status == 403 and answer.header("retry-after"):
            remedy = "it is too busy with requests of this account; the next run delivers"
        return CallRefused(f"GitHub answered {call} with {status} ({said}); {remedy}", status)

    def _moved(self, answer: RestAnswer) -> str:
        """Say where a repository is now.

        A renamed one is answered with ``/repositories/ID`` of the same server, which knows its new name
        (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects).
        """
        try:
            place = httpx2.URL(self._api_url).join(answer.header("location"))
        except httpx2.InvalidURL:
            place = httpx2.URL("")
        known = re.match(r"(?:/api/v3)?(/repositories/\d+)(?=/|$)", place.path)
        if known and address_of(str(place)) == address_of(self._api_url) and (name := self._name_at(known[1])):
            return f"the repository has moved to {name!r}: set [github] repository and remote to its new name"
        if place.host and address_of(str(place)) != address_of(self._api_url):
            return f"it has moved to {address_of(str(place))}: check [github] repository and TRIAGE_GITHUB_API_URL"
        return "the repository has moved: set [github] repository and remote to its new name"

    def _name_at(self, place: str) -> str:
        """Return the ``owner/name`` of a repository by its path, empty when GitHub does not tell."""
        try:
            there = self._send("GET", place, None, None)
            return one_line(read(Repository, there).full_name) if there.status == 200 else ""
        except (_Busy, DeliveryError):
            return ""


def _message(answer: RestAnswer) -> str:
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


def _names_no_error(answer: RestAnswer) -> bool:
    """Return whether an answer is no object of JSON, as every error of the API is."""
    try:
        return not isinstance(answer.json(), dict)
    except ValueError:
        return True


def _reset(answer: RestAnswer) -> str:
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


def _json(answer: RestAnswer) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise DeliveryError(
            f"GitHub answered {answer.response.request.url.path} with something that is not JSON; "
            "is TRIAGE_GITHUB_API_URL an API address?"
        ) from None


def _check(model: type[AnswerRecord], row: object) -> AnswerRecord:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DeliveryError(f"GitHub's answer has no usable {model.__name__}.{where}: {first['msg']}") from None


def read(model: type[AnswerRecord], answer: RestAnswer) -> AnswerRecord:
    """Return the record of an answer. Raises DeliveryError for one that is no such record."""
    return _check(model, _json(answer))


def _in_time(chunks: Iterator[bytes], end: float) -> Iterator[bytes]:
    """Yield the chunks of a body. Raises ReadTimeout for one that comes after ``end``, on the monotonic clock."""
    for chunk in chunks:
        if time.monotonic() > end:
            raise httpx2.ReadTimeout("the answer came too slowly")
        yield chunk
