"""``triage backfill``: a long range of announcement days, judged day by day and reviewed as one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agent.commands.options import (
    BatchOption,
    JudgeOption,
    MaxCostOption,
    ModelOption,
    NoCapOption,
    SharedOptions,
    SourceOption,
    days,
    now,
    refuse_unasked_model,
    with_shared_options,
)
from agent.errors import OK, PARTIAL, ConfigError, DeliveryError

if TYPE_CHECKING:
    from datetime import date

    from agent.commands import output
    from agent.core.night.estimates import RangeEstimate
    from agent.database.store import Store
    from agent.records import Paper, RunReport
    from agent.settings import Settings
    from agent.wiring.night import NightOptions

RENDERED: Final = 20
"""Prompts from which the tokens of all are estimated."""

SPARE: Final = 4
"""Times the budget: so many of the best are ranked again, since some may not be drafted."""


@with_shared_options
def backfill(
    shared: SharedOptions,
    since: Annotated[str, typer.Option(help="First announcement date, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="Last announcement date, YYYY-MM-DD.")],
    source: SourceOption = None,
    judge: JudgeOption = None,
    model: ModelOption = None,
    budget: Annotated[int, typer.Option(min=0, help="At most this many drafts for the whole range.")] = 50,
    max_cost: MaxCostOption = None,
    no_cap: NoCapOption = False,
    deliver: Annotated[str, typer.Option(help="patch, pr or none.")] = "none",
    batch: BatchOption = False,
    dry_run: Annotated[bool, typer.Option(help="Say what it would take; stop there.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go on without asking, whatever it takes.")] = False,
) -> None:
    """Judge a long range of days, then draft the best for review.

    A backfill that was stopped goes on where it was. Drafts are delivered only with --deliver.
    """
    from agent.commands import output
    from agent.core.night import estimates
    from agent.wiring.judges import build_cap
    from agent.wiring.night import NightOptions

    settings = shared.settings(source={"kind": source}, judge={"kind": judge, "model": model})
    refuse_unasked_model(settings, model)
    first, last = days(since, until)
    cap = build_cap(settings, max_cost, no_cap=no_cap)
    span = _Range(settings, NightOptions(since=first, until=last, deliver=deliver, cap=cap, batch=batch), budget)
    unread = span.unread()
    failed = span.failed(unread)
    if unread or failed:
        expected = span.estimate(unread, failed)
        if dry_run:
            words = estimates.in_words(expected)
            return output.show(expected.model_dump(mode="json"), shared.as_json, lambda: typer.echo(words))
        _ask_to_go_on(expected, yes=yes)
    elif dry_run:
        return output.show({"days": 0}, shared.as_json, lambda: typer.echo("every day of the range was judged"))
    reports = []
    with output.Bar("days", time_left=True) as bar:
        for report in span.nights(unread, failed, bar):
            reports.append(report)
            output.say(output.summary_line(report))
    review = span.review()
    result = {
        "nights": [report.model_dump(mode="json") for report in reports],
        "review": review.model_dump(mode="json") if review else None,
    }
    output.show(result, shared.as_json, lambda: output.show_drafts([review] if review else []))
    output.say(output.summary_line(review) if review else "triage: batches are under way; come back: the same command")
    if review and review.undelivered:
        raise DeliveryError(review.undelivered)
    raise typer.Exit(PARTIAL if any(report.partial for report in [*reports, *filter(None, [review])]) else OK)


def _ask_to_go_on(expected: RangeEstimate, *, yes: bool) -> None:
    """Show what it would take, and go on only if that is wanted. What costs nothing is not asked about.

    Raises ConfigError when there is nobody to ask.
    """
    from agent.commands import output
    from agent.core.night import estimates

    output.say(f"triage: {estimates.in_words(expected)}")
    if yes or expected.asks_nobody:
        return
    if not sys.stdin.isatty():
        raise ConfigError("a backfill with a model costs money, and there is no terminal to ask on; say --yes to go on")
    typer.confirm("go on?", abort=True, err=True)


@dataclass(frozen=True)
class _Range:
    """The days between ``options.since`` and ``until``, and how they are judged."""

    settings: Settings
    options: NightOptions
    budget: int

    def unread(self) -> list[date]:
        """Return the days that no earlier run has read completely, the oldest first."""
        from agent.core.arxiv import schedule
        from agent.records import SAVED_LISTING
        from agent.wiring.state import open_state

        assert self.options.since is not None and self.options.until is not None
        categories = set(self.settings.source.categories)
        with open_state(self.settings, exclusive=False) as store:
            done: dict[date, set[str]] = {}
            for row in store.coverage(self.options.since):
                if row.complete and row.source != SAVED_LISTING:
                    done.setdefault(row.day, set()).add(row.category)
        span = schedule.announcement_days(self.options.since, self.options.until)
        return [day for day in span if not done.get(day, set()) >= categories]

    def failed(self, unread: Sequence[date]) -> dict[date, tuple[str, ...]]:
        """Return the papers of the days that were read, but on which no judge decided (a cost cap, a server that was
        gone), by day. Those of the days ``unread`` are left out: they are listed again."""
        from agent.records import Bucket
        from agent.wiring.state import open_state

        with open_state(self.settings, exclusive=False) as store:
            by_day = self._by_day(store, store.undecided({Bucket.FAILED}))
        return {day: ids for day, ids in by_day.items() if day not in unread}

    def estimate(self, unread: Sequence[date], failed: Mapping[date, Sequence[str]]) -> RangeEstimate:
        """Return what the days and the papers that failed would take. Some of the days are read for it, all of those in
        a saved listing; no model is asked."""
        import asyncio
        from dataclasses import replace

        from agent.core.judging.questions import estimate
        from agent.core.night.estimates import estimate_range
        from agent.ports import Unwatched
        from agent.sources import ARXIV_KINDS
        from agent.wiring.judges import asks_a_model, build_endpoint, measure_answers
        from agent.wiring.lists import load_prices
        from agent.wiring.night import open_night
        from agent.workflow import graph

        if self.options.batch:
            build_endpoint()  # raises without a key
        asks = self.options.batch or asks_a_model(self.settings)
        reads_arxiv = self.settings.source.kind in ARXIV_KINDS
        found, again, asked = 0, 0, None
        plain = replace(self.options, collect=False, stop_before_judging=True)
        some_days = list(dict.fromkeys(unread[place] for place in (0, len(unread) // 2, -1)) if unread else ())
        looks = [replace(plain, since=day, until=day) for day in some_days]
        if unread and not reads_arxiv:
            looks, some_days = [replace(plain, since=unread[0], until=unread[-1])], list(unread)
        if failed:
            looks.append(replace(plain, papers=tuple(chain.from_iterable(failed.values()))))
        for only in looks:
            with open_night(self.settings, only, Unwatched(), now) as night:
                ids = asyncio.run(graph.run(night.services))["to_judge"]
                if only.papers is None:
                    found += len(ids)
                else:
                    again = len(ids)
                if asks and ids and asked is None:
                    questions = night.build_questions()
                    some = list(night.services.store.papers(ids[:RENDERED]).values())
                    length = measure_answers(night.services.store, questions.identity)
                    asked = estimate(questions, some, load_prices(self.settings), length)
        return estimate_range(
            len(unread),
            found,
            asked,
            looked_at=len(some_days),
            again=again,
            model=self.settings.judge.model if asks else None,
            concurrency=self.settings.judge.concurrency,
            batch=self.options.batch,
            reads_arxiv=reads_arxiv,
        )

    def nights(
        self, unread: Sequence[date], failed: Mapping[date, tuple[str, ...]], bar: output.Bar
    ) -> Iterator[RunReport]:
        """Yield the report of each day, without any draft, the oldest first.

        First the papers ``failed`` of days that were read, then the days ``unread``; with batches, before both those
        whose answers have come. Raises TriageError as a run does; the days before are kept.
        """
        import asyncio
        from dataclasses import replace

        from agent.ports import Unwatched
        from agent.wiring.night import open_night
        from agent.workflow import graph

        collected = self._collected() if self.options.batch else {}
        nights = [*collected.items(), *failed.items(), *((day, None) for day in unread)]
        bar.begin(len(nights))
        plain = replace(self.options, deliver="none", budget=0, collect=False, reviewed=False)
        for day, papers in nights:
            only = replace(plain, since=day, until=day, papers=papers)
            with open_night(self.settings, only, Unwatched(), now) as night:
                yield asyncio.run(graph.run(night.services))["report"]
            bar.advance()

    def _collected(self) -> dict[date, tuple[str, ...]]:
        """Fetch the answers of batches that have ended; return the papers that were asked about, by day."""
        from agent.wiring.judges import collect_batches
        from agent.wiring.state import open_state

        with open_state(self.settings, exclusive=True) as store:
            waiting = collect_batches(self.settings, store)
            return self._by_day(store, [paper_id for paper_id in store.batched() if paper_id not in waiting])

    def _by_day(self, store: Store, papers: Sequence[str]) -> dict[date, tuple[str, ...]]:
        """Return those of the papers that were announced in the range, by day."""
        assert self.options.since is not None and self.options.until is not None
        wanted = set(papers)
        nights = {day: tuple(each for each in ids if each in wanted) for day, ids in store.nights().items()}
        since, until = self.options.since, self.options.until
        return {day: ids for day, ids in sorted(nights.items()) if ids and since <= day <= until}

    def review(self) -> RunReport | None:
        """Draft the best of the whole range and deliver them; None while batches are under way."""
        import asyncio
        from dataclasses import replace

        from agent.ports import Unwatched
        from agent.wiring.night import open_night
        from agent.wiring.state import open_state
        from agent.workflow import graph

        with open_state(self.settings, exclusive=True) as store:
            if self.options.batch and self._by_day(store, store.batched()):
                return None
            best, left = self._best(store)
        options = replace(self.options, papers=best, stored=True, budget=left, batch=False)
        with open_night(self.settings, options, Unwatched(), now) as night:
            return asyncio.run(graph.run(night.services))["report"]

    def _best(self, store: Store) -> tuple[tuple[str, ...], int]:
        """Return the best papers of the range that wait for a person, and how many drafts the budget has left."""
        from agent.core.night import buckets

        left = self.budget - sum(self._contains(paper) for paper in store.papers(store.drafted()).values())
        waiting = [paper.id for paper in store.queued() if self._contains(paper)]
        best = buckets.rank(list(store.latest_judgments(waiting).values()))[: SPARE * self.budget + SPARE]
        return tuple(judgment.paper_id for judgment in best), max(left, 0)

    def _contains(self, paper: Paper) -> bool:
        assert self.options.since is not None and self.options.until is not None
        return self.options.since <= paper.announced <= self.options.until
