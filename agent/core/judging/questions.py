"""The part that every judge by prompt shares: the question, and the one path from an answer to a judgment.

The judges differ only in where an answer comes from: a model server, the store, a file of Batch output. Nothing here
touches the world: who answers, and who remembers, is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.core.judging import completions, costs, verdict
from agent.core.judging.answer import Mode, content_key, request_body
from agent.core.judging.completions import RawAnswer
from agent.core.judging.reading.values import GRADE_NAMES
from agent.core.judging.verdict import LocalView, Verdict
from agent.errors import CapReached, JudgeError
from agent.records import JudgeIdentity, Judgment, Paper

Messages = Sequence[Mapping[str, str]]

Ask = Callable[[str, Messages], Awaitable[RawAnswer]]
"""Ask a model, by name, and return an answer that can be read. Raises JudgeError when there is none."""


class Answers(Protocol):
    """The memory of raw answers, by content key. ``put`` and ``put_all`` have written when they return."""

    def get(self, key: str) -> dict[str, Any] | None: ...

    def get_all(self, keys: Iterable[str], /) -> dict[str, dict[str, Any]]: ...

    def put(self, key: str, answer: Mapping[str, Any], /) -> None: ...

    def put_all(self, answers: Mapping[str, Mapping[str, Any]], /) -> None: ...


@dataclass(frozen=True)
class Questions:
    """A question about a paper, and the model that is asked.

    ``messages`` renders the prompt (the first message is the same for every paper, the last one holds the paper);
    ``relevance`` is what the local judge thinks of the paper, in [0, 1], and ``look`` the leaves too, which it takes
    longer to know. ``prepare`` takes tonight's papers before the first of all three.
    ``labels`` holds the heading of each leaf by its id: a model may name it instead.
    ``second_model`` gives second opinions on contested verdicts (empty: none). ``max_output`` is in tokens.
    """

    identity: JudgeIdentity
    model: str
    messages: Callable[[Paper], Messages]
    leaves: tuple[str, ...]
    schema: Mapping[str, Any]
    relevance: Callable[[Paper], float]
    look: Callable[[Paper], LocalView]
    prepare: Callable[[Sequence[Paper]], None]
    reasoning_effort: str = ""
    second_model: str = ""
    max_output: int = 4000
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks_fit(self) -> bool:
        """Whether the answer has to say how well the paper fits; one that was not asked for may be of any scale."""
        return "fit" in self.schema.get("properties", {})

    def body(self, model: str, messages: Messages, mode: Mode, reasoning_effort: str) -> dict[str, Any]:
        """Return the request body that asks this model."""
        return request_body(
            model,
            messages,
            self.schema,
            mode=mode,
            reasoning_effort=reasoning_effort,
            max_completion_tokens=self.max_output,
        )

    def key(self, model: str, messages: Messages) -> str:
        """Return the key under which the answer is kept."""
        return content_key(model, messages, self.schema, self.reasoning_effort)


async def decide(questions: Questions, paper: Paper, ask: Ask) -> Judgment:
    """Judge one paper: ask, repair once, get a second opinion if contested and configured.

    Raises JudgeError when no valid verdict on this paper came of it, and CapReached when the cost cap cut off the
    repair or the second opinion: what was said is provisional then, and read again, from memory, by the next run.
    """
    decided = await _hear(questions, questions.model, paper, ask)
    if questions.second_model and (why := verdict.contested(decided, questions.look(paper))):
        try:
            second = await _hear(questions, questions.second_model, paper, ask)
        except CapReached as error:
            raise CapReached(
                f"{error} (provisional: {_in_words(decided)}; {why}; it lacks its second opinion)"
            ) from None
        except JudgeError as error:
            decided = decided.model_copy(update={"unsure": f"{why}; no second opinion: {error}"})
        else:
            decided = verdict.settle(decided, second)
    if not questions.asks_fit:
        decided = decided.model_copy(update={"fit": None})
    return verdict.judgment(decided, paper, questions.relevance(paper), questions.identity)


def _in_words(decided: Verdict) -> str:
    return f"{GRADE_NAMES[decided.grade]}, {decided.primary or 'no leaf'}"


async def _hear(questions: Questions, model: str, paper: Paper, ask: Ask) -> Verdict:
    messages = questions.messages(paper)
    answer = await ask(model, messages)
    first = verdict.read(answer.content, paper, questions.leaves, questions.labels)
    if isinstance(first, Verdict):
        return first
    try:
        answer = await ask(model, verdict.repair_request(answer.content, first, messages))
    except CapReached as error:
        raise CapReached(f"{error} (the answer lacks its repair: {first.reason})") from None
    except JudgeError as error:
        if first.fallback is None:
            raise JudgeError(f"no valid answer: {first.reason}; {error}") from None
        return first.fallback
    second = verdict.read(answer.content, paper, questions.leaves, questions.labels)
    if isinstance(second, Verdict):
        return second
    kept = second.fallback or first.fallback
    if kept is None:
        raise JudgeError(f"no valid answer, also after one repair: {second.reason}")
    return kept


def request_lines(questions: Questions, papers: Sequence[Paper]) -> Iterator[dict[str, Any]]:
    """Yield the Batch input line of each paper, its id as ``custom_id``; a paper given twice is asked about once.

    As before any question, ``questions.prepare`` must have been called first.
    """
    for paper in {paper.id: paper for paper in papers}.values():
        body = questions.body(questions.model, questions.messages(paper), "json_schema", questions.reasoning_effort)
        yield completions.request_line(paper.id, body)


def estimate(
    questions: Questions,
    papers: Sequence[Paper],
    prices: Mapping[str, costs.Price],
    answer: costs.AnswerLength = costs.ASSUMED,
) -> costs.Estimate:
    """Return what asking the model about each paper once would take, with answers of such a length; second opinions
    and repairs are not in it."""
    prompts = [questions.messages(paper) for paper in papers]
    price = costs.price_of(questions.model, prices)
    return costs.estimate(prompts, questions.max_output, price, questions.schema, answer)
