"""OpenAI's Files and Batches endpoints: half the price, an answer within 24 hours.

Protocol: https://platform.openai.com/docs/guides/batch. The client's own retries are used for what may be done twice;
a batch is created without them, since a second one would be paid for too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import httpx2
import openai

from agent.errors import ConfigError
from agent.judges.openai.connection import LONGEST_CONNECT, check_address
from agent.judges.openai.endpoint import Endpoint
from agent.records import Record
from agent.tls import tls_context

if TYPE_CHECKING:
    from openai.resources import Batches
    from openai.types import Batch, FileObject

A = TypeVar("A")
T = TypeVar("T")

TOKEN: Final = "paper-triage"
"""The name, in a batch's metadata, under which it is found again."""

_RETRIES: Final = 4
_PAGE: Final = 100
_TIMEOUT: Final = 600.0
"""Seconds for one request: a whole file is sent in it."""

_CLOCKS: Final = timedelta(hours=1)
"""By how much the server's clock may be behind."""

_MAY_PASS: Final = (408, 409, 425, 429)


class Unreachable(Exception):
    """The server did not answer, or cannot now: nothing is known of what was asked of it."""


class Missing(ConfigError):
    """The server knows no such file or batch."""


class Denied(ConfigError):
    """The server does not take the key, or does not allow it this."""


class NoAnswer(ConfigError):
    """What came is nothing that the server says of a batch: a web page of a gateway, another program's JSON."""


class BatchStatus(Record):
    """What became of a batch. ``files`` are ids: answers, then errors. ``problem``: why there is none."""

    id: str
    outcome: Literal["under_way", "ended", "postponed"]
    status: str
    done: int = 0
    total: int = 0
    files: tuple[str, ...] = ()
    problem: str = ""


