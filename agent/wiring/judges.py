"""Build the judge that the settings name, and the questions that it asks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from agent import environment
from agent.core.judging import completions, costs
from agent.core.judging.answer import json_schema
from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.questions import Questions
from agent.core.judging.verdict import LocalView
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.errors import ConfigError
from agent.ports import Judge
from agent.records import JudgeIdentity
from agent.settings import AUTO_PROMPT, Settings
from agent.wiring import prompts
from agent.wiring.labels import load_background, load_labelled
from agent.wiring.lists import load_invented, load_prices, read_text

if TYPE_CHECKING:
    from agent.judges.batches.judge import BatchJudge
    from agent.judges.local.judge import LocalJudge
    from agent.judges.openai.endpoint import Endpoint
    from agent.judges.openai.judge import OpenAIJudge
    from agent.judges.openai.spending_cap import SpendingCap

LOCAL_TIMEOUT, TIMEOUT = 600.0, 120.0
"""Seconds for one request, to a server on this machine (small hardware, answers one at a time) and to any other."""

RUNS_MEASURED = 30
"""So many of the latest runs say how long the answers of a model are."""


def build_local(
    settings: Settings,
    survey: Survey,
    store: Store,
    *,
    without: frozenset[str] = frozenset(),
    unlearned: frozenset[str] = frozenset(),
) -> LocalJudge:
    """Return the embedded judge, which also gives the others their tie-break and their nearest entries.

    ``without`` are keys of known papers that it must never have seen, ``unlearned`` ids of papers whose labels it must
    never have seen (evals): such a judge keeps nothing for later nights, and replaces nothing of theirs.
    """
    from agent.judges.local.judge import LocalJudge

    background = load_background(store)
    labelled = [each for each in load_labelled(settings, store, background) if each.paper.id not in unlearned]
    known = survey.knowledge.without(without)
    return LocalJudge(
        survey.taxonomy,
        known,
        background,
        labelled,
        None if without or unlearned else settings.state.folder / "learned",
        load_invented(settings, survey.taxonomy),
    )


def build_search(settings: Settings, survey: Survey, store: Store) -> LocalJudge:
    """Return the embedded judge ready to name the listed papers nearest to any paper, which then takes milliseconds.

    It knows no labels: without a background it would learn anew for each paper that has one.
    """
    from agent.judges.local.judge import LocalJudge

    search = LocalJudge(
        survey.taxonomy, survey.knowledge, load_background(store), (), settings.state.folder / "learned"
    )
    queued = store.queued()
    search.prepare(queued)
    for paper in queued[:1]:
        search.nearest(paper, 1)  # the first call learns
    return search


def build_judge(
    settings: Settings,
    survey: Survey,
    store: Store,
    local: LocalJudge,
    *,
    cap: SpendingCap | None = None,
    answers: Mapping[str, RawAnswer | Unanswered] | None = None,
) -> Judge:
    """Return the judge asked for: ``judge.kind``, else openai when there is a key or a base URL, else local.

    ``cap`` is shared by all judges of a command (None: the one of the settings). ``answers`` are those of a
    file of OpenAI Batch output (``read_answers``), which need no key. Raises ConfigError for openai with neither.
    """
    kind = judge_kind(settings)
    if answers is None and kind == "local":
        return local
    questions = build_questions(settings, survey, local)
    if answers is not None:
        from agent.judges.batch_file import AnswersJudge

        return AnswersJudge(questions, answers)
    if kind == "recorded":
        from agent.judges.recorded import RecordedJudge

        return RecordedJudge(questions, store)
    # A prompt that is named is the only one there is.
    compact = build_questions(settings, survey, local, compact=True) if settings.judge.prompt == AUTO_PROMPT else None
    return _build_openai(settings, questions, store, cap, compact)


def read_answers(path: Path) -> dict[str, RawAnswer | Unanswered]:
    """Return the answers of a file of OpenAI Batch output, by paper id. Raises ConfigError when it cannot be read."""
    return completions.read_lines(read_text(path, damaged=True).split("\n"))


def build_batch_judge(
    settings: Settings,
    survey: Survey,
    store: Store,
    local: LocalJudge,
    *,
    cap: SpendingCap | None = None,
    collects: bool = True,
) -> BatchJudge:
    """Return the judge that asks the model in batches; ``collects``: whether it fetches what was asked earlier.

    Raises ConfigError when no model is to be asked, or none can be.
    """
    from agent.judges.batches.judge import BatchJudge

    questions = build_batch_questions(settings, survey, local)
    return BatchJudge(
        questions,
        store,
        lambda papers: store.judgments(papers, questions.identity),
        build_endpoint(),
        settings.state.folder,
        prices=load_prices(settings),
        cap=cap or build_cap(settings),
        collects=collects,
    )


def collect_batches(settings: Settings, store: Store) -> frozenset[str]:
    """Fetch the answers of the batches that have ended; return the papers of those that have not."""
    from agent.judges.batches.api import BatchServer
    from agent.judges.batches.submissions import Submissions

    endpoint = build_endpoint()
    submissions = Submissions(store, endpoint, settings.state.folder)
    with closing(BatchServer(endpoint)) as server:
        submissions.collect(server)
    return frozenset(submissions.waiting())


def build_drafter(settings: Settings, schema: Mapping[str, Any], store: Store, cap: SpendingCap) -> OpenAIJudge:
    """Return what asks a model about no paper, answers in the form of ``schema``. Raises ConfigError without a key."""

    def refuse(_: object) -> Any:
        raise NotImplementedError("nothing is asked about a paper here")

    identity = JudgeIdentity(name="openai", model=_models(settings), prompt="-", taxonomy="-")
    questions = Questions(
        identity=identity,
        model=settings.judge.model,
        messages=refuse,
        leaves=(),
        schema=schema,
        relevance=refuse,
        look=refuse,
        prepare=refuse,
        reasoning_effort=settings.judge.reasoning_effort,
        max_output=settings.judge.max_output_tokens,
    )
    return _build_openai(settings, questions, store, cap)


def _build_openai(
    settings: Settings, questions: Questions, store: Store, cap: SpendingCap | None, compact: Questions | None = None
) -> OpenAIJudge:
    from agent.judges.openai.judge import OpenAIJudge
    from agent.judges.openai.retry_policy import RetryPolicy

    endpoint = build_endpoint()
    timeout = settings.judge.timeout_seconds or (LOCAL_TIMEOUT if endpoint.on_loopback else TIMEOUT)
    return OpenAIJudge(
        questions,
        store,
        endpoint,
        concurrency=settings.judge.concurrency,
        prices=load_prices(settings),
        cap=cap or build_cap(settings),
        policy=RetryPolicy.within(timeout),
        compact=compact if compact and compact.identity != questions.identity else None,
        context=known_context(settings),
    )


def build_endpoint() -> Endpoint:
    """Return where the model server is. Raises ConfigError when the environment names neither a key nor an address."""
    from agent.judges.openai.endpoint import OPENAI_URL, Endpoint

    key, base_url = environment.openai_api_key(), environment.openai_base_url()
    if not key and not base_url:
        raise ConfigError(
            "the openai judge needs OPENAI_API_KEY, or OPENAI_BASE_URL for a local server; or use --judge local"
        )
    return Endpoint(base_url=base_url or OPENAI_URL, api_key=SecretStr(key) if key else None)


def build_cap(settings: Settings, max_cost: float | None = None, *, no_cap: bool = False) -> SpendingCap:
    """Return the cap of one command, for all its judges and nights: ``max_cost``, else ``judge.max_cost_usd``.

    The built-in default does not hold for a server on this machine whose model has no price: that costs nothing.
    Raises ConfigError for a cap that is not positive, and for one given together with ``no_cap``.
    """
    from agent.judges.openai.spending_cap import SpendingCap

    check_max_cost(max_cost)
    if no_cap and max_cost is not None:
        raise ConfigError(f"--max-cost {max_cost:g} and --no-cap: give one")
    limit = settings.judge.max_cost_usd if max_cost is None else max_cost
    said = max_cost is not None or "max_cost_usd" in settings.judge.model_fields_set
    return SpendingCap(None if no_cap or (not said and _is_free(settings)) else Decimal(str(limit)))


def check_max_cost(max_cost: float | None) -> None:
    """Check a cap of the command line (None: not given). Raises ConfigError for one that allows no call."""
    if max_cost is not None and not max_cost > 0:
        raise ConfigError(f"--max-cost {max_cost:g}: no call could be made; give US dollars above 0, or --no-cap")


def _is_free(settings: Settings) -> bool:
    from agent.judges.openai.endpoint import Endpoint

    base_url, prices = environment.openai_base_url(), load_prices(settings)
    if base_url is None or not Endpoint(base_url=base_url).on_loopback:
        return False
    models = filter(None, (settings.judge.model, settings.judge.second_model))
    return not any(costs.price_of(model, prices) for model in models)


def asks_a_model(settings: Settings) -> bool:
    """Return whether judging sends papers to a model server."""
    return judge_kind(settings) == "openai"


def judge_kind(settings: Settings) -> str:
    """Return who judges: the judge that is set, else openai when there is a key or a base URL, else local."""
    at_hand = "openai" if environment.openai_api_key() or environment.openai_base_url() else "local"
    return settings.judge.kind or at_hand


def known_context(settings: Settings) -> int | None:
    """Return how many tokens of context each of the models has that are asked, as ``data/prices.toml`` says; None as
    soon as one is not known."""
    prices = load_prices(settings)
    models = [settings.judge.model, *filter(None, [settings.judge.second_model])]
    known = [price.context for model in models if (price := costs.price_of(model, prices)) and price.context]
    return min(known) if len(known) == len(models) else None


def build_questions(settings: Settings, survey: Survey, local: LocalJudge, *, compact: bool = False) -> Questions:
    """Return what a model is asked: the versioned prompt over this list, with the nearest entries as examples.

    Prompt ``auto`` depends on the context of the models; ``compact`` takes the shortest that it could be.
    """
    tree = survey.taxonomy
    asked = prompts.build_guidance(settings, tree, local, None if compact else known_context(settings))
    return Questions(
        identity=JudgeIdentity(name="openai", model=_models(settings), prompt=asked.prompt.name, taxonomy=tree.name),
        model=settings.judge.model,
        messages=prompts.build_messages(asked, tree, local),
        leaves=tree.leaf_ids,
        schema=json_schema(tree.leaf_ids, tree.tier_ids, fit=asked.prompt.fit),
        relevance=local.relevance,
        look=lambda paper: LocalView(relevance=local.relevance(paper), leaves=local.leaves(paper)),
        prepare=local.prepare,
        reasoning_effort=settings.judge.reasoning_effort,
        second_model=settings.judge.second_model,
        max_output=settings.judge.max_output_tokens,
        labels=tree.labels,
    )


def build_batch_questions(settings: Settings, survey: Survey, local: LocalJudge) -> Questions:
    """Return what the model is asked in batches. Raises ConfigError when another judge is set."""
    if settings.judge.kind not in ("", "openai"):
        raise ConfigError(f"--batch asks a model, and the judge is {settings.judge.kind!r}; leave --judge out")
    # There is no second opinion in a batch, so the identity names no second model.
    alone = settings.model_copy(update={"judge": settings.judge.model_copy(update={"second_model": ""})})
    return build_questions(alone, survey, local)


def measure_answers(store: Store, asked: JudgeIdentity) -> costs.AnswerLength:
    """Return how long the answers to this prompt of these models were in the latest runs, or what is assumed."""
    judged = (report for _, report in store.runs(RUNS_MEASURED))
    same = (
        report.cost for report in judged if (report.judge.model, report.judge.prompt) == (asked.model, asked.prompt)
    )
    return costs.mean_length(same)


def _models(settings: Settings) -> str:
    """Return all that decides the answers besides prompt and taxonomy: ``model(effort)+second model``."""
    chosen = settings.judge
    effort = f"({chosen.reasoning_effort})" if chosen.reasoning_effort else ""
    return f"{chosen.model}{effort}" + (f"+{chosen.second_model}" if chosen.second_model else "")
