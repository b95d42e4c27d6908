"""Open everything that one run needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.arxiv import coverage, schedule
from agent.core.judging.questions import Questions
from agent.database.store import Store
from agent.ports import Judge, NightPlan, Progress, Services
from agent.records import Coverage, Window
from agent.settings import Settings
from agent.sources import ARXIV_KINDS
from agent.sources.given import GivenPapers
from agent.wiring.deliveries import build_delivery
from agent.wiring.judges import (
    build_batch_judge,
    build_batch_questions,
    build_judge,
    build_local,
    build_questions,
    read_answers,
)
from agent.wiring.lists import load_survey
from agent.wiring.sources import build_source
from agent.wiring.state import open_state
from agent.workflow import coverage_log

if TYPE_CHECKING:
    from agent.core.survey.survey import Survey
    from agent.judges.local.judge import LocalJudge
    from agent.judges.openai.spending_cap import SpendingCap


@dataclass(frozen=True)
class NightOptions:
    """The choices about one night that no file holds. ``cap``: None is the one of the settings.

    ``run_id`` is the name of the run (None: made of the time), ``session`` what a shared database calls it (None: made
    of machine and process). ``batch`` asks the model in batches. ``collect`` takes up what earlier runs left: the
    papers that failed, and with ``batch`` the answers of batches that have ended. ``papers`` are taken instead of a
    listing, by id; ``stored`` ranks them by what earlier nights judged. ``budget``: None is the one of
    the settings. ``reviewed``: somebody reads the text about this run.
    """

    since: date | None = None
    until: date | None = None
    deliver: str = "patch"
    cap: SpendingCap | None = None
    rejudge: bool = False
    reconsider: bool = False
    answers: Path | None = None
    stop_before_judging: bool = False
    run_id: str | None = None
    session: str | None = None
    batch: bool = False
    collect: bool = True
    papers: tuple[str, ...] | None = None
    stored: bool = False
    budget: int | None = None
    reviewed: bool = True


@dataclass(frozen=True)
class OpenNight:
    """The parts that ``open_night`` opens: the services of the run, and how to build what a model would be asked."""

    services: Services
    build_questions: Callable[[], Questions]


@contextmanager
def open_night(
    settings: Settings, options: NightOptions, progress: Progress, now: Callable[[], datetime]
) -> Iterator[OpenNight]:
    """Open everything one run needs. Raises ConfigError before anything is done."""
    with open_state(settings, exclusive=True, session=options.session) as store:
        survey = load_survey(settings, store)
        local = build_local(settings, survey, store)
        plan = _plan(settings, options, store, now())
        given = None if options.papers is None else tuple(store.papers(options.papers).values())
        judge = local if options.stop_before_judging else _judge(settings, options, survey, store, local)
        services = Services(
            plan=plan,
            survey=survey,
            source=GivenPapers(given) if given is not None else build_source(settings, now, options.session),
            judge=judge,
            delivery=build_delivery(settings, survey, store, options.deliver),
            store=store,
            nearest=local.nearest,
            relevance=local.relevance,
            now=now,
            progress=progress,
        )
        logged = settings.source.kind in ARXIV_KINDS and not options.stop_before_judging and given is None
        build = build_batch_questions if options.batch else build_questions
        with coverage_log.log_reading(services) if logged else nullcontext():
            yield OpenNight(services, lambda: build(settings, survey, local))


def _judge(settings: Settings, options: NightOptions, survey: Survey, store: Store, local: LocalJudge) -> Judge:
    """Return who judges this night."""
    if options.stored:
        from agent.judges.stored import StoredJudge

        return StoredJudge(store.latest_judgments(options.papers or ()))
    if options.batch:
        return build_batch_judge(settings, survey, store, local, cap=options.cap, collects=options.collect)
    answers = read_answers(options.answers) if options.answers is not None else None
    return build_judge(settings, survey, store, local, cap=options.cap, answers=answers)


def _plan(settings: Settings, options: NightOptions, store: Store, started: datetime) -> NightPlan:
    """Return the choices of this run, from the command line and the settings."""
    covered = coverage_log.load_coverage(store, settings.source.categories, started.date())
    days = coverage_log.days_known(store, covered, started.date())
    return NightPlan(
        run_id=options.run_id or f"{started:%Y%m%d-%H%M%S-%f}",
        window=_window(settings, options, days, started),
        covered=covered,
        categories=settings.source.categories,
        cross_lists=settings.source.cross_lists,
        budget=settings.review.budget if options.budget is None else options.budget,
        min_score=settings.review.min_score,
        rejudge=options.rejudge or options.stored,
        # A file of answers given elsewhere may hold other answers, even of the same model.
        reuse_judgments=options.answers is None,
        reconsider=options.reconsider,
        stop_before_judging=options.stop_before_judging,
        reads_batches=options.batch,
        reviewed=options.reviewed,
        chosen=options.since is not None or options.until is not None,
        repeats_undecided=options.papers is None and options.collect,
    )


def _window(settings: Settings, options: NightOptions, days: Sequence[Coverage], now: datetime) -> Window:
    """Return the days to read: a file has its own, arXiv is read back over what is not covered yet."""
    if settings.source.kind not in ARXIV_KINDS:
        return Window(since=options.since, until=options.until)
    latest = schedule.latest_day(now)
    return coverage.window_for(latest, days, settings.source.overlap_days, options.since, options.until)
