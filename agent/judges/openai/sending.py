"""One request to a model server, sent again while what is wrong may pass: waits, the money reserved, what came back."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import tenacity

from agent.core.judging import completions, costs
from agent.core.judging.answer import Mode
from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.protocol import bodies
from agent.core.judging.questions import Messages
from agent.core.notation import json_text, objects
from agent.judges.openai.concurrency import Concurrency, EventLoopTurns, Request, Slot, uncounted
from agent.judges.openai.connection import Connection, NoReply, TooSlow, remedy
from agent.judges.openai.errors.meanings import NEVER_BILLED, Reply, ServerError, from_body, understand, web_page
from agent.judges.openai.errors.token_numbers import Sent
from agent.judges.openai.errors.words import REQUEST_NAMES, UNLUCKY, is_notice
from agent.judges.openai.retry_policy import RetryPolicy
from agent.judges.openai.server_features import Feature, Features, must_stream, named_feature
from agent.judges.openai.server_state import LOST_BY_SILENCE, SLOWER, ServerState
from agent.judges.openai.spending_cap import Reservation
from agent.judges.openai.stored_answers import Asking, cut_words

OVERLOADED = (408, 425, 429, 503, 504, 524, 529)

TIMED_OUT, STREAMED_AFTER = (408, 504, 524), 2
"""A gateway that gives up waiting for a whole answer, again and again, often passes one on that comes in parts."""

PLAINER_FROM = 3
"""Attempt: a first request that got 500 twice, without a reason, or no reply at all, may not be understood rather than
be unlucky."""

DOUBTED, DOUBTED_TIMES = ("key", "model"), 6
"""What was taken before, and is refused by one of the servers behind an address that does not know it: so many requests
of one paper reach another one."""

TELLING = ("relevance", "leaves")
"""Names of which every verdict and every draft of a taxonomy has one, in whatever notation it is written."""

WEB_PAGES = 3
"""So many web pages in a row are no gateway's passing words, but what the address serves."""


class Failed(Exception):
    """The server answered with an error."""

    def __init__(self, error: ServerError, headers: dict[str, str]) -> None:
        super().__init__(error.words)
        self.error = error
        self.headers = headers


class Garbled(Exception):
    """HTTP 200, but no chat completion. ``may_pass``: another try may bring one."""

    def __init__(self, reason: str, *, may_pass: bool = True) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


@dataclass
class ServerAccess:
    """The state that all questions to one server share, in one event loop. ``searching``: one finds out what the server
    takes. ``asking`` and ``reading`` are the turns of those that prepare a request, and of those that got an answer.
    """

    server: ServerState
    connection: Connection
    slots: Concurrency
    policy: RetryPolicy
    searching: asyncio.Lock = field(default_factory=asyncio.Lock)
    asking: EventLoopTurns = field(default_factory=EventLoopTurns)
    reading: EventLoopTurns = field(default_factory=EventLoopTurns)


@dataclass(frozen=True)
class Chat:
    """The ``messages`` for ``model``: every request is reserved for, and holds the ``slot`` while it is under way.

    The time spent on waiting for others (for the slot, for money, for a search) does not count on the ``clock``.
    """

    access: ServerAccess
    asking: Asking
    model: str
    messages: Messages
    reservation: Reservation
    slot: Slot
    clock: asyncio.Timeout


