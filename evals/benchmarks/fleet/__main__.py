"""A fleet's nights on a PostgreSQL of its own: ``python -m evals.benchmarks.fleet --lists 20 --workers 1 2 4``.

One line of JSON for each number of workers. With ``--disturb`` one worker is killed (-9) in the middle of a night, and
one is stopped (SIGSTOP) for ``--frozen-for`` seconds. Exit code 1 on a violation, 3 where no PostgreSQL is installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.database.shared.postgres import open_engine, read_url
from evals.benchmarks.fleet.nights import FleetPlan, measure
from evals.benchmarks.soak.processes import ROOT


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lists", type=int, default=20)
    options.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options.add_argument("--papers", type=int, default=20)
    options.add_argument("--latency", type=float, default=0.2)
    options.add_argument("--stalled-after", type=float, default=3.0)
    options.add_argument("--frozen-for", type=float, default=60.0)
    options.add_argument("--disturb", action="store_true")
    given = options.parse_args()
    bad = False
    with _serve_database() as address:
        for workers in given.workers:
            _empty(address)
            plan = FleetPlan(
                lists=given.lists, workers=workers, papers=given.papers, latency=given.latency,
                stalled_after=given.stalled_after, frozen_for=given.frozen_for, disturb=given.disturb,
            )  # fmt: skip
            with TemporaryDirectory() as folder:
                result = measure(plan, address, Path(folder))
            sys.stdout.write(f"{json.dumps(asdict(result))}\n")
            sys.stdout.flush()
            bad = bad or bool(result.violations)
    sys.exit(1 if bad else 0)


@contextmanager
def _serve_database() -> Iterator[str]:
    """Start a PostgreSQL server, and yield the address of its database."""
    command, pipe = [sys.executable, "-m", "tests.support.postgres"], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdout is not None and process.stdin is not None
        address = process.stdout.readline().strip()
        if not address:
            sys.stderr.write("fleet: no PostgreSQL server is installed (Debian: apt-get install postgresql)\n")
            sys.exit(3)
        try:
            yield address
        finally:
            process.stdin.close()


def _empty(address: str) -> None:
    with open_engine(read_url(address), "fleet benchmark", brief=True).begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")


if __name__ == "__main__":
    main()