class BatchServer:
    """Batches at one endpoint. Every method raises Unreachable, and ConfigError for what no repetition mends."""

    def __init__(self, endpoint: Endpoint, timeout: float = _TIMEOUT) -> None:
        check_address(endpoint.base_url)
        if endpoint.dated:
            raise ConfigError(
                "OPENAI_BASE_URL has an api-version: batches need an address that ends in /v1; run without --batch"
            )
        self._endpoint, self._shown = endpoint, endpoint.shown
        waits = httpx2.Timeout(timeout, connect=min(LONGEST_CONNECT, timeout))
        http = openai.DefaultHttpxClient(verify=tls_context(), timeout=waits, follow_redirects=False)
        self._client = openai.OpenAI(
            base_url=endpoint.base_url, api_key=endpoint.secret or "no-key", max_retries=_RETRIES, http_client=http
        )

    def close(self) -> None:
        self._client.close()

    def upload(self, path: Path) -> str:
        """Send a file of requests, read as it is sent, and return its id."""
        with path.open("rb") as file:
            return self._asked(lambda: self._client.files.create(file=(path.name, file), purpose="batch"), _id_of)

    def create(self, file_id: str, token: str) -> str:
        """Create a batch of an uploaded file and return its id. After Unreachable there may be one all the same."""
        once = self._client.with_options(max_retries=0)
        metadata = {TOKEN: token}

        def create() -> Batch:
            return once.batches.create(
                input_file_id=file_id, endpoint="/v1/chat/completions", completion_window="24h", metadata=metadata
            )

        try:
            return self._asked(create, _id_of)
        except NoAnswer as answered:
            raise Unreachable(str(answered)) from None

    def find(self, token: str, since: datetime) -> str | None:
        """Return the id of the batch with this token, created after ``since``, or None when there is none."""

        oldest = (since - _CLOCKS).timestamp()

        def look(batches: Batches) -> str | None:
            for batch in batches.list(limit=_PAGE):  # the client reads fields of each page by itself
                if (batch.metadata or {}).get(TOKEN) == token:
                    return batch.id
                if batch.created_at < oldest:
                    break
            return None

        return self._asked(lambda: self._client.batches, look)

    def status(self, batch_id: str) -> BatchStatus | None:
        """Return what became of a batch; None: the server has lost it."""
        try:
            return self._asked(lambda: self._client.batches.retrieve(batch_id), _read)
        except Missing:
            return None

    def lines(self, file_id: str) -> Iterator[str]:
        """Yield the lines of a file as they arrive. Only a line feed ends one: JSON may hold other separators."""
        begun = b""
        try:
            with self._client.files.with_streaming_response.content(file_id) as response:
                if "html" in response.headers.get("content-type", ""):
                    raise NoAnswer(f"{self._shown}: a web page is no answer about a batch; check OPENAI_BASE_URL")
                for part in response.iter_bytes():
                    *whole, begun = (begun + part).split(b"\n")
                    yield from (line.decode(errors="replace") for line in whole)
                yield begun.decode(errors="replace")
        except openai.APIStatusError as error:
            raise self._problem(error) from None
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise Unreachable(f"{self._shown}: {error}") from None

    def _asked(self, ask: Callable[[], A], read: Callable[[A], T]) -> T:
        """Return what ``read`` makes of the answer. The client hands on what is no JSON, or another record, unchecked:
        it shows when a field is read.
        """
        try:
            answer = ask()
            try:
                return read(answer)
            except (AttributeError, TypeError, ValueError) as error:
                raise self._no_answer(error) from None
        except openai.APIStatusError as error:
            raise self._problem(error) from None
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise Unreachable(f"{self._shown}: {error.__cause__ or error}") from None
        except (openai.APIError, ValueError, RecursionError) as error:  # the last two: from the client's reader of JSON
            raise self._no_answer(error) from None

    def _no_answer(self, error: Exception) -> NoAnswer:
        words = f"{self._shown}: what came is no answer about a batch ({type(error).__name__})"
        return NoAnswer(f"{words}; check OPENAI_BASE_URL, or run without --batch")

    def _problem(self, error: openai.APIStatusError) -> Exception:
        words = " ".join(self._endpoint.without_key(str(error.message)).split())[:200]
        if error.status_code in _MAY_PASS or error.status_code >= 500:
            return Unreachable(f"{self._shown} answered {error.status_code}: {words}")
        if error.status_code == 404:
            return Missing(f"{self._shown} has no such batch or file, or no batches ({words}); run without --batch")
        if error.status_code in (401, 403):
            return Denied(
                f"{self._shown} does not allow it ({error.status_code}); check OPENAI_API_KEY and its project"
            )
        return ConfigError(f"{self._shown} takes no such batch ({error.status_code}): {words}; run without --batch")


def _id_of(found: Batch | FileObject) -> str:
    """Return the id. Raises AttributeError or TypeError when there is none."""
    if not isinstance(found.id, str):
        raise TypeError(found.id)
    return found.id


def _read(batch: Batch) -> BatchStatus:
    counts = batch.request_counts
    found = BatchStatus(
        id=batch.id,
        outcome="under_way",
        status=batch.status,
        done=(counts.completed + counts.failed) if counts else 0,
        total=counts.total if counts else 0,
        files=tuple(each for each in (batch.output_file_id, batch.error_file_id) if each),
    )
    if batch.status == "failed":
        errors = (batch.errors.data if batch.errors else None) or []
        words = "; ".join(" ".join((each.message or each.code or "").split())[:200] for each in errors[:3])
        too_much = any(each.code == "token_limit_exceeded" for each in errors)
        outcome: Literal["ended", "postponed"] = "postponed" if too_much else "ended"
        return found.model_copy(
            update={"outcome": outcome, "problem": f"the batch was refused: {words or 'no reason'}"}
        )
    if batch.status in ("completed", "expired", "cancelled"):
        problem = f"the batch is {batch.status} without an answer to it"
        return found.model_copy(update={"outcome": "ended", "problem": problem})
    return found
