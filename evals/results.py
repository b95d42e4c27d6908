"""The committed results: one file per judge and data, without any text of a paper, and the tables made from them.

``python -m evals.measure`` makes both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from agent.core.judging import verdict
from agent.errors import ConfigError
from agent.records import Record
from evals.report.tables import markdown, placement_rows, relevance_rows, retrospective_rows, rows_of, title
from evals.result import Calibration, EvalResult, Ranked, RankedItem
from evals.scoring import calibration

FOLDER = Path(__file__).with_name("results")
IN_SUMMARY = ("local", "openai", "keyword-bot")
SHORT_PLACEMENT = {"top1": "right section first", "top3": "among the first three"}
SHORT_RELEVANCE = {"ap_core": "AP core", "ap_in_scope": "AP in scope", "precision_at_budget": "in scope of ten drafts"}
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
DATA = {
    "nights": "Abstracts of the listed papers, three real nights of labels, and the nights on which listed papers were "
    "announced",
    "repository": "What the repository holds: own-words summaries, and the sample listing (all relevant papers of one "
    "night and a few others, so not the natural mix)",
}
"""The data a result can be of, most telling first: what it is, for the reader of the table."""


class Committed(Record):
    """A result with the day it was measured on and the kind of data (a key of DATA). Its judge, prompt digest, taxonomy
    digest and data digests are in the result."""

    measured: date
    data: str
    result: EvalResult


def save(result: EvalResult, data: str, measured: date, folder: Path = FOLDER) -> Path:
    """Write a result as ``<data>-<judge>.json``, in place of an older one of the same judge, and return the path."""
    name = re.sub(r"[^\w.]+", "-", f"{data} {title(result)}")
    path = folder / f"{name}.json"
    row = {"measured": str(measured), "data": data, "result": result.model_dump(mode="json")}
    path.write_text(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return path


def recalibrate(folder: Path = FOLDER) -> None:
    """Work the calibration of every committed result of a model out anew, from its papers' scores."""
    for path in sorted(folder.glob("*.json")):
        row = json.loads(path.read_text(encoding="utf-8"))
        result = EvalResult.model_validate(row["result"])
        if result.relevance and result.judge.prompt != "-":
            found = calibration_of(result.relevance.items)
            row["result"]["relevance"]["calibration"] = found.model_dump(mode="json")
            path.write_text(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def calibration_of(items: Iterable[RankedItem]) -> Calibration:
    """Return the calibration of a model's judgments as they were published."""
    return calibration.calibrate(
        [
            Ranked(**item.model_dump(), chance=None if item.score is None else verdict.chance_in_scope(item.score))
            for item in items
        ]
    )


def read_all(folder: Path = FOLDER) -> tuple[Committed, ...]:
    """Return all committed results, by file name."""
    return tuple(
        Committed.model_validate_json(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
    )


def is_of_this_list(result: EvalResult, folder: Path = FOLDER) -> bool:
    """Return whether a result is of the list that the committed results are of: the taxonomy is the same."""
    return any(each.result.judge.taxonomy == result.judge.taxonomy for each in read_all(folder))


def best_first(results: Iterable[Committed], data: str) -> list[EvalResult]:
    """Return the results of one kind of data, best average precision of core papers first."""
    chosen = [each.result for each in results if each.data == data]
    return sorted(chosen, key=lambda result: -((result.relevance and result.relevance.ap_core) or 0.0))


def summary(results: Sequence[Committed]) -> str:
    """Return the README's two tables in Markdown: judges that a list may run, and the keyword bot they replace."""
    found = [each for each in best_first(results, next(iter(DATA))) if each.judge.name in IN_SUMMARY]
    days = sorted({str(each.measured) for each in results if each.data == next(iter(DATA))})
    placement = rows_of("judge", SHORT_PLACEMENT, ((title(each), each.placement) for each in found if each.placement))
    relevance = rows_of("judge", SHORT_RELEVANCE, ((title(each), each.relevance) for each in found if each.relevance))
    return "\n".join(
        [
            f"Measured {', '.join(days)}; 95 % intervals in brackets.",
            "",
            "Papers of the list, each judged as if it were not listed:",
            "",
            markdown(placement),
            "",
            "Three real nights, every paper labelled:",
            "",
            markdown(relevance),
        ]
    )


def tables(results: Sequence[Committed]) -> str:
    """Return all tables in Markdown: for each kind of data, every judge side by side."""
    parts = []
    for data, words in DATA.items():
        found = best_first(results, data)
        if not found:
            continue
        days = sorted({str(each.measured) for each in results if each.data == data})
        parts += [f"**{words}.** Measured {', '.join(days)}; 95 % intervals in brackets.", ""]
        parts += ["Placement of the papers in the headline sections, each judged as if it were not listed:", ""]
        parts += [markdown(placement_rows(found)), "", "Relevance, all nights pooled:", ""]
        parts += [markdown(relevance_rows(found)), ""]
        if any(result.retrospective for result in found):
            parts += ["Listed papers on the night they were announced, themselves left out:", ""]
            parts += [markdown(retrospective_rows(found)), ""]
    return "\n".join(parts).rstrip()


def splice(readme: str, text: str) -> str:
    """Put the tables between the two markers. Raises ConfigError when the markers are not there once each, in order."""
    before, begin, rest = readme.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in old + after or END in after:
        raise ConfigError(f"{BEGIN} and {END} must be there once each, in this order")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
