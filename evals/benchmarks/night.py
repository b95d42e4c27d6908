"""The time of a whole night against the ideal: ``python -m evals.benchmarks.night [--papers N] [--prompt judge/v2]``.

``triage run --judge openai`` judges so many invented papers with a prompt of this checkout, against a server process
that answers after one second, 32 requests at a time. The ideal is waiting alone: ceil(papers / 32) seconds. Beside it a
bare ``asyncio.gather`` sends the same requests with the same client. The overhead of a paper is processor time: what
the night takes for one more paper, beyond what the bare requests take. Prints one JSON object.
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
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import openai

from evals.benchmarks.growth import papers
from evals.benchmarks.judge_throughput import Case, server

CONCURRENCY: Final = 32
LATENCY: Final = 1.0
FEW: Final = 32
"""Papers of the night that is taken off: what both nights take is the start of the program."""
REPEATED: Final = 3
"""So often is the small night measured, and the least processor time of all taken."""
ABSTRACT: Final = "We filter web text with a small model and train a larger one on what is left. " * 12
NAME: Final = "evals.benchmarks.night"


def listing(size: int) -> list[dict[str, Any]]:
    """Return the rows of a listing file: one paper each, all announced on one day in one category."""
    rows = [paper.model_dump(mode="json", include={"id", "title", "announced"}) for paper in papers(size)]
    return [{**row, "abstract": ABSTRACT, "categories": ["cs.CL"]} for row in rows]


class Used(NamedTuple):
    """What a process took: wall and processor seconds, and its peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def run(command: list[str], given: Mapping[str, str], out: Path) -> Used:
    """Run a program to its end, its output in a file. Any failure ends the benchmark."""
    with out.open("wb") as stdout:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL, env={**os.environ, **given})
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return Used(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


async def ask_bare(base_url: str, requests: Path) -> None:
    """Send nothing but the requests, with the true client."""
    turn = asyncio.Semaphore(CONCURRENCY)
    bodies = [json.loads(line)["body"] for line in requests.read_text("utf-8").splitlines()]
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:

        async def ask(body: dict[str, Any]) -> None:
            async with turn:
                await client.chat.completions.create(**body)

        await asyncio.gather(*(ask(body) for body in bodies))


def night(base_url: str, folder: Path, size: int, prompt: str) -> tuple[Used, Used, dict[str, Any]]:
    """Return what a night of so many papers takes, what its bare requests take, and its report.

    ``folder`` is made, and holds all files of this night.
    """
    folder.mkdir()
    file, requests, out = folder / "listing.jsonl", folder / "requests.jsonl", folder / "out.json"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in listing(size)), "utf-8")
    command = [sys.executable, "-m", "agent.cli", "run", "--source", str(file), "--judge", "openai", "--no-cap"]
    command += ["--deliver", "none", "--json", "--state"]
    given = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none", "TRIAGE_JUDGE_PROMPT": prompt}
    given |= {"TRIAGE_JUDGE_CONCURRENCY": str(CONCURRENCY)}
    run([*command, str(folder / "asked"), "--requests", str(requests)], given, out)
    bare = run([sys.executable, "-m", NAME, "--bare", base_url, str(requests)], given, out)
    whole = run([*command, str(folder / "state")], given, out)
    return whole, bare, json.loads(out.read_text("utf-8"))


def measure(size: int, prompt: str) -> dict[str, Any]:
    """Return the figures of a night of ``size`` papers; what one more paper takes by comparing with ``FEW``."""
    case = Case(papers=size, latency=LATENCY, slots=CONCURRENCY, most_at_once=None, target=1.1)
    with tempfile.TemporaryDirectory() as folder, server(case) as base_url:
        few = [night(base_url, Path(folder) / f"few-{at}", FEW, prompt) for at in range(REPEATED)]
        small = min(taken.cpu for taken, _, _ in few)
        small_bare = min(taken.cpu for _, taken, _ in few)
        whole, bare, report = night(base_url, Path(folder) / "whole", size, prompt)
    ideal = math.ceil(size / CONCURRENCY) * LATENCY
    paper, bare_paper = (whole.cpu - small) / (size - FEW), (bare.cpu - small_bare) / (size - FEW)
    return {
        "papers": size,
        "prompt": prompt,
        "judged": size - report["buckets"]["failed"],
        "ideal_s": ideal,
        "makespan_s": round(whole.wall, 1),
        "makespan_over_ideal": round(whole.wall / ideal, 3),
        "bare_gather_s": round(bare.wall, 1),
        "start_cpu_s": round(small - FEW * paper, 1),
        "cpu_ms_a_paper": round(paper * 1000, 1),
        "bare_cpu_ms_a_paper": round(bare_paper * 1000, 1),
        "overhead_cpu_ms_a_paper": round((paper - bare_paper) * 1000, 1),
        "peak_mb": round(whole.peak),
        "cost": report["cost"],
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=int, default=1000)
    options.add_argument("--prompt", default="judge/v2")
    options.add_argument("--bare", nargs=2, metavar=("URL", "FILE"), help="send these requests and nothing else")
    given = options.parse_args()
    if given.bare:
        return asyncio.run(ask_bare(given.bare[0], Path(given.bare[1])))
    result = measure(given.papers, given.prompt)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(1 if result["makespan_over_ideal"] > 1.1 or result["judged"] < result["papers"] else 0)


if __name__ == "__main__":
    main()
