"""How close judging comes to the ideal of a slow model server: ``python -m evals.benchmarks.judge_throughput``.

The ideal wall time is ceil(papers / concurrency) x latency: nothing but waiting. The real judge asks, over HTTP, a
server process that answers after ``latency`` seconds; the prompts are the real ones. Prints one JSON object with the
ratio to the ideal, for the judge as it runs and, from a smaller sample, for asking one paper at a time. Exit code 1
above the target.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from agent.core.judging import answer as schema
from agent.core.judging import prompt
from agent.core.judging.questions import Questions
from agent.core.judging.verdict import LocalView
from agent.core.survey import taxonomy
from agent.judges.openai.judge import Endpoint, OpenAIJudge
from agent.records import JudgeIdentity, Paper

ROOT = Path(__file__).resolve().parents[2]
TARGET = 1.15


class Forgetful:
    """A memory that keeps nothing, so that every paper is asked about."""

    def get(self, key: str) -> dict[str, Any] | None:
        return None

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
        schema=schema.json_schema(tree.leaf_ids, tree.tier_ids),
        look=lambda paper: view,
        prepare=lambda tonight: None,
    )


def papers(size: int) -> list[Paper]:
    abstract = "We filter web text with a small model and train a larger one on what is left. " * 12
    return [
        Paper(id=f"2511.{n:05}", title=f"Study {n}", abstract=abstract, announced=date(2025, 11, 13))
        for n in range(1, size + 1)
    ]


@contextmanager
def server(latency: float) -> Iterator[str]:
    """Run the test server in a process of its own and yield its base URL."""
    command = [sys.executable, "-m", "tests.replicas.openai_server", "--port", "0", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removeprefix("OPENAI_BASE_URL=")
        finally:
            process.terminate()


async def seconds(base_url: str, size: int, concurrency: int) -> float:
    """Return the wall time of judging so many papers. Any failure ends the benchmark."""
    judge = OpenAIJudge(questions(), Forgetful(), Endpoint(base_url=base_url), concurrency=concurrency)
    night = papers(size)
    began = time.perf_counter()
    await asyncio.gather(*(judge.judge(paper) for paper in night))
    return time.perf_counter() - began


def measure(size: int, latency: float, concurrency: int, sample: int) -> dict[str, Any]:
    ideal = math.ceil(size / concurrency) * latency
    with server(latency) as base_url:
        wall = asyncio.run(seconds(base_url, size, concurrency))
        one_by_one = asyncio.run(seconds(base_url, sample, 1)) / sample * size
    return {
        "papers": size,
        "latency_s": latency,
        "concurrency": concurrency,
        "ideal_s": ideal,
        "wall_s": round(wall, 2),
        "ratio": round(wall / ideal, 3),
        "target_ratio": TARGET,
        "one_at_a_time_s": round(one_by_one, 1),
        "one_at_a_time_ratio": round(one_by_one / ideal, 1),
        "one_at_a_time_sample": sample,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=500)
    options.add_argument("--latency", type=float, default=1.0)
    options.add_argument("--concurrency", type=int, default=32)
    options.add_argument("--sample", type=int, default=8, help="papers asked about one at a time")
    given = options.parse_args()
    result = measure(given.papers, given.latency, given.concurrency, given.sample)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(0 if result["ratio"] <= TARGET else 1)


if __name__ == "__main__":
    main()
