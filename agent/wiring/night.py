"""Settings -> Services: the only place that picks concrete sources, judges and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from agent import settings as environment
from agent.core.arxiv import coverage, schedule
from agent.core.catalog.edits import Addition
from agent.core.catalog.parse import parse
from agent.core.judging import answer, completions, costs, prompt
from agent.core.judging.questions import Brief
from agent.core.judging.verdict import LocalView
from agent.core.night.typed_entries import insert_typed
from agent.core.survey import taxonomy
from agent.core.survey.survey import Survey, headings_of
from agent.database.store import Store, open_store
from agent.deliveries import DELIVERIES
from agent.errors import ConfigError
from agent.ports import Delivery, InsertPapers, Judge, Progress, Services, Source
from agent.records import Coverage, JudgeIdentity, Paper, Window
from agent.settings import Settings
from agent.sources import SOURCES
from agent.sources.files.listing import ListingFile
from agent.sources.files.records import read_summaries
from agent.workflow import coverage_log

if TYPE_CHECKING:
    from agent.deliveries.patch import PatchDelivery
    from agent.judges.local.judge import LocalJudge
    from agent.sources.arxiv.http import ArxivHttp
    from agent.sources.arxiv.query_api import ArxivQuery

EXAMPLES = 6
"""Nearest entries of the catalog that a model is shown with a paper."""


@dataclass(frozen=True)
class NightOptions:
    """What the command line says about one night, and no file does."""

    since: date | None = None
    until: date | None = None
    deliver: str = "patch"
    max_cost: float | None = None
    rejudge: bool = False
    reconsider: bool = False
    answers: Path | None = None
    stop_before_judging: bool = False


@contextmanager
def open_night(
    settings: Settings, options: NightOptions, progress: Progress, now: Callable[[], datetime]
) -> Iterator[Services]:
    """Open everything one run needs. Raises ConfigError before anything is done."""
    with open_store(settings.state, exclusive=True) as store:
        survey = load_survey(settings, store)
        local = build_local(survey, store)
        started = now()
        covered = coverage_log.covered(store, settings.source.categories, started.date())
        services = Services(
            survey=survey,
            source=build_source(settings, now),
            judge=local
            if options.stop_before_judging
            else build_judge(settings, survey, store, local, max_cost=options.max_cost, answers=options.answers),
            delivery=build_delivery(settings, survey, store, options.deliver),
            store=store,
            brief=lambda: build_brief(settings, survey, local),
            nearest=local.nearest,
            relevance=local.relevance,
            window=_window(settings, options, covered, started),
            covered=covered,
            categories=settings.source.categories,
            cross_lists=settings.source.cross_lists,
            budget=settings.review.budget,
            min_score=settings.review.min_score,
            rejudge=options.rejudge,
            recall=options.answers is None,  # another file holds other answers, of the same model even
            reconsider=options.reconsider,
            stop_before_judging=options.stop_before_judging,
            run_id=f"{started:%Y%m%d-%H%M%S-%f}",
            now=now,
            progress=progress,
        )
        kept = settings.source.kind in SOURCES and not options.stop_before_judging
        with coverage_log.reading(services) if kept else nullcontext():
            yield services


def _window(settings: Settings, options: NightOptions, covered: Sequence[Coverage], now: datetime) -> Window:
    """Return the days to read: a file has its own, arXiv is read back over what is not covered yet."""
    if settings.source.kind not in SOURCES:
        return Window(since=options.since, until=options.until)
    latest = schedule.latest_day(now)
    return coverage.window_for(latest, covered, settings.source.overlap_days, options.since, options.until)


def build_source(settings: Settings, now: Callable[[], datetime]) -> Source:
    kind, categories, cross_lists = settings.source.kind, settings.source.categories, settings.source.cross_lists
    if kind not in SOURCES:
        path = Path(kind)
        if "." not in kind and not path.exists():
            raise ConfigError(f"unknown source {kind!r}; allowed: {', '.join(SOURCES)}")
        return ListingFile(path, categories, cross_lists)
    from agent.sources.arxiv.query_api import ArxivApi
    from agent.sources.arxiv.rss import ArxivRss
    from agent.sources.arxiv.source import ArxivNightly

    http = build_http(settings)
    rss = ArxivRss(http, settings.arxiv.rss_url, categories, cross_lists=cross_lists, now=now)
    if kind == "rss":
        return rss
    api = ArxivApi(build_lookup(settings, http), categories, cross_lists=cross_lists, now=now)
    return ArxivNightly(http, rss, api, categories, now=now)


def build_http(settings: Settings) -> ArxivHttp:
    """Return the one way to ask arXiv, to be shared by all who ask: it keeps the pace that arXiv's terms set."""
    from agent.sources.arxiv.http import ArxivHttp

    return ArxivHttp(delay=settings.arxiv.pause_seconds, patience=settings.arxiv.patience_seconds)


