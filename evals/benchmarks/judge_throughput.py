"""The throughput of judging against the ideal: ``python -m evals.benchmarks.judge_throughput [CASE...]``.

The real judge asks, over HTTP, a server process, with the real prompts, and finds out how many requests at a time the
server takes. The ideal is nothing but waiting: ceil(papers / slots) x latency. Prints one JSON object a case; exit code
1 when one misses its target, or asks a server that answers one at a time anything twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx2

from agent.core.judging import prompt
from agent.core.judging.answer import json_schema
from agent.core.judging.questions import Questions
from agent.core.judging.verdict import LocalView
from agent.core.survey import taxonomy
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.judge import OpenAIJudge
from agent.records import JudgeIdentity, Paper

ROOT = Path(__file__).resolve().parents[2]


class Forgetful:
    """A memory that keeps nothing, so that every paper is asked about."""

    def get(self, key: str) -> dict[str, Any] | None:
        return None

    def get_all(self, keys: Iterable[str], /) -> dict[str, dict[str, Any]]:
        return {}

    def put_all(self, answers: Mapping[str, Mapping[str, Any]], /) -> None:
        """Nothing is kept."""

    def put(self, key: str, answer: Mapping[str, Any], /) -> None:
        pass


def questions() -> Questions:
    """Return the questions of this checkout, with a local judge that costs no time."""
    tree = taxonomy.parse({path.name: path.read_text("utf-8") for path in (ROOT / "taxonomy").glob("*.yaml")})
    asked = prompt.parse((ROOT / "prompts/judge/v1.yaml").read_text("utf-8"))
    static = prompt.render_static(asked, tree)
    view = LocalView(relevance=0.5, leaves=tree.leaf_ids)
    return Questions(
        identity=JudgeIdentity(name="openai", model="benchmark", prompt=asked.name, taxonomy=tree.name),
        model="benchmark",
        messages=lambda paper: prompt.messages(asked, static, paper, []),
        leaves=tree.leaf_ids,
        schema=json_schema(tree.leaf_ids, tree.tier_ids),
        relevance=lambda paper: view.relevance,
        look=lambda paper: view,
        prepare=lambda tonight: None,
    )


def papers(size: int) -> list[Paper]:
    abstract = "We filter web text with a small model and train a larger one on what is left. " * 12
    return [
        Paper(id=f"2511.{n:05}", title=f"Study {n}", abstract=abstract, announced=date(2025, 11, 13))
        for n in range(1, size + 1)
    ]


@dataclass(frozen=True)
class Case:
    """A server with ``slots`` that answers after ``latency`` seconds; above ``most_at_once`` requests it says 429."""

    papers: int
    latency: float
    slots: int
    most_at_once: int | None
    target: float
    """The largest ratio of the time taken to the ideal time."""


CASES = {
    "serial": Case(papers=107, latency=1.0, slots=1, most_at_once=None, target=1.1),
    "slots": Case(papers=1000, latency=4.0, slots=32, most_at_once=None, target=1.2),
    "limited": Case(papers=200, latency=2.0, slots=8, most_at_once=8, target=2.0),
}
CEILING = 64


@contextmanager
def server(case: Case) -> Iterator[str]:
    """Run the test server in a process of its own and yield its base URL."""
    command = [sys.executable, "-m", "tests.replicas.openai_server", "--port", "0", "--latency", str(case.latency)]
    command += ["--slots", str(case.slots)]
    command += ["--most-at-once", str(case.most_at_once)] if case.most_at_once else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removeprefix("OPENAI_BASE_URL=")
        finally:
            process.terminate()


async def seconds(base_url: str, size: int) -> float:
    """Return the wall time of judging so many papers. Any failure ends the benchmark."""
    judge = OpenAIJudge(questions(), Forgetful(), Endpoint(base_url=base_url), concurrency=CEILING)
    night = papers(size)
    began = time.perf_counter()
    await asyncio.gather(*(judge.judge(paper) for paper in night))
    return time.perf_counter() - began


def measure(name: str, case: Case) -> dict[str, Any]:
    """Return the figures of one case: times in seconds, and what the server saw."""
    ideal = math.ceil(case.papers / case.slots) * case.latency
    with server(case) as base_url:
        wall = asyncio.run(seconds(base_url, case.papers))
        seen = httpx2.get(f"{base_url}/seen").json()
    return {
        "case": name,
        "papers": case.papers,
        "latency_s": case.latency,
        "slots": case.slots,
        "ideal_s": ideal,
        "wall_s": round(wall, 2),
        "ratio": round(wall / ideal, 3),
        "target_ratio": case.target,
        "requests": seen["calls"],
        "most_at_a_time": seen["peak"],
        "turned_away": seen["outcomes"].get("429", 0),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("cases", nargs="*", choices=[*CASES, []], help="all of them by default")
    missed = False
    for name in options.parse_args().cases or CASES:
        result = measure(name, CASES[name])
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
        asked_twice = name == "serial" and result["requests"] > result["papers"]
        missed = missed or asked_twice or result["ratio"] > result["target_ratio"]
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
