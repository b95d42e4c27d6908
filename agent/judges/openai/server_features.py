"""What a server may not know of OpenAI's protocol, and how it is asked without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from agent.core.judging.answer import Mode
from agent.records import Record

Parameter = Literal["response_format", "reasoning_effort", "max_completion_tokens"]

_PLAINER: dict[Mode, Mode] = {"json_schema": "json_object", "json_object": "text"}
_COMPLAINTS: tuple[tuple[Parameter, tuple[str, ...]], ...] = (
    ("max_completion_tokens", ("max_completion_tokens",)),
    ("reasoning_effort", ("reasoning_effort", "reasoning effort")),
    ("response_format", ("response_format", "response format", "json_schema", "json_object", "structured output")),
)
"""Parameters we can do without, and words of a server that does not know them."""


class Dialect(Record):
    """How a server is asked. ``takes_limit``: it knows ``max_completion_tokens``, not only the older ``max_tokens``."""

    mode: Mode = "json_schema"
    takes_effort: bool = True
    takes_limit: bool = True

    def speak(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body with the names this server knows."""
        told = dict(body)
        if not self.takes_limit:
            told["max_tokens"] = told.pop("max_completion_tokens")
        return told

    def without(self, parameter: Parameter, body: Mapping[str, Any]) -> Dialect:
        """Return the dialect that has learnt from the refusal of this parameter in this body, once for all papers."""
        if parameter == "max_completion_tokens":
            return self.model_copy(update={"takes_limit": False})
        if parameter == "reasoning_effort":
            return self.model_copy(update={"takes_effort": False})
        refused = body["response_format"]["type"]
        return self.model_copy(update={"mode": _PLAINER[refused]}) if refused == self.mode else self


def refused_parameter(status: int, words: str, body: Mapping[str, Any]) -> Parameter | None:
    """Return the parameter of this body that the server complains of. llama-cpp-python complains with a 500."""
    if status not in (400, 422, 500):
        return None
    said = words.lower()
    for parameter, complaints in _COMPLAINTS:
        if parameter in body and any(complaint in said for complaint in complaints):
            return parameter
    return None
