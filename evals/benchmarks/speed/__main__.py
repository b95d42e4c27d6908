"""All figures of speed and cost: ``python -m evals.benchmarks.speed [--papers N] [--write docs/speed.md]``.

Measures the night, the commands, reading and editing a long list, the local judge, tokens and dollars, and the ways in
which other tools work, one after the other, and prints a page of tables; ``--write`` keeps it.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from agent import settings as configuration
from agent.wiring.lists import load_prices
from evals.benchmarks import growth, local_judge, night
from evals.benchmarks.speed import costs_per_paper, peers

ENTRIES: Final = 2500
RANKED: Final = 100_000


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def command_rows() -> list[Sequence[object]]:
    """Return processor time and peak memory of starting the program."""
    rows: list[Sequence[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for words in (["--help"], ["status", "--state", str(Path(folder) / "state")]):
            out = Path(folder) / "out"
            used = min((night.run([sys.executable, "-m", "agent.cli", *words], {}, out) for _ in range(3)), key=_cpu)
            rows.append((f"`triage {words[0]}`", f"{used.cpu:.2f} s", f"{used.peak:.0f} MB", ""))
    return rows


def _cpu(used: night.Used) -> float:
    return used.cpu


def list_rows() -> list[Sequence[object]]:
    """Return processor time and growth exponent of reading and editing a list of 10,000 entries."""
    found = growth.measure(ENTRIES)
    rows: list[Sequence[object]] = []
    for name in ("parse", "insert 20"):
        small, large = found["seconds"][name]
        exponent = math.log(max(large, 1e-4) / max(small, 1e-4)) / math.log(growth.TIMES)
        rows.append((f"{name}, {ENTRIES * growth.TIMES:,} entries", f"{large:.2f} s", "", f"{exponent:.2f}"))
    return rows


def local_rows() -> list[Sequence[object]]:
    found = local_judge.measure(2000, 3000, RANKED)
    return [
        ("learn from 2,000 labels", f"{found['first_night_s']} s", "", ""),
        ("read back what was learned", f"{found['second_night_s']} s", "", ""),
        (f"rank {RANKED:,} papers", f"{RANKED / found['ranked_per_second']:.1f} s", "", ""),
    ]


def page(size: int) -> str:
    """Return the page: every figure measured now."""
    prices = load_prices(configuration.load(costs_per_paper.ROOT / "triage.toml"))
    nights = [night.measure(size, prompt) for prompt in costs_per_paper.PROMPTS]
    money = [costs_per_paper.measure(prompt) for prompt in costs_per_paper.PROMPTS]
    others = [peers.measure(name, prices["gpt-6-luna"]) for name in peers.WAYS]
    return "\n".join(
        [
            "# Speed and cost\n",
            f"Measured {datetime.now(UTC).date()} by `python -m evals.benchmarks.speed --papers {size} --write "
            f"docs/speed.md`, on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}. Times marked *processor* are "
            "user and system seconds; wall times on a busy machine are upper bounds.\n",
            "## A night with a model\n",
            _night_words(size),
            table(NIGHT, [[row[key] for key in NIGHT] for row in nights]),
            "## Tokens and dollars per 1,000 papers\n",
            "At the prices of `data/prices.toml`, prompts at four characters a token, 500 tokens an answer (thinking "
            "included). A server that caches nothing of the shared start costs what the last two columns say.\n",
            table(MONEY, [[row[key] for key in MONEY] for row in money]),
            "## As other tools ask\n",
            " ".join((peers.__doc__ or "").split()) + f" Measured on {peers.PAPERS} papers, one second an answer.\n",
            table(
                ["way", "minutes for 1,000 papers", "dollars", "papers lost on one malformed answer"],
                [
                    *([row["way"], row["minutes"], row["usd"], row["lost"]] for row in others),
                    _ours(nights, money, size),
                ],
            ),
            "## The program\n",
            table(
                ["what", "processor", "peak memory", "growth exponent"], [*command_rows(), *list_rows(), *local_rows()]
            ),
        ]
    )


NIGHT: Final = [
    "prompt", "papers", "judged", "ideal_s", "makespan_s", "makespan_over_ideal", "bare_gather_s", "start_cpu_s",
    "cpu_ms_a_paper", "bare_cpu_ms_a_paper", "overhead_cpu_ms_a_paper", "peak_mb",
]  # fmt: skip
MONEY: Final = [
    "prompt", "input_tokens", "cacheable_tokens", "output_tokens", "usd_live", "usd_batch", "usd_live_nothing_cached",
    "usd_batch_nothing_cached",
]  # fmt: skip


def _night_words(size: int) -> str:
    return (
        f"{size} papers, a server of {night.CONCURRENCY} slots that answers after a second. *ideal*: waiting alone; "
        "*makespan*: the whole command, its start included; *bare gather*: the same requests with the same client and "
        "nothing else. The overhead is the processor time of one more paper beyond that of its bare request.\n"
    )


def _ours(nights: Sequence[Mapping[str, Any]], money: Sequence[Mapping[str, Any]], size: int) -> list[object]:
    """Return our own row: the newest prompt; a malformed answer is repaired."""
    minutes = round(nights[-1]["makespan_s"] / size * peers.SCALED_TO / 60, 1)
    return [f"this program, {money[-1]['prompt']}", minutes, money[-1]["usd_live"], 0]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m evals.benchmarks.speed", description=__doc__)
    options.add_argument("--papers", type=int, default=1000)
    options.add_argument("--write", type=Path, help="the page to rewrite")
    given = options.parse_args()
    began = time.perf_counter()
    text = page(given.papers)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    sys.stderr.write(f"{time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
