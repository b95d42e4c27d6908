"""Requests to arXiv: one at a time, three seconds apart, with a deadline, and retried by one owner.

The terms (https://info.arxiv.org/help/api/tou.html): RSS and API together, at most one request every three
seconds, over a single connection. Share one ``LastRequest`` between all that ask arXiv.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

import httpx2
import tenacity

from agent.core.http import ACCEPTED_ENCODING, MOVED, BodyError, CutBodyError, address_of, read_body, seconds_to_wait
from agent.errors import SourceError
from agent.tls import tls_context

T = TypeVar("T")

LONGEST_ANSWER: Final = 8 * 2**20
"""Bytes of an answer that are read: several times the largest feed or page."""
LONGEST_CONNECT: Final = 5.0
"""Seconds for each address of a host: where IPv6 leads nowhere, several hang before the first that answers."""
ATTEMPTS_AT_CONTENT: Final = 3
_LONGEST_WAY: Final = 3
"""So many addresses in a row may send on to the next; more is a circle."""
_HEADERS: Final = {"user-agent": "paper-triage", "accept-encoding": ACCEPTED_ENCODING}


class BadAnswer(Exception):
    """An answer that is not what was asked for, or none at all; asking again may help.

    ``lasting``: it is whole, only its content is wrong, so that asking again twice is enough.
    """

    def __init__(self, message: str, retry_after: float = 0.0, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.lasting = lasting


class RefusedError(SourceError):
    """A request that arXiv calls wrong: asking for less may help."""


class Pace(Protocol):
    """The pace of all who ask arXiv together: whoever asks waits for a turn, takes it and ends it."""

    def begin(self) -> None:
        """Wait for the next turn, and take it."""

    def end(self) -> None:
        """End the turn: the pause begins."""


@dataclass
class LastRequest:
    """The end of the last request of those who share it, in seconds of their clock."""

    ended: float = -math.inf


class ProcessPace:
    """The pace of all in this process who share ``last``: ``delay`` seconds lie between two requests."""

    def __init__(
        self, delay: float, clock: Callable[[], float], sleep: Callable[[float], None], last: LastRequest
    ) -> None:
        self._delay, self._clock, self._sleep, self._last = delay, clock, sleep, last

    def begin(self) -> None:
        """Wait until the pause is over."""
        self._sleep(max(0.0, self._last.ended + self._delay - self._clock()))

    def end(self) -> None:
        """Let the pause begin."""
        self._last.ended = self._clock()


@dataclass
class ArxivHttp:
    """GET requests to arXiv, paced and tried again. Times are seconds.

    ``delay`` lies between the end of a request and the start of the next; ``timeout`` bounds one request as a whole, so
    that an answer dripping in byte by byte ends too; ``attempts`` and ``patience`` bound the retries of one question.
    """

    delay: float = 3.0
    timeout: float = 30.0
    attempts: int = 6
    patience: float = 180.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    pace: Pace | None = None
    """None: only those who share ``last`` keep a pace together."""
    last: LastRequest = field(default_factory=LastRequest)
    requests: int = 0
    """The number of requests made so far."""

    def __post_init__(self) -> None:
        self._own_pace = ProcessPace(self.delay, self.clock, self.sleep, self.last)

    def deadline(self, *, brief: bool = False) -> float:
        """Return when a question asked now is given up, on ``clock``; a ``brief`` one has the time of one request."""
        return self.clock() + (min(self.delay + self.timeout, self.patience) if brief else self.patience)

    def get(self, url: str, read: Callable[[bytes], T], deadline: float | None = None) -> T:
        """Return what ``read`` makes of the body; it raises BadAnswer for one that should be asked for again.

        Raises SourceError after the last attempt, at the deadline, or at once when arXiv calls the request wrong.
        """
        end = self.deadline() if deadline is None else deadline
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(BadAnswer),
            wait=_wait(tenacity.wait_exponential(multiplier=self.delay, max=60)),
            stop=lambda state: (
                state.attempt_number >= self._attempts_after(state) or self.clock() + state.upcoming_sleep >= end
            ),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            answer: T = retrying(self._ask, url, read, end)
            return answer
        except BadAnswer as error:
            times = retrying.statistics["attempt_number"]
            asked = "asked once" if times == 1 else f"asked {times} times"
            wait = math.ceil(error.retry_after / 60)
            cure = "nothing to do but run again later"
            if wait > 1:
                cure = f"run again in {wait} min: before that it wants no request"
            raise SourceError(f"arXiv: {error} ({asked}); {cure}") from None

    def _attempts_after(self, state: tenacity.RetryCallState) -> int:
        error = state.outcome.exception() if state.outcome else None
        lasting = isinstance(error, BadAnswer) and error.lasting
        return min(self.attempts, ATTEMPTS_AT_CONTENT) if lasting else self.attempts

    def _ask(self, url: str, read: Callable[[bytes], T], end: float) -> T:
        status, headers, body = self._follow(url, end)
        if status in (400, 404, 410):
            error = RefusedError if status == 400 else SourceError
            raise error(f"arXiv: HTTP {status} from {address_of(url)}; check the endpoint and the categories")
        if status != 200:
            wait = seconds_to_wait(headers.get("retry-after", ""), datetime.now(UTC))
            raise BadAnswer(f"HTTP {status}", wait or 0.0)
        return read(body)

    def _follow(self, url: str, end: float) -> tuple[int, httpx2.Headers, bytes]:
        """Return the answer at ``url``, or where it sends on to: each address asked is a request of its own."""
        place = url
        for _ in range(_LONGEST_WAY + 1):
            status, headers, body = self._request(place, end)
            if status not in MOVED:
                return status, headers, body
            try:
                target = httpx2.URL(place).join(headers.get("location", ""))
            except httpx2.InvalidURL as error:
                raise SourceError(f"arXiv: {address_of(place)} sends on to no address: {error}; check it") from None
            # No credential follows a redirect: an address with a user or password must answer by itself.
            if httpx2.URL(url).userinfo:
                new = address_of(str(target))
                raise SourceError(f"arXiv: {address_of(url)} has moved to {new}: set the endpoint to its new address")
            place = str(target)
        raise BadAnswer(f"{address_of(url)} sends on from one address to the next", lasting=True)

    def _request(self, url: str, end: float) -> tuple[int, httpx2.Headers, bytes]:
        """Make one request, in its turn. Raises BadAnswer without a whole answer, SourceError where none can come."""
        pace = self.pace or self._own_pace
        pace.begin()
        self.requests += 1
        gave_up = threading.Event()
        timeout = min(self.timeout, end - self.clock())
        try:
            if timeout <= 0:
                raise BadAnswer("no time is left to ask")
            return _receive(url, timeout, gave_up)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise SourceError(f"arXiv: {address_of(url)}: {error}; check the endpoint") from None
        except CutBodyError as error:
            raise BadAnswer(f"an answer that was cut: {error}") from None
        except BodyError as error:
            raise SourceError(
                f"arXiv: {address_of(url)} sends what is no answer of arXiv's: {error}; check it"
            ) from None
        except (httpx2.HTTPError, ValueError, RuntimeError) as error:
            # ValueError: a length beyond what Python reads as a number. RuntimeError: given up before it was sent.
            late = gave_up.is_set() or isinstance(error, httpx2.TimeoutException)
            why = f" within {timeout:.2g} s" if late else f": {type(error).__name__}"
            raise BadAnswer(f"no answer{why}") from None
        finally:
            pace.end()


def _receive(url: str, timeout: float, gave_up: threading.Event) -> tuple[int, httpx2.Headers, bytes]:
    """Return status, headers and body. httpx2 bounds each wait, not their sum: headers or a body that drip in would
    never end, so the connection is closed under them after ``timeout``. Raises BodyError.
    """
    waits = httpx2.Timeout(timeout, connect=min(timeout, LONGEST_CONNECT))
    with httpx2.Client(verify=tls_context(), timeout=waits) as client:

        def give_up() -> None:
            gave_up.set()
            client.close()

        alarm = threading.Timer(timeout, give_up)
        alarm.daemon = True
        alarm.start()
        try:
            with client.stream("GET", url, headers=_HEADERS) as response:
                encoding = response.headers.get("content-encoding", "")
                body = read_body(response.iter_raw(), encoding, LONGEST_ANSWER) if response.status_code == 200 else b""
                return response.status_code, response.headers, body
        finally:
            alarm.cancel()


def _wait(backoff: tenacity.wait.wait_base) -> Callable[[tenacity.RetryCallState], float]:
    """Back off, but never ask before the server's Retry-After."""

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(backoff(state), error.retry_after if isinstance(error, BadAnswer) else 0.0)

    return wait