def build_lookup(settings: Settings, http: ArxivHttp) -> ArxivQuery:
    """Return what asks arXiv's query endpoint, as politely as ``http`` lets it."""
    from agent.sources.arxiv.query_api import ArxivQuery

    return ArxivQuery(http, settings.arxiv.api_url)


def build_local(survey: Survey, store: Store, without: frozenset[str] = frozenset()) -> LocalJudge:
    """Return the embedded judge, which also gives the others their tie-break and their nearest entries.

    ``without`` are keys of known papers that it must never have seen (evals).
    """
    from agent.judges.local.judge import LocalJudge

    return LocalJudge(survey.taxonomy, survey.knowledge.without(without), store.background(), store.rejected())


def build_judge(
    settings: Settings,
    survey: Survey,
    store: Store,
    local: LocalJudge,
    *,
    max_cost: float | None = None,
    answers: Path | None = None,
) -> Judge:
    """Return the judge asked for: ``judge.kind``, else openai when there is a key or a base URL, else local.

    ``answers`` are lines of OpenAI Batch output, which need no key. Raises ConfigError for openai with neither.
    """
    kind = settings.judge.kind or _judge_at_hand()
    if answers is None and kind == "local":
        return local
    brief = build_brief(settings, survey, local)
    if answers is not None:
        from agent.judges.batch_file import AnswersJudge

        return AnswersJudge(brief, completions.read_lines(read_text(answers, damaged=True).split("\n")))
    if kind == "recorded":
        from agent.judges.recorded import RecordedJudge

        return RecordedJudge(brief, store)
    key, base_url = environment.openai_api_key(), environment.openai_base_url()
    if not key and not base_url:
        raise ConfigError(
            "the openai judge needs OPENAI_API_KEY, or OPENAI_BASE_URL for a local server; or use --judge local"
        )
    from agent.judges.openai.judge import OPENAI_URL, Endpoint, OpenAIJudge

    prices = load_prices(settings)
    models = [settings.judge.model, *filter(None, [settings.judge.second_model])]
    known = all(costs.price_of(model, prices) for model in models)
    return OpenAIJudge(
        brief,
        store,
        Endpoint(base_url=base_url or OPENAI_URL, api_key=SecretStr(key) if key else None),
        concurrency=settings.judge.concurrency,
        prices=prices,
        cap=settings.judge.max_cost_usd if max_cost is None and known else max_cost,
    )


def _judge_at_hand() -> str:
    return "openai" if environment.openai_api_key() or environment.openai_base_url() else "local"


def build_brief(settings: Settings, survey: Survey, local: LocalJudge) -> Brief:
    """Return what a model is asked: the versioned prompt over this taxonomy, with the nearest entries as examples."""
    path = settings.home / "prompts" / f"{settings.judge.prompt}.yaml"
    asked = prompt.parse(read_text(path))
    tree = survey.taxonomy
    static = prompt.render_static(asked, tree)

    def messages(paper: Paper) -> list[dict[str, str]]:
        examples = [
            prompt.Example(title=known.title, operation=known.operation, section=tree.leaf(leaf).label)
            for known in local.nearest(paper, EXAMPLES)
            for leaf in known.exemplary_leaves
        ]
        return prompt.messages(asked, static, paper, examples)

    return Brief(
        identity=JudgeIdentity(name="openai", model=_models(settings), prompt=asked.name, taxonomy=tree.name),
        model=settings.judge.model,
        messages=messages,
        leaves=tree.leaf_ids,
        schema=answer.json_schema(tree.leaf_ids, tree.tier_ids),
        look=lambda paper: LocalView(relevance=local.relevance(paper), leaves=local.leaves(paper)),
        prepare=local.prepare,
        reasoning_effort=settings.judge.reasoning_effort,
        second_model=settings.judge.second_model,
    )


