"""Fixtures that the tests of the judges share: the repository's own taxonomy and prompt, short waits, a memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agent.core.judging import costs, prompt
from agent.core.judging.answer import json_schema
from agent.core.judging.questions import Questions
from agent.core.judging.verdict import LocalView
from agent.core.survey import taxonomy
from agent.errors import JudgeError
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.judge import OpenAIJudge
from agent.judges.openai.retry_policy import RetryPolicy
from agent.ports import Judge
from agent.records import JudgeIdentity, Judgment, Paper
from tests.replicas.openai_server import OpenAIServer
from tests.support.fakes import paper

ROOT = Path(__file__).resolve().parents[2]
TAXONOMY = taxonomy.parse({p.name: p.read_text("utf-8") for p in (ROOT / "taxonomy").glob("*.yaml")})
PROMPT = prompt.parse((ROOT / "prompts/judge/v1.yaml").read_text("utf-8"))
STATIC = prompt.render_static(PROMPT, TAXONOMY)
PRICES = costs.read_prices((ROOT / "data/prices.toml").read_text("utf-8"))
LEAVES = TAXONOMY.leaf_ids

QUICK = RetryPolicy(
    attempts=4, first_wait=0.01, longest_backoff=0.05, longest_wait=2.0, request_timeout=20.0, deadline=60.0
)


class Memory(dict[str, dict[str, Any]]):
    """Raw answers by content key, in a dict."""

    def get_all(self, keys: Iterable[str], /) -> dict[str, dict[str, Any]]:
        return {key: self[key] for key in keys if key in self}

    def put(self, key: str, answer: Mapping[str, Any], /) -> None:
        self[key] = dict(answer)

    def put_all(self, answers: Mapping[str, Mapping[str, Any]], /) -> None:
        for key, answer in answers.items():
            self.put(key, answer)


def messages(asked: Paper) -> list[dict[str, str]]:
    return prompt.messages(PROMPT, STATIC, asked, [])


def questions(local: Mapping[str, LocalView] | None = None, **changes: Any) -> Questions:
    """Return a questions in which the local judge has no objections, except to the papers in ``local``."""
    calm = LocalView(relevance=0.5, leaves=LEAVES)

    def look(asked: Paper) -> LocalView:
        return (local or {}).get(asked.id, calm)

    given = {
        "identity": JudgeIdentity(name="openai", model="gpt-6-luna", prompt=PROMPT.name, taxonomy=TAXONOMY.name),
        "model": "gpt-6-luna",
        "messages": messages,
        "leaves": LEAVES,
        "schema": json_schema(LEAVES, TAXONOMY.tier_ids),
        "relevance": lambda asked: look(asked).relevance,
        "look": look,
        "prepare": lambda tonight: None,
        "reasoning_effort": "low",
    }
    return Questions(**(given | changes))


def judge_at(server: OpenAIServer, memory: Memory | None = None, **changes: Any) -> OpenAIJudge:
    """Return a judge that asks the server; changes go to the judge, or under ``questions`` to its questions."""
    given = {"prices": PRICES, "policy": QUICK, "concurrency": 16} | changes
    asked = given.pop("questions", None) or questions()
    where = Endpoint(base_url=given.pop("base_url", server.base_url), api_key=given.pop("api_key", SecretStr("x")))
    return OpenAIJudge(asked, Memory() if memory is None else memory, where, **given)


def night(size: int) -> list[Paper]:
    """Return papers that differ in title and abstract."""
    return [
        paper(f"2511.{number:05}", title=f"Study {number}", abstract=f"We filter web text, take {number}. It works.")
        for number in range(1, size + 1)
    ]


def core(*leaves: str, quote: str = "We filter web text", **changes: Any) -> dict[str, Any]:
    """Return a valid answer: core, with these leaves."""
    answer = {
        "operation": "selects data by a filter",
        "tier": TAXONOMY.tier_ids[0],
        "relevance": "core",
        "leaves": list(leaves or LEAVES[:1]),
        "secondary": [],
        "evidence": [quote],
        "reason": "It filters.",
    }
    return answer | changes


async def judge_all(judge: Judge, papers: Sequence[Paper]) -> dict[str, Judgment | str]:
    """Return what became of each paper: its judgment, or the reason of its failure."""
    judge.prepare(papers)

    async def one(asked: Paper) -> Judgment | str:
        try:
            return await judge.judge(asked)
        except JudgeError as error:
            return str(error)

    found = await asyncio.gather(*(one(asked) for asked in papers))
    return {asked.id: result for asked, result in zip(papers, found, strict=True)}
