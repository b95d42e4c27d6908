"""Asks any server that speaks OpenAI's chat completions: OpenAI, Azure, vLLM, Ollama, llama.cpp.

The only module that imports openai, and the only owner of retries: the client's own are switched off.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
import openai
import tenacity
from pydantic import SecretStr

from agent.core.judging import completions as batch
from agent.core.judging import costs
from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.questions import Answers, Messages, Questions
from agent.errors import ConfigError, JudgeError
from agent.judges.openai.retry_policy import Patience, UnderWay
from agent.judges.openai.server_features import Dialect, Parameter, refused_parameter
from agent.judges.openai.spending_cap import Tab
from agent.judges.openai.stored_answers import Asking
from agent.records import JudgeIdentity, Judgment, Paper, Record, Usage

OPENAI_URL = "https://api.openai.com/v1"

TOO_MANY_LOST = 5
"""Papers lost to the server, with no answer ever received, before the rest is not asked about at all."""

UNKNOWN_MODEL = ("model_not_found", "DeploymentNotFound")
"""Codes of OpenAI and of Azure; other servers name the model in words."""

SHORTEST_SECRET = 8
"""Characters: a shorter key ("x" for a local server) is no secret, and would be found in every other word."""


class Endpoint(Record):
    """Where the model server is; ``base_url`` ends in /v1. A local server may need no key."""

    base_url: str = OPENAI_URL
    api_key: SecretStr | None = None


class _Refused(Exception):
    """The server does not know a parameter that we can do without."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.parameter = parameter


class _Garbled(Exception):
    """HTTP 200, but no chat completion."""


class _WebPage(_Garbled):
    """HTTP 200, and a page for people."""


class _TooSlow(Exception):
    """No whole answer within the time of one request."""


@dataclass
class _Session:
    """What belongs to one event loop: made for the first paper asked about, closed after the last."""

    client: openai.AsyncOpenAI
    slots: asyncio.Semaphore
    users: int = 0
    under_way: UnderWay = field(default_factory=UnderWay)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class _Server:
    """What was learnt about the server so far in this run."""

    dialect: Dialect = field(default_factory=Dialect)
    lost: int = 0
    stop: JudgeError | ConfigError | None = None
    """Why no one is asked any more; it holds until a first answer arrives."""


