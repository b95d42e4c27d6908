"""The time of a whole night against the ideal: ``python -m evals.benchmarks.night [--papers N]``.

``triage run --judge openai`` judges so many invented papers with the prompts of this checkout, against a server process
that answers after one second, 32 requests at a time. The ideal is waiting alone: ceil(papers / 32) seconds. Beside it a
bare ``asyncio.gather`` of as many requests is timed. Prints one JSON object with the scale and the load of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import httpx2

from evals.benchmarks.growth import papers
from evals.benchmarks.judge_throughput import Case, server

CONCURRENCY: Final = 32
LATENCY: Final = 1.0
ABSTRACT: Final = "We filter web text with a small model and train a larger one on what is left. " * 12


def listing(size: int) -> list[dict[str, Any]]:
    """Return the rows of a listing file: one paper each, all announced on one day in one category."""
    rows = [paper.model_dump(mode="json", include={"id", "title", "announced"}) for paper in papers(size)]
    return [{**row, "abstract": ABSTRACT, "categories": ["cs.CL"]} for row in rows]


async def bare(base_url: str, rows: list[dict[str, Any]]) -> float:
    """Return the wall time of nothing but the requests, with prompts as short as they get."""
    turn = asyncio.Semaphore(CONCURRENCY)

    async def ask(client: httpx2.AsyncClient, row: dict[str, Any]) -> None:
        words = f"TITLE: {row['title']}\nABSTRACT: {row['abstract']}"
        body = {"model": "benchmark", "messages": [{"role": "user", "content": words}]}
        async with turn:
            (await client.post(f"{base_url}/chat/completions", json=body)).raise_for_status()

    async with httpx2.AsyncClient(timeout=60) as client:
        began = time.perf_counter()
        await asyncio.gather(*(ask(client, row) for row in rows))
        return time.perf_counter() - began


def night(base_url: str, file: Path, state: str) -> tuple[float, float, dict[str, Any]]:
    """Run the night; return its wall time in seconds, its peak memory in MB and its report."""
    command = [sys.executable, "-m", "agent.cli", "run", "--source", str(file), "--judge", "openai", "--no-cap"]
    command += ["--deliver", "none", "--state", state, "--json"]
    given = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none", "TRIAGE_JUDGE_CONCURRENCY": str(CONCURRENCY)}
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env={**os.environ, **given})
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        if code := os.waitstatus_to_exitcode(status):
            sys.exit(f"{' '.join(command)}: exit code {code}")
        out.seek(0)
        return wall, used.ru_maxrss / 1024, json.load(out)


def measure(size: int) -> dict[str, Any]:
    rows = listing(size)
    case = Case(papers=size, latency=LATENCY, slots=CONCURRENCY, most_at_once=None, target=1.1)
    with tempfile.TemporaryDirectory() as folder, server(case) as base_url:
        file = Path(folder) / "night.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        wall, peak, report = night(base_url, file, str(Path(folder) / "state"))
        alone = asyncio.run(bare(base_url, rows))
    ideal = math.ceil(size / CONCURRENCY) * LATENCY
    return {
        "papers": size,
        "judged": size - report["buckets"]["failed"],
        "ideal_s": ideal,
        "makespan_s": round(wall, 1),
        "makespan_over_ideal": round(wall / ideal, 3),
        "bare_gather_s": round(alone, 1),
        "overhead_ms_a_paper": round((wall - alone) / size * 1000, 1),
        "peak_mb": round(peak),
        "input_tokens": report["cost"]["input_tokens"],
        "load_average": os.getloadavg()[0],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=1000)
    result = measure(options.parse_args().papers)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(1 if result["makespan_over_ideal"] > 1.1 or result["judged"] < result["papers"] else 0)


if __name__ == "__main__":
    main()
