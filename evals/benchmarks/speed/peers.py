"""The same night as other tools work, re-created from their published descriptions, against the same server.

One paper at a time; five at a time, waiting for the slowest; all titles first and then the abstracts of what looks
relevant; eight abstracts in one prompt. None repairs an answer. Their prompt is a paragraph of interests and asks for a
score, so their dollars buy less: no section, no quote. One answer about one paper is malformed the first time.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import openai

from agent.core.judging import costs
from tests.replicas.openai_server import OpenAIServer

PAPERS: Final = 48
LATENCY: Final = 1.0
SCALED_TO: Final = 1000
INTERESTS: Final = "You help a researcher who follows work on data for language models. " * 8
SCORE_TOKENS: Final = 30
"""Of an answer about one paper: a score and a sentence."""

TITLE: Final = re.compile(r"^TITLE: (.*)$", re.MULTILINE)
POISON: Final = "Study 7"

Paper = Mapping[str, str]


@dataclass
class Client:
    """Asks for scores, and counts tokens and the papers whose answer could not be read."""

    ask_server: Callable[[str], Awaitable[str]]
    tokens_in: int = 0
    tokens_out: int = 0
    lost: set[str] = field(default_factory=set)

    async def scores(self, papers: Sequence[Paper], *, titles_only: bool = False) -> dict[str, int]:
        """Return the scores of some papers by title, asked for in one prompt; nothing when it is malformed."""
        told = [
            f"TITLE: {each['title']}" + ("" if titles_only else f"\nABSTRACT: {each['abstract']}") for each in papers
        ]
        text = "\n\n".join(told)
        answer = await self.ask_server(text)
        self.tokens_in += (len(INTERESTS) + len(text)) // 4
        self.tokens_out += SCORE_TOKENS * len(papers)
        try:
            return dict(json.loads(answer))
        except ValueError:
            self.lost |= {each["title"] for each in papers}
            return {}


async def one_at_a_time(client: Client, papers: Sequence[Paper]) -> None:
    for paper in papers:
        await client.scores([paper])


async def batches_of_five(client: Client, papers: Sequence[Paper]) -> None:
    for start in range(0, len(papers), 5):
        await asyncio.gather(*(client.scores([paper]) for paper in papers[start : start + 5]))


async def titles_first(client: Client, papers: Sequence[Paper]) -> None:
    found: dict[str, int] = {}
    for start in range(0, len(papers), 50):
        found |= await client.scores(papers[start : start + 50], titles_only=True)
    for paper in papers:
        if found.get(paper["title"], 0) >= 5:
            await client.scores([paper])


async def eight_a_prompt(client: Client, papers: Sequence[Paper]) -> None:
    for start in range(0, len(papers), 8):
        await client.scores(papers[start : start + 8])


WAYS: Final = {
    "one at a time": one_at_a_time,
    "batches of 5": batches_of_five,
    "titles first": titles_first,
    "8 a prompt": eight_a_prompt,
}


def measure(name: str, price: costs.Price) -> dict[str, Any]:
    """Return time and dollars of a way of working, scaled to 1,000 papers, and the papers lost on one bad answer."""
    papers = [
        {"title": f"Study {at}", "abstract": "We filter web text with a small model. " * 24} for at in range(PAPERS)
    ]
    poisoned: list[str] = []

    def answer(_: str, body: Mapping[str, Any]) -> str:
        titles = TITLE.findall(str(body["messages"][-1]["content"]))
        if POISON in titles and not poisoned:
            poisoned.append(POISON)
            return "Sure! Here are the scores."
        return json.dumps({title: 5 * (int(title.split()[1]) % 2) for title in titles})

    with OpenAIServer(answers=answer, latency=LATENCY) as server:
        client, wall = asyncio.run(_timed(WAYS[name], server.base_url, papers))
    dollars = (client.tokens_in * price.input + client.tokens_out * price.output) / costs.MILLION
    scale = Decimal(SCALED_TO) / PAPERS
    return {
        "way": name,
        "minutes": round(wall * float(scale) / 60, 1),
        "usd": round(float(dollars * scale), 2),
        "lost": len(client.lost),
    }


async def _timed(
    way: Callable[[Client, Sequence[Paper]], Awaitable[None]], base_url: str, papers: Sequence[Paper]
) -> tuple[Client, float]:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as server:

        async def ask(text: str) -> str:
            messages: Any = [{"role": "system", "content": INTERESTS}, {"role": "user", "content": text}]
            found = await server.chat.completions.create(model="benchmark", messages=messages)
            return found.choices[0].message.content or ""

        client = Client(ask)
        began = time.perf_counter()
        await way(client, papers)
        return client, time.perf_counter() - began
