"""The length of answers: ``python -m evals.benchmarks.speed.answers FILE.jsonl`` counts those of a file in the form of
OpenAI's Batch output, and writes the counts to ``answer_tokens.json`` beside this module.

Tokens are those that the server reports, thinking included; of answers without a count, the text at four characters a
token, which leaves thinking out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any, Final

from agent.core.judging.completions import RawAnswer, read_lines

FILE: Final = Path(__file__).with_name("answer_tokens.json")


def count(text: str) -> dict[str, Any]:
    """Return the counts of the answers in the lines of ``text``. Raises ValueError when there is no answer."""
    answers = [each for each in read_lines(text.split("\n")).values() if isinstance(each, RawAnswer)]
    if not answers:
        raise ValueError("no line holds an answer")
    reported = all(each.reported for each in answers)
    tokens = sorted(each.output_tokens if reported else -(-len(each.content) // 4) for each in answers)
    return {
        "answers": len(tokens),
        "model": ", ".join(sorted({each.model for each in answers})),
        "counted_by": "the server" if reported else "four characters a token",
        "mean": round(statistics.mean(tokens)),
        "median": round(statistics.median(tokens)),
        "longest": tokens[-1],
    }


def load() -> dict[str, Any]:
    """Return the committed counts."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m evals.benchmarks.speed.answers", description=__doc__)
    options.add_argument("file", type=Path)
    given = options.parse_args()
    try:
        found = count(given.file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"{given.file}: {error}; give a file of OpenAI's Batch output, as triage eval --answers takes")
    FILE.write_text(f"{json.dumps(found)}\n", "utf-8")
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
