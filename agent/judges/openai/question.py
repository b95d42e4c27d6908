"""One question to a model server, over as many requests as it takes: retries, and requests that ask for less."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.core.judging import costs
from agent.core.judging.completions import RawAnswer
from agent.errors import JudgeError
from agent.judges.openai.concurrency import uncounted
from agent.judges.openai.connection import NoReply
from agent.judges.openai.errors.final import final_error
from agent.judges.openai.errors.meanings import ServerError
from agent.judges.openai.sending import Chat, Failed, Garbled, Sending, may_be_feature
from agent.judges.openai.server_features import Feature, Features, Search, must_stream, with_less
from agent.judges.openai.stored_answers import context_needed

SHORTEST_OUTPUT = 400
"""Tokens: with less room than this an answer is cut."""

OUTPUT_WHERE_UNKNOWN = 1000
"""Tokens of an answer to ask for when a server says that all is too long, and not what would fit."""

RATE_LIMITED, FAILED_INSIDE = 429, 500

EARLY = 0.5
"""An answer that is cut below this share of its limit is cut by something else."""

UNFORMED = 2
"""Answers in no form, before the first one in any, after which a plainer form is asked for: one may be repaired."""

_OF_REQUEST = ("bad_request", "try_again", "address")
"""Meanings of errors that may have their reason in a request that was not to be streamed."""


class TooLong(JudgeError):
    """The prompt does not fit the server's context."""


