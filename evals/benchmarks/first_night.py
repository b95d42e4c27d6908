"""The cost of a night from a cold start: ``python -m evals.benchmarks.first_night LISTING.jsonl [--sync FILE ...]``.

Runs ``triage run --judge local`` in a process of its own, and one that only imports what such a run needs, and compares
both in the same run. Prints one JSON object: seconds, peak memory, and their ratios to the bare imports.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

IMPORTS = "import agent.cli, agent.workflow.graph, agent.judges.local.judge"


def spend(command: list[str]) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its peak memory in MB. Its failure ends the benchmark."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)}: exit code {code}")
    return wall, used.ru_maxrss / 1024


def measure(listing: Path, records: list[Path]) -> dict[str, Any]:
    triage = [sys.executable, "-m", "agent.cli"]
    with tempfile.TemporaryDirectory() as state:
        for path in records:
            spend([*triage, "sync", "--from", str(path), "--state", state])
        bare_s, bare_mb = spend([sys.executable, "-c", IMPORTS])
        night = ["run", "--source", str(listing), "--judge", "local", "--deliver", "none", "--state", state]
        wall_s, peak_mb = spend([*triage, *night])
    return {
        "listing": listing.name,
        "wall_s": round(wall_s, 1),
        "peak_mb": round(peak_mb),
        "imports_s": round(bare_s, 1),
        "imports_mb": round(bare_mb),
        "time_ratio": round(wall_s / bare_s, 1),
        "memory_ratio": round(peak_mb / bare_mb, 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("listing", type=Path)
    options.add_argument("--sync", type=Path, nargs="*", default=[], help="records to sync first")
    given = options.parse_args()
    sys.stdout.write(json.dumps(measure(given.listing, given.sync)) + "\n")


if __name__ == "__main__":
    main()
