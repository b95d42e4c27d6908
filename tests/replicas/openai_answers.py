"""The answers of the replica: the paper that a request is about, and a valid verdict on it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

TITLE = re.compile(r"^\s*TITLE: (.*)$", re.MULTILINE)
ABSTRACT = re.compile(r"^\s*ABSTRACT: (.+?)(?:(?<=[.!?])\s|\n|$)", re.MULTILINE)


def text_of(body: Mapping[str, Any]) -> str:
    """Return the last user message, which is where the paper is."""
    return next((str(m["content"]) for m in reversed(body["messages"]) if m["role"] == "user"), "")


def title_of(body: Mapping[str, Any]) -> str:
    found = TITLE.search(text_of(body))
    return found.group(1).strip() if found else "unknown"


def plain_answer(paper_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid verdict on any paper, grade and leaf by its id, the first sentence as quote."""
    schema = json.dumps(body.get("response_format", {})) + json.dumps(body["messages"][0]).replace('\\"', '"')
    enums = re.search(r'"leaves": \{[^}]*?"items": \{[^}]*?"enum": (\[[^\]]*\])', schema)
    leaves = json.loads(enums.group(1)) if enums else ["NO_LEAF"]
    tiers = re.search(r'"tier": \{[^}]*?"enum": (\[[^\]]*\])', schema)
    number = int.from_bytes(hashlib.sha256(paper_id.encode()).digest()[:4], "big")
    quote = ABSTRACT.search(text_of(body))
    return {
        "operation": "makes data, by a method",
        "tier": json.loads(tiers.group(1))[0] if tiers else "",
        "relevance": ("out", "adjacent", "in_scope", "core")[number % 4],
        "leaves": [leaves[(number + step) % len(leaves)] for step in range(min(3, len(leaves)))],
        "secondary": [],
        "evidence": [quote.group(1).strip()] if quote else [],
        "reason": "A scripted answer.",
    }