class Sending:
    """Sends a chat. ``prompt`` is how many tokens its messages are, and ``room`` how many the context leaves to an
    answer (None: not known)."""

    def __init__(self, chat: Chat) -> None:
        self._access, self._server, self._policy = chat.access, chat.access.server, chat.access.policy
        self._taken = self._server.model(chat.model)
        self._asking, self._questions = chat.asking, chat.asking.questions
        self._model, self._messages = chat.model, chat.messages
        self._reservation, self._slot, self._clock = chat.reservation, chat.slot, chat.clock
        self.prompt = costs.estimated_tokens(chat.messages)
        self.room: int | None = None

    def named(self, error: ServerError, features: Features) -> Feature | None:
        return named_feature(error.said, self.body(features))

    def body(self, features: Features) -> dict[str, Any]:
        effort = self._questions.reasoning_effort if features.effort else ""
        body = features.adapt(self._questions.body(self._model, self._messages, features.mode, effort))
        if self.room is not None and features.limit:
            body[features.limit] = min(body[features.limit], self.room)
        return body

    def spoken(self, features: Features) -> str:
        return json.dumps(self.body(features))

    def in_form(self, content: str) -> bool:
        """Tell whether the content holds an object with any of the names that were asked for, in whatever notation."""
        asked = self._questions.schema.get("properties", {})
        answers = [json_text.find_answer(content, name) or {} for name in TELLING]
        found = [*answers, *objects.find_objects(content)]
        named = {objects.plain_name(str(name)) for each in found for name in each}
        return bool(named & asked.keys() if asked else named)

    async def send(self, features: Features, *, lasting: bool = True) -> RawAnswer:
        """Send one request, again while what is wrong may pass. ``lasting``: an answer shows what the server takes.

        Raises Failed, JudgeError or ConfigError.
        """
        attempts = _Attempts(self._policy)
        retrying = tenacity.AsyncRetrying(
            stop=attempts.enough,
            wait=self._wait,
            sleep=self._sleep,
            retry=tenacity.retry_if_exception(lambda error: self._may_pass(error, features)),
            reraise=True,
        )

        async def attempt() -> RawAnswer:
            asked = self._plainer(features, attempts.unexplained)
            if attempts.timed_out >= STREAMED_AFTER:
                asked = asked.model_copy(update={"asks_stream": True})
            answer = await self.attempt(asked)
            self.note(answer, asked, lasting=lasting and asked == features)
            return answer

        try:
            return await retrying(attempt)
        except TooSlow as slow:
            raise self._server.lose(f"{slow}, {attempts.timeouts} times; {SLOWER}", LOST_BY_SILENCE) from None
        except NoReply as lost:
            where = self._server.endpoint.shown
            raise self._server.lose(f"cannot reach the model server at {where}: {lost}{remedy(lost)}") from None
        except Garbled as garbled:
            words = self._server.without_key(str(garbled))
            raise self._server.lose(f"{self._server.endpoint.shown}: {words}; does the base URL end in /v1?") from None

    def _plainer(self, features: Features, unexplained: int) -> Features:
        """Ask for a plainer form after the second 500 without a reason or connection that broke, and after the third,
        if nothing was answered yet: servers crash on a schema that they do not understand."""
        if self._taken.answered or unexplained < PLAINER_FROM - 1:
            return features
        mode: Mode = "json_object" if unexplained < PLAINER_FROM else "text"
        return features.model_copy(update={"mode": mode}) if features.mode != "text" else features

    def note(self, answer: RawAnswer, features: Features, *, lasting: bool) -> None:
        """Learn from an answer, if it is one to the whole prompt."""
        if self._asking.is_cut(self._model, self._messages, answer.usage):
            self._server.lose(cut_words(answer.input_tokens, self._messages, self._questions.max_output))
            return
        if not lasting and not self._taken.answered:
            self._taken.features = self._taken.guessed = features
        self._taken.note_answer(features, lasting=lasting and features != self._taken.guessed)
        if not answer.cut:
            self._server.heard()

    def _may_pass(self, error: BaseException, features: Features) -> bool:
        if isinstance(error, Failed):
            if error.error.meaning in DOUBTED:
                taken_before = self._taken.answered or (error.error.meaning == "key" and self._server.answered)
                return taken_before and self._server.may_doubt(error.error)
            may_pass = error.error.meaning in ("try_again", "loading") or is_page(error.error)
            # What answered at this address before is only gone while it is restarted.
            may_pass |= error.error.meaning == "address" and self._server.answered
            passing = may_pass and not self.too_late(error.error)
            refused = may_be_feature(error.error) and not UNLUCKY.search(error.error.said)
            return passing and not must_stream(error.error.said) and not (refused and self.named(error.error, features))
        return isinstance(error, NoReply) or (isinstance(error, Garbled) and error.may_pass)

    def too_late(self, error: ServerError) -> bool:
        """Tell whether the server asks to wait longer than a paper may take, as for the limit of a day."""
        return error.wait is not None and error.wait > self._policy.deadline

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.error.wait if isinstance(error, Failed) else None
        seconds = self._policy.wait(state.attempt_number, asked)
        if asked is not None:
            self._access.slots.pause(seconds)
        return seconds

    async def _sleep(self, seconds: float) -> None:
        """Wait without the slot, then for a slot; the second is not this paper's time."""
        self._slot.step_aside()
        await asyncio.sleep(seconds)
        with uncounted(self._clock):
            await self._slot.take()

    async def attempt(self, features: Features) -> RawAnswer:
        if self._reservation.must_wait:
            # Those who have reserved may need this slot to go on.
            self._slot.step_aside()
            with uncounted(self._clock):
                await self._reservation.admit()
                await self._slot.take()
        else:
            await self._reservation.admit()
        request = self._access.slots.request()
        body = self.body(features)
        try:
            reply = await self._access.connection.post(body)
        except NoReply as lost:
            if not lost.sent:
                self._reservation.refused()
            if isinstance(lost, TooSlow):
                request.overloaded(silent=True)
            raise
        request.ended()
        await self._access.reading.take()
        longest = body.get(features.limit, 0) if features.limit else 0
        return self._read(reply, request, Sent(prompt=self.prompt, output=longest))

    def _read(self, reply: Reply, request: Request, sent: Sent) -> RawAnswer:
        """Return the answer in what came back. Raises Failed and Garbled."""
        if not 200 <= reply.status < 300:
            if reply.status in NEVER_BILLED:
                self._reservation.refused()
            raise self._failed(understand(reply, self._model, sent), reply, request)
        decoded = bodies.decode(reply.text)
        if decoded is None:
            if reply.text.lstrip().startswith("<"):
                raise self._failed(web_page(reply), reply, request)
            raise Garbled(_no_json(reply.text), may_pass=_is_text(reply.text))
        found = completions.read_completion(decoded)
        if isinstance(found, RawAnswer) and is_notice(found.content) and not self.in_form(found.content):
            self.pay(found)
            notice = ServerError(
                meaning="try_again", status=reply.status, words=found.content, said=found.content.lower()
            )
            raise self._failed(notice, reply, request)
        if isinstance(found, RawAnswer):
            request.answered()
            return found
        if not found.error:
            raise Garbled(found.reason)
        self._pay_error(found)
        raise self._failed(from_body(found, reply, self._model, sent), reply, request)

    def _pay_error(self, found: Unanswered) -> None:
        """An error costs nothing, unless the server reports tokens for it."""
        if found.paid is None:
            self._reservation.refused()
        else:
            self.pay(found.paid)

    def pay(self, answer: RawAnswer) -> None:
        """Pay for what is of no use, and was made all the same."""
        _, dollars = self._asking.count(self._model, self._messages, answer)
        self._reservation.close(dollars)

    def _failed(self, error: ServerError, reply: Reply, request: Request) -> Failed:
        if error.status in OVERLOADED:
            request.overloaded()
        self._server.refused_in_a_row += error.meaning in DOUBTED
        return Failed(error, dict(reply.headers))


