"""The choice of the prompt file, and the messages that it makes of a paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.core.judging import guidance, prompt
from agent.core.judging.guidance import Guidance
from agent.core.survey.taxonomy import Taxonomy
from agent.records import Paper
from agent.settings import Settings
from agent.wiring.lists import read_prompts

if TYPE_CHECKING:
    from agent.judges.local.judge import LocalJudge


def build_guidance(settings: Settings, taxonomy: Taxonomy, local: LocalJudge, context: int | None) -> Guidance:
    """Return the prompt that the settings ask for, filled with the list that ``local`` knows.

    ``judge.prompt`` names one, or is ``auto``: then it is the newest that fits into ``context``, the length of the
    model's context in tokens (None: not known, the shortest). Raises ConfigError when there is none of this name.
    """
    from agent.judges.local.typical import rank_by_typicality

    found = [
        Guidance(prompt.parse(text, f"prompts/{name}.yaml"), taxonomy, local.knowledge, rank_by_typicality)
        for name, text in read_prompts(settings).items()
    ]
    return guidance.choose(found, context, settings.judge.max_output_tokens)


def build_messages(asked: Guidance, taxonomy: Taxonomy, local: LocalJudge) -> Callable[[Paper], list[dict[str, str]]]:
    """Return what turns a paper into the messages about it, with the nearest entries of the list as examples."""

    def messages(paper: Paper) -> list[dict[str, str]]:
        examples = [
            prompt.Example(title=known.title, operation=known.operation, section=taxonomy.leaf(leaf).label)
            for known in local.nearest(paper, asked.prompt.examples)
            for leaf in known.exemplary_leaves
        ]
        return prompt.messages(asked.prompt, asked.text(paper), paper, examples)

    return messages
