"""One question to a model server, over as many requests as it takes: retries, and requests that ask for less."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import tenacity

from agent.core.judging import completions, costs
from agent.core.judging.answer import Mode
from agent.core.judging.completions import OUTPUT_SETTING, RawAnswer, Unanswered
from agent.core.judging.protocol import bodies
from agent.core.judging.questions import Messages
from agent.core.notation import json_text, objects
from agent.errors import ConfigError, JudgeError, PaperRefused
from agent.judges.openai.concurrency import Concurrency, EventLoopTurns, Request, Slot, uncounted
from agent.judges.openai.connection import Connection, NoReply, TooSlow, remedy
from agent.judges.openai.retry_policy import RetryPolicy
from agent.judges.openai.server_errors import (
    NEVER_BILLED,
    NO_WORDS,
    Reply,
    Sent,
    ServerError,
    from_body,
    moved_to,
    understand,
    web_page,
)
from agent.judges.openai.server_features import (
    SETTINGS,
    Feature,
    Features,
    Search,
    must_stream,
    named_feature,
    with_less,
)
from agent.judges.openai.server_state import LOST_BY_SILENCE, SLOWER, ServerState
from agent.judges.openai.server_words import REQUEST_NAMES, UNLUCKY
from agent.judges.openai.spending_cap import Reservation
from agent.judges.openai.stored_answers import Asking, context_needed, cut_words

SHORTEST_OUTPUT = 400
"""Tokens: with less room than this an answer is cut."""

OUTPUT_WHERE_UNKNOWN = 1000
"""Tokens of an answer to ask for when a server says that all is too long, and not what would fit."""

OVERLOADED = (408, 425, 429, 503, 504, 524, 529)

RATE_LIMITED, FAILED_INSIDE = 429, 500

PLAINER_FROM = 3
"""Attempt: a first request that got 500 twice, without a reason, or no reply at all, may not be understood rather than
be unlucky."""

UNFORMED = 2
"""Answers in no form, before the first one in any, after which a plainer form is asked for: one may be repaired."""

WEB_PAGES = 3
"""So many web pages in a row are no gateway's passing words, but what the address serves."""


_OF_REQUEST = ("bad_request", "try_again", "address")
"""Meanings of errors that may have their reason in a request that was not to be streamed."""


class TooLong(JudgeError):
    """The prompt does not fit the server's context."""


class _Failed(Exception):
    """The server answered with an error."""

    def __init__(self, error: ServerError, headers: dict[str, str]) -> None:
        super().__init__(error.words)
        self.error = error
        self.headers = headers


class _Garbled(Exception):
    """HTTP 200, but no chat completion."""


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


