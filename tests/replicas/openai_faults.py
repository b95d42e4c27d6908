"""Faults of a model server, on demand. To add a fault: write the function, add it to ``FAULTS``."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Protocol


class Reply(Protocol):
    """The side of the HTTP handler that a fault may use."""

    connection: socket.socket

    def send_json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None: ...

    def send_bytes(self, status: int, payload: bytes, *, only: int | None = None, pause: float = 0.0) -> None: ...

    def wait(self, seconds: float) -> None: ...

    def break_off(self) -> None: ...


@dataclass(frozen=True)
class Fault:
    """One fault and whom it hits.

    ``papers`` names paper ids (None: all); of those, ``share`` are hit, chosen by ``seed``, the same ones every time.
    ``attempts`` is how many calls for a paper are hit, counted from its first (None: all of them).
    ``retry_after`` is the header's text; ``date:N`` becomes the HTTP date N seconds from now.
    """

    kind: str
    papers: frozenset[str] | None = None
    share: float = 1.0
    seed: int = 0
    attempts: int | None = 1
    retry_after: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULTS and self.kind not in CONTENT and self.kind not in COMPLETION:
            raise ValueError(f"unknown fault {self.kind!r}; known: {sorted({*FAULTS, *CONTENT, *COMPLETION})}")

    def hits(self, paper_id: str, attempt: int) -> bool:
        """Tell whether the ``attempt``-th call (from 1) for this paper is hit."""
        if self.papers is not None and paper_id not in self.papers:
            return False
        if self.attempts is not None and attempt > self.attempts:
            return False
        draw = int.from_bytes(hashlib.sha256(f"{self.seed}:{paper_id}".encode()).digest()[:4], "big") / 2**32
        return draw < self.share


def error_body(message: str, kind: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """Return an error shaped like https://platform.openai.com/docs/guides/error-codes."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


# faults of the transport: the server never gives a proper answer


def rate_limit(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    value = fault.retry_after
    if value and value.startswith("date:"):
        value = format_datetime(datetime.now(UTC) + timedelta(seconds=float(value[5:])), usegmt=True)
    body = error_body("Rate limit reached for requests", "requests", "rate_limit_exceeded")
    reply.send_json(429, body, {"Retry-After": value} if value else {})


def insufficient_quota(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    message = "You exceeded your current quota, please check your plan and billing details."
    reply.send_json(429, error_body(message, "insufficient_quota", "insufficient_quota"))


def server_error(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_json(500, error_body("The server had an error while processing your request.", "server_error"))


def unavailable(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_bytes(503, b"<html><body>503 Service Unavailable</body></html>")


def context_length(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    message = "This model's maximum context length is 8192 tokens."
    reply.send_json(400, error_body(message, "invalid_request_error", "context_length_exceeded", "messages"))


def reset(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    payload = json.dumps(completion).encode()
    reply.send_bytes(200, payload, only=len(payload) // 2)
    # SO_LINGER with zero time makes close() send RST instead of FIN.
    reply.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reply.break_off()


def drip(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_bytes(200, json.dumps(completion).encode(), pause=0.1)


def hang(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.wait(3600)
    reply.break_off()


def garbled(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_bytes(200, json.dumps(completion).encode()[:-20])


def no_schema(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    message = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
    reply.send_json(400, error_body(message, "invalid_request_error", None, "response_format"))


def no_effort(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    message = "Unsupported parameter: 'reasoning_effort' is not supported with this model."
    reply.send_json(400, error_body(message, "invalid_request_error", "unsupported_parameter", "reasoning_effort"))


def no_limit(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    message = "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens')}]"
    reply.send_json(422, error_body(message, "BadRequestError", None))


def no_format(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_json(400, error_body("Unrecognized request argument: response_format", "invalid_request_error", None))


def no_deployment(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_json(404, error_body("The deployment does not exist.", "invalid_request_error", "DeploymentNotFound"))


def web_page(fault: Fault, reply: Reply, completion: dict[str, Any]) -> None:
    reply.send_bytes(200, b"<!doctype html><title>Welcome</title>")


FAULTS: dict[str, Callable[[Fault, Reply, dict[str, Any]], None]] = {
    "rate_limit": rate_limit,
    "insufficient_quota": insufficient_quota,
    "server_error": server_error,
    "unavailable": unavailable,
    "context_length": context_length,
    "reset": reset,
    "drip": drip,
    "hang": hang,
    "garbled": garbled,
    "no_schema": no_schema,
    "no_effort": no_effort,
    "no_limit": no_limit,
    "no_format": no_format,
    "no_deployment": no_deployment,
    "web_page": web_page,
}


COMPLAINS_OF: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "no_schema": lambda body: body.get("response_format", {}).get("type") == "json_schema",
    "no_effort": lambda body: "reasoning_effort" in body,
    "no_limit": lambda body: "max_completion_tokens" in body,
    "no_format": lambda body: "response_format" in body,
}
"""Faults that hit only a request that holds what the server does not know."""

AT_ONCE = frozenset({"insufficient_quota", "context_length", *COMPLAINS_OF})
"""Faults that a server sees before it begins to work: they come without its latency."""


# faults of the answer: the protocol is right, the content is not


def _with(answer: str, **changes: Any) -> str:
    return json.dumps({**json.loads(answer), **changes})


CONTENT: dict[str, Callable[[str], str]] = {
    "invalid_json": lambda answer: answer[: len(answer) // 2],
    "wrong_enum": lambda answer: _with(answer, relevance="maybe"),
    "invented_leaf": lambda answer: _with(answer, relevance="core", leaves=["99.9"]),
    "bad_quote": lambda answer: _with(answer, relevance="core", evidence=["These words stand nowhere in it."]),
    "empty": lambda answer: "",
    "fenced": lambda answer: f"```json\n{answer}\n```",
    "chatty": lambda answer: f"Sure! Here is {{my}} answer:\n{answer}\nHope it helps.",
}

COMPLETION: dict[str, Callable[[dict[str, Any]], None]] = {
    "refusal": lambda choice: choice["message"].update(content=None, refusal="I can't help with that."),
    "length": lambda choice: (
        choice.update(finish_reason="length") or choice["message"].update(content=choice["message"]["content"][:30])
    ),
    "content_filter": lambda choice: choice.update(finish_reason="content_filter", message={"role": "assistant"}),
}