class _Attempts:
    """Counts the attempts of one request, by what they ended in."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failures = 0
        self._web_pages = 0
        self._doubted = 0
        self.timeouts = 0
        self.timed_out = 0
        """Attempts that a gateway gave up waiting for."""
        self.unexplained = 0
        """Attempts that ended in a plain 500, or without a reply."""

    def enough(self, state: tenacity.RetryCallState) -> bool:
        """Tell whether to stop. A server that loads its model is waited for, up to the deadline of the paper."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Failed):
            if error.error.meaning == "loading":
                return False
            if error.error.meaning in DOUBTED:
                self._doubted += 1
                return self._doubted >= DOUBTED_TIMES
            self.unexplained += error.error.status == 500
            self.timed_out += error.error.status in TIMED_OUT
            self._web_pages += is_page(error.error)
        self._failures += 1
        slow = isinstance(error, TooSlow)
        self.timeouts += slow
        self.unexplained += isinstance(error, NoReply) and error.sent and not slow
        if self._web_pages >= WEB_PAGES:
            return True
        return self._failures >= self._policy.attempts or self.timeouts >= self._policy.timeouts


def _no_json(text: str) -> str:
    """Return what an answer is that holds no JSON, with its first words."""
    begins = " ".join(map(bodies.data_of, text[:_SHOWN].splitlines())).strip()
    if not begins:
        return "the answer is empty, no JSON"
    if not _is_text(text):
        return "the answer is no text; it may be compressed, though no compression was asked for"
    return f"the answer is no JSON: {begins!r}"


def _is_text(text: str) -> bool:
    """Tell whether the beginning of a body is text; if not, it is compressed, and always will be."""
    begins = text[:_SHOWN]
    return "\ufffd" not in begins and not any(
        unicodedata.category(sign) == "Cc" for sign in begins if not sign.isspace()
    )


_SHOWN = 200


def is_page(error: ServerError) -> bool:
    """Tell whether a web page stood in place of an answer; one to log in at may be a gateway's passing words, too."""
    return error.meaning == "web_page" or (error.meaning == "login" and 200 <= error.status < 300)


def may_be_feature(error: ServerError) -> bool:
    """Tell whether a server may use this status for what it does not know: llama-cpp-python and vLLM use 500, and some
    say of what a plan does not have that it is forbidden. A text that is refused is no part of the request around it,
    unless that is named."""
    named = any(name in error.said for name in REQUEST_NAMES)
    if error.meaning == "refused":
        return named
    return error.status in (400, 404, 415, 422, 500, 501) or (error.meaning == "forbidden" and named)
