"""Results side by side, one row a judge: the same tables in the report and in the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evals.result import EvalResult, Interval, Result

Row = tuple[str, ...]

PLACEMENT = {
    "top1": "leaf, first",
    "top3": "leaf, first three",
    "section": "section",
    "tier": "tier",
    "macro_f1": "macro-F1",
}
RELEVANCE = {
    "ap_core": "AP core",
    "ap_in_scope": "AP in scope",
    "recall_core_at_budget": "recall of core at budget",
    "precision_at_budget": "precision at budget",
    "read_per_accepted": "read per core paper",
    "work_saved_at_95": "work saved at 95 %",
}
RETROSPECTIVE = {
    "recall_at_budget": "found at budget",
    "recall_at_20": "found in first 20",
    "median_rank": "median rank",
}
COARSE = ("read_per_accepted", "median_rank")
"""Figures that are counts of papers, not shares: one digit is enough."""


def show(value: float | None, interval: Interval | None = None, digits: int = 2) -> str:
    """Write a figure with its 95 % interval; a dash stands for undefined."""
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return text if interval is None else f"{text} ({interval[0]:.{digits}f} to {interval[1]:.{digits}f})"


def rows_of(first: str, columns: Mapping[str, str], parts: Iterable[tuple[str, Result | None]]) -> list[Row]:
    """Return a header and one row per named part that is there. ``columns`` maps a figure's name to its heading."""
    rows: list[Row] = [(first, "papers", *columns.values())]
    for name, part in parts:
        if part is not None:
            cells = [
                show(getattr(part, column), getattr(part, f"{column}_ci", None), digits=1 if column in COARSE else 2)
                for column in columns
            ]
            rows.append((name, str(getattr(part, "n", "")), *cells))
    return rows


def placement_rows(results: Sequence[EvalResult]) -> list[Row]:
    return rows_of("judge", PLACEMENT, ((title(result), result.placement) for result in results))


def group_rows(result: EvalResult) -> list[Row]:
    """Return how placement is apart from the headline: without odd placements, and the groups reported apart."""
    found = result.placement
    if found is None:
        return rows_of("papers of", PLACEMENT, ())
    apart = ((f"section {name} only", part) for name, part in found.apart.items())
    return rows_of(
        "papers of", PLACEMENT, (("headline", found), ("headline, without odd placements", found.without_odd), *apart)
    )


def relevance_rows(results: Sequence[EvalResult]) -> list[Row]:
    """Return relevance with all nights pooled, one row per result."""
    return rows_of("judge", RELEVANCE, ((title(result), result.relevance) for result in results))


def day_rows(result: EvalResult) -> list[Row]:
    """Return relevance day by day."""
    days = result.relevance.per_day.items() if result.relevance else ()
    named = ((f"{day} ({each.core} core, {each.in_scope} in scope)", each) for day, each in days)
    return rows_of("day", RELEVANCE, named)


def retrospective_rows(results: Sequence[EvalResult]) -> list[Row]:
    return rows_of("judge", RETROSPECTIVE, ((title(result), result.retrospective) for result in results))


def title(result: EvalResult) -> str:
    """Name the judge of a result; one that asks a model by prompt, with both."""
    judge = result.judge
    return judge.name if judge.prompt == "-" else f"{judge.name} {judge.model} {judge.prompt}"


def markdown(rows: Sequence[Row]) -> str:
    """Write rows as a Markdown table, the first one its header."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
