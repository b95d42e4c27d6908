"""The rules by which a paper ends in a bucket, before it is judged and after. Every such rule stands here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from agent.core.arxiv.categories import is_read
from agent.core.papers import matching
from agent.records import Bucket, Judgment, Paper


def bucket_unjudged(
    paper: Paper,
    *,
    categories: Sequence[str],
    cross_lists: bool,
    known: bool,
    earlier: Mapping[str, Bucket],
) -> Bucket | None:
    """Return the bucket of a paper that no judge has to see, tested in the order of the design, or None.

    ``earlier`` holds what finished runs decided, by paper id; a failed paper is asked again.
    """
    if not is_read(paper.categories, categories, cross_lists=cross_lists):
        return Bucket.OFF_CATEGORY
    if known:
        return Bucket.KNOWN
    if earlier.get(paper.id, Bucket.FAILED) is not Bucket.FAILED:
        return Bucket.REPEAT
    return None


def rank(judgments: Sequence[Judgment]) -> list[Judgment]:
    """Return the judgments, best score first; equal scores by paper id, so that a run can be repeated."""
    return sorted(judgments, key=lambda judgment: (-judgment.score, judgment.paper_id))


def bucket_judged(
    judgments: Sequence[Judgment],
    *,
    leaves: Collection[str],
    budget: int,
    min_score: float,
    withdrawn: Collection[str] = (),
) -> dict[str, Bucket]:
    """Rank, then cut by the review budget: return the bucket of every judged paper by its id.

    Only a paper with a leaf, a checked quote and nothing contested, and not ``withdrawn`` (ids), may become a draft;
    what is relevant but may not, what is contested, and what comes after the ``budget`` best, waits in the queue.
    """
    buckets: dict[str, Bucket] = {}
    drafts_left = budget
    for judgment in rank(judgments):
        if judgment.score < min_score and judgment.unsure is None:
            buckets[judgment.paper_id] = Bucket.REJECTED
        elif drafts_left and may_be_drafted(judgment, leaves) and judgment.paper_id not in withdrawn:
            buckets[judgment.paper_id] = Bucket.DRAFTED
            drafts_left -= 1
        else:
            buckets[judgment.paper_id] = Bucket.QUEUED
    return buckets


def mark_twins(
    judgments: Sequence[Judgment], papers: Mapping[str, Paper], earlier: Sequence[Paper]
) -> tuple[Judgment, ...]:
    """Return the judgments of papers that are the same as a better one or as one of ``earlier``, marked as contested.

    Two ids may be one paper: submitted twice, or announced again under a new title. One that is withdrawn is no better
    one: it cannot be drafted. ``papers`` holds the judged ones by id, ``earlier`` those that were ever drafted, or
    dismissed from the queue. A marked paper waits in the queue as ``same as ID: TITLE``.
    """
    known = matching.index({paper.id: matching.paper_identity(paper) for paper in earlier})
    titles = {paper.id: paper.title for paper in (*earlier, *papers.values())}
    better: dict[str, matching.Identity] = {}
    places: dict[str, int] = {}
    named: defaultdict[str, list[str]] = defaultdict(list)  # who of the better ones has a name
    marked = []
    contenders = rank([one for one in judgments if one.evidence and one.unsure is None])
    for judgment in sorted(contenders, key=lambda one: papers[one.paper_id].withdrawn):
        identity = matching.paper_identity(papers[judgment.paper_id])
        names = matching.exact_names(identity)
        alike = {key for name in names for key in named[name] if matching.same_paper(better[key], identity)}
        twin = known.find(identity) or min(alike, key=places.__getitem__, default=None)
        if twin is None:
            places[judgment.paper_id] = len(better)
            better[judgment.paper_id] = identity
            for name in names:
                named[name].append(judgment.paper_id)
        else:
            marked.append(judgment.model_copy(update={"unsure": f"same as {twin}: {titles[twin]}"}))
    return tuple(marked)


def may_be_drafted(judgment: Judgment, leaves: Collection[str]) -> bool:
    """Say whether nothing but the review budget keeps a relevant paper from being a draft."""
    return judgment.primary in leaves and bool(judgment.evidence) and judgment.unsure is None


def why_it_waits(paper: Paper, judgment: Judgment, leaves: Collection[str]) -> str:
    """Return why a queued paper is not a draft: what a reviewer reads in the pull request as on the review page."""
    if paper.withdrawn:
        return "withdrawn from arXiv"
    if judgment.unsure:
        return judgment.unsure
    if judgment.primary not in leaves:
        return "no section fits"
    return "over the review budget" if judgment.evidence else "no valid quote"