class Question:
    """``messages`` for ``model``: every request is reserved for first, and holds the ``slot`` while it is under way.

    The time spent on waiting for others (for the slot, for money, for a search) does not count on the ``clock``.
    """

    def __init__(
        self,
        access: ServerAccess,
        asking: Asking,
        model: str,
        messages: Messages,
        reservation: Reservation,
        slot: Slot,
        clock: asyncio.Timeout,
    ) -> None:
        self._access, self._server, self._policy = access, access.server, access.policy
        self._taken = access.server.model(model)
        self._asking, self._questions = asking, asking.questions
        self._model, self._messages = model, messages
        self._reservation, self._slot, self._clock = reservation, slot, clock
        self._prompt = costs.estimated_tokens(messages)
        self._room: int | None = None
        self._shortened = 0

    async def ask(self) -> RawAnswer:
        """Return the server's answer, readable or not. Raises JudgeError, and ConfigError if nothing can be done."""
        while True:
            self._fit()
            features = self._taken.features
            try:
                answer = await self._request(features)
                if not self._ask_plainer(features, answer):
                    return answer
            except _Failed as failed:
                if self._shorten(features, failed.error):
                    continue
                found = await self._search(features, failed)
                if found is not None:
                    return found
                if self._taken.features == features:
                    raise self._final(failed) from None

    # what fits

    def _fit(self) -> None:
        """Leave the answer the room that the context has. Raises TooLong when a model's known context is too short.

        Where only the server has named the context, it is left to say whether the prompt fits: ours is an estimate.
        """
        if self._server.known_context is not None and self._prompt > self._server.known_context:
            raise TooLong(self._too_long())
        if self._taken.context is not None and self._room is None:
            room = self._taken.context - self._prompt * 11 // 10
            self._room = room if room >= SHORTEST_OUTPUT else None

    def _shorten(self, features: Features, error: ServerError) -> bool:
        """Ask for a shorter answer, if the server says that this would do. Raises TooLong if the prompt is too long."""
        allowed = min(
            self._questions.max_output, self._room or self._questions.max_output, features.most_output or 10**9
        )
        self._shortened += 1
        if error.meaning == "output_limit" and error.most_output and SHORTEST_OUTPUT <= error.most_output < allowed:
            self._taken.features = self._taken.features.model_copy(update={"most_output": error.most_output})
            return self._shortened < 4
        if error.meaning != "too_long":
            return False
        self._prompt = error.prompt or self._prompt
        self._taken.context = error.context or self._taken.context
        if error.context is not None:
            room = error.context - self._prompt * (1 if error.prompt else 1.1) - costs.MESSAGE_TOKENS
        else:
            room = OUTPUT_WHERE_UNKNOWN
        if self._shortened > 3 or not SHORTEST_OUTPUT <= room < allowed:
            raise TooLong(f"{self._too_long()}; the server: {self._server.without_key(error.words)}")
        self._room = int(room)
        return True

    def _too_long(self) -> str:
        has = "too short a context" if self._taken.context is None else f"a context of {self._taken.context} tokens"
        needed = context_needed(self._prompt, SHORTEST_OUTPUT)
        return (
            f"{self._server.endpoint.shown} has {has} for a prompt of about {self._prompt} tokens; raise it (Ollama "
            f"num_ctx, llama.cpp --ctx-size, vLLM --max-model-len) to at least {needed}, or take a shorter [judge] "
            "prompt"
        )

    # what the server takes

    async def _search(self, features: Features, failed: _Failed) -> RawAnswer | None:
        """Ask for less until the server answers; None: it does not, or another paper has learnt something meanwhile."""
        error, named = failed.error, self._named(failed.error, features)
        if must_stream(error.said) and not features.asks_stream and error.meaning in _OF_REQUEST:
            self._taken.features = features.model_copy(update={"asks_stream": True})
            return None
        if error.meaning == "try_again" and not (named and _may_be_feature(error)):
            return await self._ask_with_less(features, error, named)
        if error.meaning != "bad_request" and not (named and _may_be_feature(error)):
            return None
        async with self._turn_to_search():
            if self._taken.features != features or (named is None and self._taken.answered):
                return None
            search, tried = Search(features, error.said, named), {self._spoken(features)}
            while self._taken.refusals_left > 0 and (trial := search.next(error.said, named)) is not None:
                if self._spoken(trial) in tried:
                    continue
                tried.add(self._spoken(trial))
                try:
                    answer = await self._request(trial)
                except _Failed as again:
                    self._taken.refusals_left -= 1
                    error, named = again.error, self._named(again.error, trial)
                    if error.meaning in ("output_limit", "too_long"):
                        self._taken.features = trial
                        return None
                    continue
                self._taken.features = trial
                return answer
            self._taken.refusals_left = 0
            return None

    async def _ask_with_less(self, features: Features, error: ServerError, named: Feature | None) -> RawAnswer | None:
        """Ask a server that failed again and again for less, once a run: some refuse what they do not take as if
        something had failed for the moment. None: it does not help, or was tried."""
        unlikely = named is None and (self._taken.answered or error.status in (RATE_LIMITED, FAILED_INSIDE))
        if unlikely or self._too_late(error):
            return None
        async with self._turn_to_search():
            if self._taken.features != features or self._taken.tried_with_less:
                return None
            self._taken.tried_with_less = True
            for trial in with_less(features, named):
                try:
                    answer = await self._attempt(trial)
                except (_Failed, _Garbled, NoReply):
                    continue
                self._note(answer, trial, lasting=named is not None)
                self._taken.features = trial
                return answer
        return None

    @asynccontextmanager
    async def _turn_to_search(self) -> AsyncIterator[None]:
        """Wait until no other paper searches. Who waits leaves slot and money to the one that does, which may need
        them, and the wait is not its own time."""
        turns = self._access.searching
        waits = turns.locked()
        if waits:
            self._reservation.close(None)
            self._slot.step_aside()
        with uncounted(self._clock):
            await turns.acquire()
        try:
            if waits:
                with uncounted(self._clock):
                    await self._slot.take()
            yield
        finally:
            turns.release()

    def _ask_plainer(self, features: Features, answer: RawAnswer) -> bool:
        """Ask in a plainer form when no answer of the run was in the one asked for: some servers take a form without a
        word and leave it out, or let the model write nothing but blanks in it. The plainer ones tell it in words. When
        none helps, the first that was answered is asked for again.
        """
        taken = self._taken
        taken.formed = taken.formed or self._in_form(answer.content)
        cut = answer.finish_reason == "length" and not _writes_nothing(answer.content)
        if taken.formed or answer.refused or cut:
            return False
        taken.unformed += 1
        if taken.unformed < UNFORMED:
            return False
        if taken.features == features:
            plainer = features.without("mode")
            taken.formed = plainer is None  # as well as it gets
            taken.first_mode = taken.first_mode or features.mode
            taken.features = plainer or features.model_copy(update={"mode": taken.first_mode})
        if taken.formed:
            return False
        self._pay(answer)
        return True

    def _in_form(self, content: str) -> bool:
        """Tell whether the content holds an object with any of the names that were asked for, in whatever notation."""
        asked = self._questions.schema.get("properties", {})
        found = [json_text.find_answer(content, next(iter(asked), "")) or {}, *objects.find_objects(content)]
        named = {objects.plain_name(str(name)) for each in found for name in each}
        return bool(named & asked.keys() if asked else named)

    def _named(self, error: ServerError, features: Features) -> Feature | None:
        return named_feature(error.said, self._body(features))

    def _body(self, features: Features) -> dict[str, Any]:
        effort = self._questions.reasoning_effort if features.effort else ""
        body = features.adapt(self._questions.body(self._model, self._messages, features.mode, effort))
        if self._room is not None and features.limit:
            body[features.limit] = min(body[features.limit], self._room)
        return body

    def _spoken(self, features: Features) -> str:
        return json.dumps(self._body(features))

    # requests

    async def _request(self, features: Features) -> RawAnswer:
        """Send one request, again while what is wrong may pass. Raises _Failed, JudgeError or ConfigError."""
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
            answer = await self._attempt(asked)
            self._note(answer, asked, lasting=asked == features)
            return answer

        try:
            return await retrying(attempt)
        except TooSlow as slow:
            raise self._server.lose(f"{slow}, {attempts.timeouts} times; {SLOWER}", LOST_BY_SILENCE) from None
        except NoReply as lost:
            where = self._server.endpoint.shown
            raise self._server.lose(f"cannot reach the model server at {where}: {lost}{remedy(lost)}") from None
        except _Garbled as garbled:
            words = self._server.without_key(str(garbled))
            raise self._server.lose(f"{self._server.endpoint.shown}: {words}; does the base URL end in /v1?") from None

    def _plainer(self, features: Features, unexplained: int) -> Features:
        """Ask for a plainer form after the second 500 without a reason or connection that broke, and after the third,
        if nothing was answered yet: servers crash on a schema that they do not understand."""
        if self._taken.answered or unexplained < PLAINER_FROM - 1:
            return features
        mode: Mode = "json_object" if unexplained < PLAINER_FROM else "text"
        return features.model_copy(update={"mode": mode}) if features.mode != "text" else features

    def _note(self, answer: RawAnswer, features: Features, *, lasting: bool) -> None:
        """Learn from an answer, if it is one to the whole prompt."""
        if self._asking.is_cut(self._model, self._messages, answer.usage):
            self._server.lose(cut_words(answer.input_tokens, self._messages, self._questions.max_output))
            return
        if not lasting and not self._taken.answered:
            self._taken.features = self._taken.guessed = features
        self._taken.note_answer(features, lasting=lasting and features != self._taken.guessed)

    def _may_pass(self, error: BaseException, features: Features) -> bool:
        if isinstance(error, _Failed):
            may_pass = error.error.meaning in ("try_again", "loading") or _is_page(error.error)
            passing = may_pass and not self._too_late(error.error)
            refused = _may_be_feature(error.error) and not UNLUCKY.search(error.error.said)
            return (
                passing and not must_stream(error.error.said) and not (refused and self._named(error.error, features))
            )
        return isinstance(error, NoReply | _Garbled)

    def _too_late(self, error: ServerError) -> bool:
        """Tell whether the server asks to wait longer than a paper may take, as for the limit of a day."""
        return error.wait is not None and error.wait > self._policy.deadline

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.error.wait if isinstance(error, _Failed) else None
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

    async def _attempt(self, features: Features) -> RawAnswer:
        if self._reservation.must_wait:
            # Those who have reserved may need this slot to go on.
            self._slot.step_aside()
            with uncounted(self._clock):
                await self._reservation.admit()
                await self._slot.take()
        else:
            await self._reservation.admit()
        request = self._access.slots.request()
        body = self._body(features)
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
        return self._read(reply, request, Sent(prompt=self._prompt, output=longest))

    def _read(self, reply: Reply, request: Request, sent: Sent) -> RawAnswer:
        """Return the answer in what came back. Raises _Failed and _Garbled."""
        if not 200 <= reply.status < 300:
            if reply.status in NEVER_BILLED:
                self._reservation.refused()
            raise self._failed(understand(reply, self._model, sent), reply, request)
        decoded = bodies.decode(reply.text)
        if decoded is None:
            if reply.text.lstrip().startswith("<"):
                raise self._failed(web_page(reply), reply, request)
            raise _Garbled(_no_json(reply.text))
        found = completions.read_completion(decoded)
        if isinstance(found, RawAnswer):
            request.answered()
            return found
        if not found.error:
            raise _Garbled(found.reason)
        self._pay_error(found)
        raise self._failed(from_body(found, reply, self._model, sent), reply, request)

    def _pay_error(self, found: Unanswered) -> None:
        """An error costs nothing, unless the server reports tokens for it."""
        if found.paid is None:
            self._reservation.refused()
        else:
            self._pay(found.paid)

    def _pay(self, answer: RawAnswer) -> None:
        """Pay for what is of no use, and was made all the same."""
        _, dollars = self._asking.count(self._model, self._messages, answer)
        self._reservation.close(dollars)

    def _failed(self, error: ServerError, reply: Reply, request: Request) -> _Failed:
        if error.status in OVERLOADED:
            request.overloaded()
        return _Failed(error, dict(reply.headers))

    # what cannot be helped

    def _final(self, failed: _Failed) -> JudgeError | ConfigError:
        """Return what an error that nothing helps against means: fatal when the very first calls get it."""
        server, error = self._server, failed.error
        url, status, words = server.endpoint.shown, error.status, server.without_key(error.words)
        fatal = {
            "key": f"{url} does not accept the key ({status}); check OPENAI_API_KEY"
            + ("" if error.words == NO_WORDS else f"; the server: {server.without_parts_of_key(error.words)}"),
            "forbidden": f"{url} does not allow this ({status}): {words}; check OPENAI_API_KEY and the model's access",
            "model": f"{url} does not know model {self._model!r} ({status}): {words}; set judge.model or --model",
            "address": f"no chat completions at {url} ({status}: {words}): OPENAI_BASE_URL usually ends in /v1 (Azure: "
            "/openai/v1, without an api-version), never in /chat/completions",
            "moved": f"{url} has moved to {moved_to(failed.headers)} ({status}); give that as OPENAI_BASE_URL",
            "login": f"{url} wants someone to log in ({status}: {words}), as a single sign-on or a network's portal "
            "does; OPENAI_BASE_URL is to be the address of the API, which takes a key and usually ends in /v1",
            "proxy": f"a proxy before {url} wants a login ({status}): {words}; give it in HTTPS_PROXY or HTTP_PROXY, "
            "or name the host in NO_PROXY",
            "blocked": f"a firewall before {url} turned this machine away, whatever the key ({status}): {words}; "
            "have it let through there, or correct OPENAI_BASE_URL",
            "no_https": f"{url} takes https only ({status}): {words}; let OPENAI_BASE_URL begin with https://",
            "web_page": f"{url} answers with a web page ({words}); OPENAI_BASE_URL usually ends in /v1",
        }
        if error.meaning in fatal:
            return server.give_up(fatal[error.meaning])
        if error.meaning == "refused":
            return PaperRefused(f"the server refused the paper ({status}): {words}")
        if error.meaning == "quota":
            later = (
                f"it asks to wait {error.wait:.0f} s: run again then" if error.wait else "run again when there is more"
            )
            return server.lose(f"the account's quota at {url} is used up ({status}): {words}; {later}")
        named = self._named(error, self._taken.features)
        hint = SETTINGS.get(named, "") if named else ""
        if error.meaning == "output_limit":
            hint = f"lower {OUTPUT_SETTING}"
        if self._too_late(error):
            hint = f"it asks to wait {error.wait:.0f} s: run again then"
        return server.lose(f"{url} answered {status}: {words}" + (f"; {hint}" if hint else ""))


