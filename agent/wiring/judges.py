"""Build the judge that the settings name, and the questions that it asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from agent import settings as environment
from agent.core.judging import answer as answer_format
from agent.core.judging import completions, costs, prompt
from agent.core.judging.questions import Questions
from agent.core.judging.verdict import LocalView
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.errors import ConfigError
from agent.ports import Judge
from agent.records import JudgeIdentity, Paper
from agent.settings import Settings
from agent.wiring.labels import load_labelled
from agent.wiring.lists import load_prices, read_prompt, read_text

if TYPE_CHECKING:
    from agent.judges.local.judge import LocalJudge

EXAMPLES = 6
"""Nearest entries of the catalog that a model is shown with a paper."""


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
    never have seen (evals).
    """
    from agent.judges.local.judge import LocalJudge

    labelled = [each for each in load_labelled(settings, store) if each.paper.id not in unlearned]
    known = survey.knowledge.without(without)
    return LocalJudge(survey.taxonomy, known, store.background(), labelled, settings.state / "learned")


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
    questions = build_questions(settings, survey, local)
    if answers is not None:
        from agent.judges.batch_file import AnswersJudge

        return AnswersJudge(questions, completions.read_lines(read_text(answers, damaged=True).split("\n")))
    if kind == "recorded":
        from agent.judges.recorded import RecordedJudge

        return RecordedJudge(questions, store)
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
        questions,
        store,
        Endpoint(base_url=base_url or OPENAI_URL, api_key=SecretStr(key) if key else None),
        concurrency=settings.judge.concurrency,
        prices=prices,
        cap=settings.judge.max_cost_usd if max_cost is None and known else max_cost,
    )


def _judge_at_hand() -> str:
    return "openai" if environment.openai_api_key() or environment.openai_base_url() else "local"


def build_questions(settings: Settings, survey: Survey, local: LocalJudge) -> Questions:
    """Return what a model is asked: the versioned prompt over this taxonomy, with the nearest entries as examples."""
    asked = prompt.parse(read_prompt(settings))
    tree = survey.taxonomy
    static = prompt.render_static(asked, tree)

    def messages(paper: Paper) -> list[dict[str, str]]:
        examples = [
            prompt.Example(title=known.title, operation=known.operation, section=tree.leaf(leaf).label)
            for known in local.nearest(paper, EXAMPLES)
            for leaf in known.exemplary_leaves
        ]
        return prompt.messages(asked, static, paper, examples)

    return Questions(
        identity=JudgeIdentity(name="openai", model=_models(settings), prompt=asked.name, taxonomy=tree.name),
        model=settings.judge.model,
        messages=messages,
        leaves=tree.leaf_ids,
        schema=answer_format.json_schema(tree.leaf_ids, tree.tier_ids),
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
