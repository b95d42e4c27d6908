"""The estimate of what judging a range of days takes, drawn from the days that were looked at."""

from __future__ import annotations

import math
from decimal import Decimal

from agent.core.judging.costs import AnswerLength, Estimate
from agent.records import Record, Usd

SECONDS_OF_A_REQUEST = 4.0
"""To a model, thinking at low effort included: for estimates only."""

SECONDS_OF_A_LOCAL_JUDGMENT = 0.03

SECONDS_OF_A_DAY_READ = 60.0
"""Reading one day from arXiv: some twenty requests, three seconds apart."""

HOURS_OF_A_BATCH = 24.0
"""A batch is answered within that time."""


class RangeEstimate(Record):
    """What a backfill would take. ``days`` are those to read, ``looked_at`` those that the figures are drawn from;
    ``again`` of the ``papers`` are of other days, on which an earlier run failed to get a judgment.

    ``model`` is null when none is to be asked. ``usd`` is likely and ``worst_usd`` the most it can be, both null
    without a known price, and where no day that was looked at has a paper to judge. ``hours`` are of reading and
    asking. ``answer`` is null when no paper was found to ask a model about.
    """

    days: int
    looked_at: int
    papers: int
    again: int
    model: str | None
    tokens_in: int
    tokens_out: int
    answer: AnswerLength | None
    usd: Usd | None
    worst_usd: Usd | None
    hours: float

    @property
    def asks_nobody(self) -> bool:
        """Whether surely no model is asked: none is to be, or every day was looked at and none has a paper to judge."""
        return self.model is None or (not self.papers and self.looked_at == self.days)


def estimate_range(
    days: int,
    found: int,
    asked: Estimate | None,
    *,
    looked_at: int,
    again: int,
    model: str | None,
    concurrency: int,
    batch: bool,
    reads_arxiv: bool,
) -> RangeEstimate:
    """Return what ``days`` days would take, of which the ones ``looked_at`` had so many papers to judge
    (``found``), and ``again`` papers of other days.

    ``asked`` is what asking about some of those papers would take (null: no model is asked, or there are none).
    """
    papers = math.ceil(found / max(looked_at, 1) * days) + again
    share = papers / asked.usage.calls if asked and asked.usage.calls else 0.0
    half = Decimal("0.5") if batch else Decimal(1)

    unknown = model is not None and asked is None and looked_at < days

    def dollars(of_some: Decimal | None) -> Decimal | None:
        return None if of_some is None else of_some * Decimal(str(share)) * half

    each = SECONDS_OF_A_REQUEST / concurrency if asked else SECONDS_OF_A_LOCAL_JUDGMENT
    seconds = days * SECONDS_OF_A_DAY_READ * reads_arxiv + papers * (0 if batch else each)
    return RangeEstimate(
        days=days,
        looked_at=looked_at,
        papers=papers,
        again=again,
        model=model,
        tokens_in=round(asked.usage.input_tokens * share) if asked else 0,
        tokens_out=round(asked.usage.output_tokens * share) if asked else 0,
        answer=asked.answer if asked else None,
        usd=dollars(asked.usage.usd) if asked else None if unknown else Decimal(0),
        worst_usd=dollars(asked.worst_usd) if asked else None if unknown else Decimal(0),
        hours=round(seconds / 3600 + (HOURS_OF_A_BATCH if batch and papers else 0), 1),
    )


def in_words(found: RangeEstimate) -> str:
    """Return the estimate in one sentence."""
    usd = "at an unknown price" if found.usd is None else f"about ${found.usd:.2f} (at most ${found.worst_usd:.2f})"
    if found.model is None:
        asked = ", judged locally, $0"
    elif found.answer is None:
        asked = f" on the days that were looked at, {usd}, model {found.model}"
    else:
        asked = (
            f", {found.tokens_in:,} tokens in and {found.tokens_out:,} out ({found.answer}), {usd}, model {found.model}"
        )
    drawn = "" if found.looked_at == found.days else f" (drawn from {found.looked_at} of them)"
    days = f"{found.days} {'day' if found.days == 1 else 'days'}"
    again = f", and {_count_papers(found.again)} that failed earlier" if found.again else ""
    return f"{days}{drawn}{again}: about {_count_papers(found.papers)} to judge{asked}, about {found.hours:g} hours"


def _count_papers(number: int) -> str:
    return f"{number:,} {'paper' if number == 1 else 'papers'}"
