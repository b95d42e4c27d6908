"""The features of OpenAI's protocol that a server takes: all are asked for, and its refusals say which to leave out.

Servers refuse in words of their own ("does not support thinking", "too many states", or none at all), so the words
only say what to leave out first. What worked is kept, and tried anew after a month: servers are updated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError

from agent.core.judging.answer import Mode
from agent.core.judging.questions import Answers
from agent.records import Record

_PLAINER: dict[Mode, Mode] = {
    "json_schema": "json_object_schema",
    "json_object_schema": "json_object",
    "json_object": "text",
}
KEPT = timedelta(days=30)
MOST_REFUSALS = 20
"""Requests of one run that are spent on finding out what a server takes; a refused request costs nothing."""

Feature = Literal["effort", "mode", "limit", "system", "stream"]

_WORDS: dict[Feature, tuple[str, ...]] = {
    "limit": ("max_completion_tokens", "max_tokens", "max_new_tokens", "output tokens"),
    "effort": ("reasoning_effort", "reasoning effort", "thinking", "reasoning", "effort"),
    "mode": (
        "response_format", "response format", "json_schema", "json_object", "json schema", "json mode", "schema",
        "structured output", "structured_output", "json_validate", "generate json", "grammar", "guided", "outlines",
        "too many states", "constraint",
    ),
    "system": (
        "system role", "system message", "system prompt", "system instruction", "developer instruction", "'system'",
        '"system"', "roles must alternate", "assistant roles", "unknown role", "invalid role", "unexpected role",
    ),
    "stream": ("stream_options", "'stream'", '"stream"', "`stream`", "parameter: stream", "argument: stream"),
}  # fmt: skip
"""What can be done without, and words of servers that do not know it. The order is that of the search in them."""

_ORDER: tuple[Feature, ...] = ("effort", "mode", "limit", "system", "stream")
SETTINGS: dict[Feature, str] = {
    "effort": 'set [judge] reasoning_effort = ""',
    "limit": "set [judge] max_output_tokens to what the server allows",
    "mode": "the server takes none of json_schema, json_object and plain text",
}
"""The setting that helps, for what a server still complains of when it was asked without it."""


class Features(Record):
    """The form of a request to a server.

    ``mode`` is how the form of the answer is asked for, ``effort`` whether a reasoning effort may be named, ``system``
    whether there may be a message of the system. ``limit`` is the name under which it takes the longest answer (empty:
    none), and ``most_output`` the longest one it allows (null: as long as we want). ``names_stream``: the field
    ``stream`` may be sent, as false. ``asks_stream``: it is sent as true, since the server only streams, and
    ``asks_usage`` then asks for the tokens at the end of the stream. Earlier versions kept these three under the names
    that stand as their aliases.
    """

    mode: Mode = "json_schema"
    effort: bool = True
    limit: Literal["max_completion_tokens", "max_tokens", ""] = "max_completion_tokens"
    system: bool = True
    names_stream: bool = Field(default=True, validation_alias=AliasChoices("names_stream", "stream"))
    asks_stream: bool = Field(default=False, validation_alias=AliasChoices("asks_stream", "streamed"))
    asks_usage: bool = Field(default=True, validation_alias=AliasChoices("asks_usage", "stream_usage"))
    most_output: int | None = None

    def adapt(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body with the names and roles this server knows."""
        told = dict(body)
        allowed = told.pop("max_completion_tokens")
        if self.limit:
            told[self.limit] = min(allowed, self.most_output or allowed)
        if not self.effort:
            told.pop("reasoning_effort", None)
        if not self.system:
            told["messages"] = _merged(told["messages"])
        if self.asks_stream:
            told |= {"stream": True} | ({"stream_options": {"include_usage": True}} if self.asks_usage else {})
        elif self.names_stream:
            # Left out, some gateways stream: https://github.com/decolua/9router/issues/3492.
            told["stream"] = False
        return told

    def without(self, feature: Feature) -> Features | None:
        """Return these features with one step less of this one, or None when there is none left."""
        if feature == "mode":
            return self.model_copy(update={"mode": _PLAINER[self.mode]}) if self.mode in _PLAINER else None
        if feature == "limit":
            names = {"max_completion_tokens": "max_tokens", "max_tokens": ""}
            return self.model_copy(update={"limit": names[self.limit]}) if self.limit else None
        name: str = feature
        if feature == "stream":
            name = "asks_usage" if self.asks_stream else "names_stream"
        return self.model_copy(update={name: False}) if getattr(self, name) else None