class _Attempts:
    """Counts the attempts of one request, by what they ended in."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failures = 0
        self._web_pages = 0
        self.timeouts = 0
        self.unexplained = 0
        """Attempts that ended in a plain 500, or without a reply."""

    def enough(self, state: tenacity.RetryCallState) -> bool:
        """Tell whether to stop. A server that loads its model is waited for, up to the deadline of the paper."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Failed):
            if error.error.meaning == "loading":
                return False
            self.unexplained += error.error.status == 500
            self._web_pages += _is_page(error.error)
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
    if "\ufffd" in begins or any(unicodedata.category(sign) == "Cc" for sign in begins):
        return "the answer is no text; it may be compressed, though no compression was asked for"
    return f"the answer is no JSON: {begins!r}"


_SHOWN = 200


def _writes_nothing(content: str) -> bool:
    """Tell whether an answer is the same few marks or blanks again and again."""
    return len(content) > _RUN and len(set(content)) <= _FEW


_RUN, _FEW = 100, 4


def _is_page(error: ServerError) -> bool:
    """Tell whether a web page stood in place of an answer; one to log in at may be a gateway's passing words, too."""
    return error.meaning == "web_page" or (error.meaning == "login" and 200 <= error.status < 300)


def _may_be_feature(error: ServerError) -> bool:
    """Tell whether a server may use this status for what it does not know: llama-cpp-python and vLLM use 500, and some
    say of what a plan does not have that it is forbidden."""
    of_plan = error.meaning == "forbidden" and any(name in error.said for name in REQUEST_NAMES)
    return error.status in (400, 404, 415, 422, 500, 501) or of_plan
