"""From what a run saw to its report: pure, and the place where the buckets are added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from agent.core.judging.verdict import expected_in_scope
from agent.core.night.buckets import may_be_drafted
from agent.records import (
    Bucket,
    Coverage,
    DayCoverage,
    Draft,
    Failure,
    JudgeIdentity,
    Judgment,
    RunReport,
    Usage,
    Window,
)


def check_sum(listed: Sequence[str], buckets: Mapping[str, Bucket]) -> dict[str, Bucket]:
    """Return the buckets in listing order. Raises AssertionError unless every listed paper has exactly one."""
    if set(listed) != set(buckets):
        raise AssertionError(f"papers without a bucket, or not listed: {sorted(set(listed) ^ set(buckets))}")
    return {paper_id: buckets[paper_id] for paper_id in listed}


def build_report(
    *,
    run_id: str,
    source: str,
    judge: JudgeIdentity,
    window: Window,
    buckets: Mapping[str, Bucket],
    drafts: Sequence[Draft],
    coverage: Sequence[Coverage],
    failures: Sequence[Failure],
    notes: Sequence[str],
    cost: Usage,
) -> RunReport:
    """Return the report of a run before its delivery. A null window end is filled from the days covered."""
    days = [row.day for row in coverage]
    counts = Counter(buckets.values())
    return RunReport(
        run_id=run_id,
        source=source,
        judge=judge,
        window={
            "from": window.since or min(days, default=None),
            "to": window.until or max(days, default=None),
        },
        listed=len(buckets),
        # Nearly nobody uses batches: without one the report says nothing of them.
        buckets={bucket: counts[bucket] for bucket in Bucket if counts[bucket] or bucket is not Bucket.BATCHED},
        drafts=tuple(drafts),
        coverage=tuple(
            DayCoverage(**row.model_dump(include={"day", "category", "listed", "complete", "reason"}))
            for row in coverage
        ),
        cost=cost,
        failures=tuple(failures),
        notes=tuple(notes),
    )


def notes_on_budget(buckets: Mapping[str, Bucket], judgments: Sequence[Judgment], leaves: Collection[str]) -> list[str]:
    """Return how many relevant papers fit into the review budget, and how many of those are expected to be in scope:
    the sum of their chances. Nothing where no chances are known, or nothing was drafted."""
    drafted = [each for each in judgments if buckets.get(each.paper_id) is Bucket.DRAFTED]
    chances = [chance for each in drafted if (chance := expected_in_scope(each)) is not None]
    if not drafted or len(chances) < len(drafted):
        return []
    queued = [each for each in judgments if buckets.get(each.paper_id) is Bucket.QUEUED]
    fit, all_of_them = len(drafted), len(drafted) + sum(may_be_drafted(each, leaves) for each in queued)
    expected = round(sum(chances))
    return [
        f"{fit} of {all_of_them} relevant papers fit the budget; about {expected} of {fit} are expected to be in scope"
    ]


def notes_on_batches(waits: Sequence[Failure]) -> list[str]:
    """Return what is known of each batch that is not finished, and how many papers wait in it; ``waits`` names them."""
    counts = Counter(each.reason for each in waits)
    notes = [f"{reason}, {count} {'paper waits' if count == 1 else 'papers wait'}" for reason, count in counts.items()]
    return [*notes, "come back: the same command with --batch collects the answers"] if notes else []


def judgment_lines(
    buckets: Mapping[str, Bucket], judgments: Sequence[Judgment], failures: Sequence[Failure]
) -> Iterator[dict[str, object]]:
    """Yield one row of the judgments file per listed paper; fields no judge filled are null or empty."""
    judged = {judgment.paper_id: judgment for judgment in judgments}
    reasons = {failure.paper_id: failure.reason for failure in failures}
    for paper_id, bucket in buckets.items():
        judgment = judged.get(paper_id)
        yield {
            "paper_id": paper_id,
            "bucket": bucket.value,
            "grade": judgment.grade if judgment else None,
            "score": judgment.score if judgment else None,
            "primary": judgment.primary if judgment else None,
            "top": list(judgment.top) if judgment else [],
            "secondary": list(judgment.secondary) if judgment else [],
            "operation": judgment.operation if judgment else None,
            "evidence": list(judgment.evidence) if judgment else [],
            "reason": judgment.reason if judgment else reasons.get(paper_id),
            "unsure": judgment.unsure if judgment else None,
            "judge": judgment.judge.model_dump() if judgment else None,
        }