class OpenAIJudge:
    """Judges by asking ``endpoint``; every answer is in ``answers`` before anyone reads it, and asked for only once.

    ``concurrency`` is how many papers are asked about at a time. ``cap`` is the most this object may spend, in US
    dollars (None: no cap). Raises ConfigError for a cap that is not positive or a model without a known price.
    """

    def __init__(
        self,
        questions: Questions,
        answers: Answers,
        endpoint: Endpoint,
        *,
        concurrency: int = 16,
        prices: Mapping[str, costs.Price] | None = None,
        cap: float | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._questions = questions
        self._endpoint = endpoint
        self._concurrency = concurrency
        self._patience = patience or Patience()
        self._asking = Asking(questions, answers, prices or {}, cap)
        self._server = _Server()
        self._session: _Session | None = None

    @property
    def identity(self) -> JudgeIdentity:
        return self._questions.identity

    @property
    def usage(self) -> Usage:
        return self._asking.spent

    @property
    def replayed(self) -> Usage:
        """What the answers taken from memory instead of the server did cost when they were new."""
        return self._asking.replayed

    def prepare(self, tonight: Sequence[Paper]) -> None:
        self._questions.prepare(tonight)

    async def judge(self, paper: Paper) -> Judgment:
        """Judge one paper. Raises JudgeError, or ConfigError when key, model or address are wrong from the start."""
        try:
            async with self._connected() as session, session.slots:
                return await self._judge(session, paper)
        except ConfigError:
            # It ends the run, and whoever ends a run cancels the rest: let no request be under way then.
            await session.closed.wait()
            raise

    async def _judge(self, session: _Session, paper: Paper) -> Judgment:
        async def send(model: str, messages: Messages, tab: Tab) -> RawAnswer:
            await self._hope(session)
            with session.under_way.one():
                return await self._ask_server(session, model, messages, tab)

        try:
            async with asyncio.timeout(self._patience.deadline):
                return await self._asking.decide(paper, send)
        except TimeoutError:
            raise self._lose(f"no answer within {self._patience.deadline:g} s") from None

    async def _hope(self, session: _Session) -> None:
        """Before more is asked of a server that only lost papers so far, wait for what is under way: it may be slow."""
        while (stop := self._server.stop) and not self._asking.spent.calls:
            if isinstance(stop, ConfigError) or not session.under_way.count:
                raise stop
            await session.under_way.ended()

    async def _ask_server(self, session: _Session, model: str, messages: Messages, tab: Tab) -> RawAnswer:
        dialect = self._server.dialect
        effort = self._questions.reasoning_effort if dialect.takes_effort else ""
        body = dialect.speak(self._questions.body(model, messages, dialect.mode, effort))
        patience = self._patience
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(patience.attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception(_worth_retrying),
            reraise=True,
        )
        try:
            return await retrying(self._request, session, body, tab)
        except _Refused as refused:
            # Learnt once for the whole run; nothing was paid for this call.
            self._server.dialect = self._server.dialect.without(refused.parameter, body)
            return await self._ask_server(session, model, messages, tab)
        except _WebPage:
            url = self._endpoint.base_url
            raise self._give_up(f"{url} answers with a web page; OPENAI_BASE_URL usually ends in /v1") from None
        except _Garbled as error:
            raise self._lose(f"{self._endpoint.base_url}: {error}; does the base URL end in /v1?") from None
        except openai.APIStatusError as error:
            raise self._refusal(error, model) from None
        except (_TooSlow, openai.APITimeoutError):
            raise self._lose(f"no answer within {patience.request_timeout:g} s, {patience.attempts} times") from None
        except openai.APIConnectionError as error:
            why = error.__cause__ or error
            raise self._lose(f"cannot reach the model server at {self._endpoint.base_url}: {why}") from None

    def _wait(self, attempt: tenacity.RetryCallState) -> float:
        error = attempt.outcome.exception() if attempt.outcome else None
        headers = error.response.headers if isinstance(error, openai.APIStatusError) else None
        return self._patience.wait(attempt.attempt_number, headers)

    async def _request(self, session: _Session, body: dict[str, Any], tab: Tab) -> RawAnswer:
        await tab.admit()
        # The client's timeout is per read: a server that drips bytes would never meet it.
        try:
            async with asyncio.timeout(self._patience.request_timeout):
                response = await session.client.chat.completions.with_raw_response.create(**body)
            found = batch.read_completion(json.loads(response.text))
        except TimeoutError:
            raise _TooSlow from None
        except openai.APIStatusError as error:
            tab.refused()
            if parameter := refused_parameter(error.status_code, f"{error.message} {error.body}", body):
                raise _Refused(parameter) from None
            raise
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, httpx2.ConnectError):
                tab.refused()
            raise
        except (json.JSONDecodeError, RecursionError):
            page = response.text.lstrip().startswith("<")
            raise (_WebPage if page else _Garbled)("the answer is no JSON") from None
        if isinstance(found, Unanswered):
            raise _Garbled(found.reason)
        return found

    def _refusal(self, error: openai.APIStatusError, model: str) -> JudgeError | ConfigError:
        """Return what a status that no retry helps against means: fatal when the very first calls get it."""
        url, status, text = self._endpoint.base_url, error.status_code, self._without_key(_words(error))
        if status == 401:
            # The server's own words may repeat part of the key.
            return self._give_up(f"{url} does not accept the key (401); check OPENAI_API_KEY")
        if status == 403:
            return self._give_up(
                f"{url} does not allow this (403): {text}; check OPENAI_API_KEY and the model's access"
            )
        if status == 404 and (model in text or error.code in UNKNOWN_MODEL):
            return self._give_up(f"{url} does not know model {model!r} (404); set judge.model or --model")
        if status == 404:
            return self._give_up(f"no chat completions at {url} (404); OPENAI_BASE_URL usually ends in /v1")
        if _out_of_quota(error):
            return self._lose(f"the account's quota at {url} is used up (insufficient_quota)")
        return self._lose(f"{url} answered {status}: {text}")

    def _give_up(self, reason: str) -> JudgeError | ConfigError:
        """Before any answer nothing was done, and nothing will be: end the run. Later, only this paper fails."""
        if self._asking.spent.calls:
            return JudgeError(reason)
        self._server.stop = ConfigError(reason)
        return self._server.stop

    def _lose(self, reason: str) -> JudgeError:
        """Count a paper lost to the server; as long as none was answered, stop asking after a few."""
        self._server.lost += 1
        if self._server.lost >= TOO_MANY_LOST and not self._server.stop:
            self._server.stop = JudgeError(f"not asked, {self._server.lost} papers were lost before: {reason}")
        return JudgeError(reason)

    def _without_key(self, text: str) -> str:
        key = self._endpoint.api_key.get_secret_value() if self._endpoint.api_key else ""
        shown = text.replace(key, "***") if len(key) >= SHORTEST_SECRET else text
        return " ".join(shown.split())[:300]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[_Session]:
        if self._session is None:
            key = self._endpoint.api_key.get_secret_value() if self._endpoint.api_key else "no-key"
            http = openai.DefaultAsyncHttpxClient(verify=_tls(), timeout=self._patience.request_timeout)
            client = openai.AsyncOpenAI(base_url=self._endpoint.base_url, api_key=key, max_retries=0, http_client=http)
            self._session = _Session(client, asyncio.Semaphore(self._concurrency))
        session = self._session
        session.users += 1
        try:
            yield session
        finally:
            session.users -= 1
            if not session.users:
                self._session = None
                await session.client.close()
                session.closed.set()


@cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()  # reads hundreds of certificates: once is enough


def _worth_retrying(error: BaseException) -> bool:
    if isinstance(error, openai.APIStatusError):
        return (error.status_code in (408, 409, 429) or error.status_code >= 500) and not _out_of_quota(error)
    return isinstance(error, openai.APIConnectionError | _Garbled | _TooSlow)


def _words(error: openai.APIStatusError) -> str:
    """Return what the server said, without the client's own prefix."""
    return str(error.body["message"]) if isinstance(error.body, dict) and "message" in error.body else error.message


def _out_of_quota(error: openai.APIStatusError) -> bool:
    return error.status_code == 429 and "insufficient_quota" in (error.code, error.type)
