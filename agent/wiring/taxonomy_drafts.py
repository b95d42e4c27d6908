"""Lets a model draft what the leaves of a new list mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.core.survey.drafting.draft_records import TaxonomyDraft
from agent.core.survey.taxonomy_questions import SCHEMA, TaxonomyAnswer, apply_draft, drafting_questions, read_draft
from agent.errors import JudgeError, TriageError
from agent.judges.openai.judge import OpenAIJudge
from agent.judges.openai.spending_cap import SpendingCap
from agent.ports import Progress
from agent.records import Record, Usage
from agent.settings import Settings
from agent.wiring.judges import build_drafter
from agent.wiring.state import open_state


class ModelDraft(Record):
    """A drafted taxonomy with the model's texts where it gave some; ``problems`` say why it gave none elsewhere."""

    draft: TaxonomyDraft
    usage: Usage
    problems: tuple[str, ...]


def draft_by_model(settings: Settings, draft: TaxonomyDraft, cap: SpendingCap, progress: Progress) -> ModelDraft:
    """Ask the model about all leaves, a few at a time. What it does not answer stays as it was drafted from the list.

    An error that ends the asking is one of the problems: what was paid until then is in the usage.
    """
    questions = list(drafting_questions(draft))
    progress.begin(len(questions))
    with open_state(settings, exclusive=True) as store:
        judge = build_drafter(settings, SCHEMA, store, cap)
        try:
            answers = asyncio.run(_ask_all(judge, questions, progress))
        except TriageError as error:
            answers = [str(error)]
    problems = []
    whole = True
    for answer in answers:
        if isinstance(answer, TaxonomyAnswer):
            draft, whole = apply_draft(draft, answer, whole=whole), False
        else:
            problems.append(answer)
    return ModelDraft(draft=draft, usage=judge.usage, problems=tuple(dict.fromkeys(problems)))


async def _ask_all(
    judge: OpenAIJudge, questions: Sequence[Sequence[dict[str, str]]], progress: Progress
) -> list[TaxonomyAnswer | str]:
    async def ask(messages: Sequence[dict[str, str]]) -> TaxonomyAnswer | str:
        try:
            found = read_draft((await judge.ask(messages, _is_draft)).content)
        except JudgeError as error:
            found = str(error)
        progress.advance()
        return found

    return list(await asyncio.gather(*(ask(messages) for messages in questions)))


def _is_draft(content: str) -> bool:
    return isinstance(read_draft(content), TaxonomyAnswer)