def _merged(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the messages with the system's words at the head of the first of the user's."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    if not system or not others:
        return messages
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return [first, *others[1:]]


_MUST_STREAM = re.compile(
    r"only (supports? )?(the )?stream|(requires?|must (use|be)|enable)\W[^.]{0,30}stream"
    r"|[仅只]支持流式|set to false for non-streaming"
    r"|stream\w*\W[^.]{0,20}((is|are) (only|required)|must be|should be|needs? to be)|\bstream\b\W[^.,]{0,30}\btrue\b"
    r"|only stream\w* is supported"
)


def must_stream(said: str) -> bool:
    """Tell whether the words (in lower case) say that the server only streams."""
    return _MUST_STREAM.search(said) is not None


def named_feature(said: str, body: Mapping[str, Any]) -> Feature | None:
    """Return what of this request the words (in lower case) complain of; a link for further reading is no complaint."""
    said = _LINK.sub("", said)
    sent = {
        "limit": "max_completion_tokens" in body or "max_tokens" in body,
        "effort": "reasoning_effort" in body,
        "mode": "response_format" in body,
        "system": body["messages"][0]["role"] == "system",
        "stream": "stream" in body,
    }
    return next((name for name, words in _WORDS.items() if sent[name] and any(word in said for word in words)), None)


_LINK = re.compile(r"https?://[^\s\"'<>\\]+")


def with_less(features: Features, named: Feature | None) -> Iterator[Features]:
    """Yield what to ask with after a server has failed again and again: less of the feature that its words name; when
    they name none, no form, and then no effort either."""
    if named is not None:
        while (less := features.without(named)) is not None:
            features = less
            yield less
        return
    plain = features.model_copy(update={"mode": "text"})
    if plain != features:
        yield plain
    if (less := plain.without("effort")) is not None:
        yield less


class Search:
    """The search for features that a server takes, after it refused a request asked with ``features``.

    Each feature is first left out alone. When the words of the refusal change, that feature was one of the reasons and
    stays out; when they do not, it comes back. When no single feature helps, all are left out, one after the other.
    """

    def __init__(self, features: Features, said: str, named: Feature | None) -> None:
        self._kept = features
        self._said = _comparable(said)
        self._trial = features
        self._alone = self._one_by_one(named)
        self._all: Iterator[Features] | None = None

    def next(self, said: str, named: Feature | None) -> Features | None:
        """Return what to try after the last try was refused with these words; None: nothing is left."""
        if self._trial != self._kept and self._all is None and _comparable(said) != self._said:
            self._kept, self._said = self._trial, _comparable(said)
            self._alone = self._one_by_one(named)
        trial = next(self._alone, None) if self._all is None else None
        if trial is None:
            self._all = self._all or self._one_after_the_other()
            trial = next(self._all, None)
        self._trial = trial or self._kept
        return trial

    def _one_by_one(self, named: Feature | None) -> Iterator[Features]:
        first = [named] if named else []
        for feature in [*first, *(each for each in _ORDER if each != named)]:
            less = self._kept.without(feature)
            while less is not None:
                yield less
                less = less.without(feature)

    def _one_after_the_other(self) -> Iterator[Features]:
        less = self._kept
        for feature in _ORDER:
            while (lesser := less.without(feature)) is not None:
                less = lesser
                yield less


def _comparable(said: str) -> str:
    """Return the words without what differs from one request to the next: numbers, ids, times."""
    return re.sub(r"\S*\d\S*", "", said)


class FeatureMemory:
    """The knowledge of servers from earlier runs, by address and model."""

    def __init__(self, answers: Answers, base_url: str, model: str) -> None:
        self._answers = answers
        where = hashlib.sha256(f"{base_url.rstrip('/')} {model}".encode()).hexdigest()
        self._key = f"server-features:{where}"

    def load(self, today: date) -> Features:
        """Return what worked within the last month, else everything."""
        kept = self._answers.get(self._key)
        try:
            if kept is not None and date.fromisoformat(kept["learnt"]) > today - KEPT:
                return Features.model_validate(kept["features"])
        except (KeyError, TypeError, ValueError, ValidationError):
            return Features()  # written by another version of this program
        return Features()

    def save(self, features: Features, today: date) -> None:
        self._answers.put(self._key, {"features": features.model_dump(mode="json"), "learnt": today.isoformat()})


class ModelFeatures:
    """The features that one model of a server takes, as far as this run and those of the last month know."""

    def __init__(self, memory: FeatureMemory, today: Callable[[], date], context: int | None) -> None:
        self.context = context
        """In tokens, as it is known, or as the server names it (None: not known)."""
        self.features = self._remembered = memory.load(today())
        self.answered = False
        self.formed = False
        """Whether any answer was in the form that was asked for, or none will be."""
        self.tried_with_less = False
        """Whether less was asked for, in vain or not, after a server had failed again and again."""
        self.guessed: Features | None = None
        """What the model answered to after it had failed without a reason, which may have passed by itself."""
        self.limit_doubted = False
        """Whether the limit of an answer was sent under its old name, since the server may not know the new one."""
        self.left_empty: set[int] = set()
        """The papers of which the model just wrote nothing, by the hash of what was asked."""
        self.unformed = 0
        self.first_mode: Mode | None = None
        """The mode of the answers that were in no form, before plainer modes were tried (None: none was)."""
        self.refusals_left = MOST_REFUSALS
        self._memory = memory
        self._today = today

    def note_answer(self, features: Features, *, lasting: bool) -> None:
        """Keep what the model was asked with when it answered; ``lasting``: for later runs too."""
        self.answered = True
        if lasting and features != self._remembered:
            self._memory.save(features, self._today())
            self._remembered = features