class Question:
    """Asks until a chat has an answer, for less where the server refuses something."""

    def __init__(self, chat: Chat) -> None:
        self._access, self._server = chat.access, chat.access.server
        self._taken, self._model = self._server.model(chat.model), chat.model
        self._questions = chat.asking.questions
        self._paper = hash(chat.messages[-1]["content"])
        self._reservation, self._slot, self._clock = chat.reservation, chat.slot, chat.clock
        self._sending = Sending(chat)
        self._shortened = 0

    async def ask(self) -> RawAnswer:
        """Return the server's answer, readable or not. Raises JudgeError, and ConfigError if nothing can be done."""
        while True:
            self._fit()
            features = self._taken.features
            try:
                if self._paper in self._taken.left_empty:
                    return await self._ask_in_words(features)
                answer = await self._sending.send(features)
                if self._is_cut_early(features, answer):
                    return await self._ask_by_other_name(features, answer)
                if not self._ask_plainer(features, answer):
                    self._note_empty(answer)
                    return answer
            except Failed as failed:
                if self._shorten(features, failed.error):
                    continue
                found = await self._search(features, failed)
                if found is not None and not self._ask_plainer(self._taken.features, found):
                    return found
                if self._taken.features == features:
                    named, too_late = self._sending.named(failed.error, features), self._sending.too_late(failed.error)
                    raise final_error(self._server, self._model, failed, named, too_late=too_late) from None

    # what fits

    def _fit(self) -> None:
        """Leave the answer the room that the context has. Raises TooLong when a model's known context is too short.

        Where only the server has named the context, it is left to say whether the prompt fits: ours is an estimate.
        """
        if self._server.known_context is not None and self._sending.prompt > self._server.known_context:
            raise TooLong(self._too_long())
        if self._taken.context is not None and self._sending.room is None:
            room = self._taken.context - self._sending.prompt * 11 // 10
            self._sending.room = room if room >= SHORTEST_OUTPUT else None

    def _shorten(self, features: Features, error: ServerError) -> bool:
        """Ask for a shorter answer, if the server says that this would do. Raises TooLong if the prompt is too long."""
        allowed = min(
            self._questions.max_output, self._sending.room or self._questions.max_output, features.most_output or 10**9
        )
        self._shortened += 1
        if error.meaning == "output_limit" and error.most_output and SHORTEST_OUTPUT <= error.most_output < allowed:
            self._taken.features = self._taken.features.model_copy(update={"most_output": error.most_output})
            return self._shortened < 4
        if error.meaning != "too_long":
            return False
        self._sending.prompt = error.prompt or self._sending.prompt
        self._taken.context = error.context or self._taken.context
        if error.context is not None:
            room = error.context - self._sending.prompt * (1 if error.prompt else 1.1) - costs.MESSAGE_TOKENS
        else:
            room = OUTPUT_WHERE_UNKNOWN
        if self._shortened > 3 or not SHORTEST_OUTPUT <= room < allowed:
            raise TooLong(f"{self._too_long()}; the server: {self._server.without_key(error.words)}")
        self._sending.room = int(room)
        return True

    def _too_long(self) -> str:
        has = "too short a context" if self._taken.context is None else f"a context of {self._taken.context} tokens"
        needed = context_needed(self._sending.prompt, SHORTEST_OUTPUT)
        return (
            f"{self._server.endpoint.shown} has {has} for a prompt of about {self._sending.prompt} tokens; raise it "
            f"(Ollama num_ctx, llama.cpp --ctx-size, vLLM --max-model-len) to at least {needed}, or take a shorter "
            "[judge] prompt"
        )

    # what the server takes

    async def _search(self, features: Features, failed: Failed) -> RawAnswer | None:
        """Ask for less until the server answers; None: it does not, or another paper has learnt something meanwhile."""
        error, named = failed.error, self._sending.named(failed.error, features)
        if must_stream(error.said) and not features.asks_stream and error.meaning in _OF_REQUEST:
            self._taken.features = features.model_copy(update={"asks_stream": True})
            return None
        if error.meaning == "try_again" and not (named and may_be_feature(error)):
            return await self._ask_with_less(features, error, named)
        if error.meaning != "bad_request" and not (named and may_be_feature(error)):
            return None
        async with self._turn_to_search():
            if self._taken.features != features or (named is None and self._taken.answered):
                return None
            search, tried = Search(features, error.said, named), {self._sending.spoken(features)}
            while self._taken.refusals_left > 0 and (trial := search.next(error.said, named)) is not None:
                if self._sending.spoken(trial) in tried:
                    continue
                tried.add(self._sending.spoken(trial))
                try:
                    answer = await self._sending.send(trial)
                except Failed as again:
                    self._taken.refusals_left -= 1
                    error, named = again.error, self._sending.named(again.error, trial)
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
        if unlikely or self._sending.too_late(error):
            return None
        async with self._turn_to_search():
            if self._taken.features != features or self._taken.tried_with_less:
                return None
            self._taken.tried_with_less = True
            for trial in with_less(features, named):
                try:
                    answer = await self._sending.attempt(trial)
                except (Failed, Garbled, NoReply):
                    continue
                self._sending.note(answer, trial, lasting=named is not None)
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
        taken.formed = taken.formed or self._sending.in_form(answer.content)
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
        self._sending.pay(answer)
        return True

    def _note_empty(self, answer: RawAnswer) -> None:
        """Note a paper of which a model wrote nothing, as some now and then do in a form that they take."""
        if self._taken.formed and not (answer.content.strip() or answer.refused or answer.finish_reason == "length"):
            self._taken.left_empty.add(self._paper)

    async def _ask_in_words(self, features: Features) -> RawAnswer:
        """Ask without a form, this once; a server that does not take that is asked as before. Raises as ``ask``."""
        self._taken.left_empty.discard(self._paper)
        return await self._ask_once(features.model_copy(update={"mode": "text"}), features)

    def _is_cut_early(self, features: Features, answer: RawAnswer) -> bool:
        """Tell whether an answer ends far below the limit that was sent, and whether that is new: some servers know the
        limit by its old name only, and cut at one of their own where they do not see it."""
        found_out = self._taken.limit_doubted and not self._access.searching.locked()
        if found_out or answer.finish_reason != "length" or answer.stopped is None:
            return False
        limit = self._sending.body(features).get("max_completion_tokens", 0)
        written = answer.output_tokens if answer.reported else len(answer.content)
        return bool(written < EARLY * limit)

    async def _ask_by_other_name(self, features: Features, cut: RawAnswer) -> RawAnswer:
        """Ask with the limit under its old name, and keep that if the answer is whole then. Raises as ``ask``."""
        self._sending.pay(cut)
        async with self._turn_to_search():
            if not self._taken.limit_doubted and self._taken.features == features:
                self._taken.limit_doubted = True
                renamed = features.model_copy(update={"limit": "max_tokens"})
                answer = await self._ask_once(renamed, features)
                if answer.stopped is None:
                    self._taken.features = renamed
                    self._taken.note_answer(renamed, lasting=True)
                return answer
        return await self._sending.send(self._taken.features)

    async def _ask_once(self, trial: Features, features: Features) -> RawAnswer:
        """Ask with ``trial``, and as before where that is refused. Raises as ``ask``."""
        try:
            return await self._sending.send(trial, lasting=False)
        except Failed:
            return await self._sending.send(features)


def _writes_nothing(content: str) -> bool:
    """Tell whether an answer is the same few marks or blanks again and again."""
    return len(content) > _RUN and len(set(content)) <= _FEW


_RUN, _FEW = 100, 4