def _models(settings: Settings) -> str:
    """Return all that decides the answers besides prompt and taxonomy: ``model(effort)+second model``."""
    chosen = settings.judge
    effort = f"({chosen.reasoning_effort})" if chosen.reasoning_effort else ""
    return f"{chosen.model}{effort}" + (f"+{chosen.second_model}" if chosen.second_model else "")


def build_delivery(settings: Settings, survey: Survey, store: Store, kind: str) -> Delivery:
    from agent.deliveries.patch import NoDelivery

    if kind not in DELIVERIES:
        raise ConfigError(f"unknown delivery {kind!r}; allowed: {', '.join(DELIVERIES)}")
    if kind == "none":
        return NoDelivery()

    if kind == "patch":
        return build_patch(settings, survey, store)
    from agent.deliveries.github.pull_request import PullRequestDelivery

    token = environment.github_token()
    if token is None:
        raise ConfigError("--deliver pr needs GITHUB_TOKEN in the environment, with write access to the repository")
    return PullRequestDelivery(
        folder=settings.state / "checkout",
        repository=settings.github.repository,
        remote=settings.github.remote,
        base=settings.github.base,
        branch=settings.github.branch,
        catalog_path=settings.github.catalog_path,
        api_url=settings.github.api_url,
        token=token,
        insert=_inserter(survey, store),
        read_entries=lambda text: parse(text, headings_of(survey.taxonomy)).entries,
        leaves=survey.taxonomy.leaf_ids,
        environment=environment.inherited(),
    )


def build_patch(settings: Settings, survey: Survey, store: Store) -> PatchDelivery:
    from agent.deliveries.patch import PatchDelivery

    return PatchDelivery(settings.state / "patches", settings.catalog_path, _inserter(survey, store))


def _inserter(survey: Survey, store: Store) -> InsertPapers:
    """Return how papers become entries: as drafted, or as a reviewer typed them."""

    def insert_papers(text: str, wanted: Sequence[tuple[str, str]]) -> str:
        additions = [Addition(leaf=leaf, paper=paper) for key, leaf in wanted if (paper := store.paper(key))]
        typed = {draft.paper_id: decision.entry for draft, decision in store.decisions() if decision.entry}
        return insert_typed(text, headings_of(survey.taxonomy), additions, typed)

    return insert_papers


def load_prices(settings: Settings) -> dict[str, costs.Price]:
    path = settings.home / "data" / "prices.toml"
    return costs.read_prices(read_text(path)) if path.exists() else {}


def load_taxonomy(settings: Settings) -> taxonomy.Taxonomy:
    folder = settings.home / "taxonomy"
    files = {path.name: read_text(path) for path in sorted(folder.glob("*.yaml"))}
    if not files:
        raise ConfigError(f"{folder}: no taxonomy files here; it needs survey.yaml and one file per section")
    return taxonomy.parse(files)


def load_survey(settings: Settings, store: Store) -> Survey:
    """Read the list under care: its taxonomy, its catalog, and all that is known of the papers it lists."""
    tree = load_taxonomy(settings)
    summaries = settings.home / "data" / "summaries.jsonl"
    return Survey.of(
        tree,
        read_text(settings.catalog_path),
        records=store.records(),
        summaries=read_summaries(summaries) if summaries.exists() else (),
    )


def read_text(path: Path, *, damaged: bool = False) -> str:
    """Return a text file as it is, line ends included. Raises ConfigError when it cannot be read as UTF-8.

    ``damaged``: bytes that are no UTF-8 are replaced; they cost the line they are in, not the file.
    """
    try:
        return path.read_bytes().decode("utf-8", "replace" if damaged else "strict")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; check the path") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
