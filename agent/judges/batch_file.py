"""Judges from a file of Batch output: any batch system, another vendor's model or a colleague's GPU did the asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.core.judging import costs
from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.questions import Messages, Questions, decide
from agent.errors import JudgeError
from agent.records import JudgeIdentity, Judgment, Paper, Usage


class AnswersJudge:
    """Judges from ``answers`` by paper id, as ``completions.read_lines`` returns them; no repair, no second opinion.

    When all answers name one model, that is the model of ``identity``. ``usage`` counts the tokens of the answers
    used; what they cost is not known here.
    """

    def __init__(self, questions: Questions, answers: Mapping[str, RawAnswer | Unanswered]) -> None:
        models = {answer.model for answer in answers.values() if isinstance(answer, RawAnswer) and answer.model}
        model = models.pop() if len(models) == 1 else questions.model
        identity = questions.identity.model_copy(update={"model": model})
        self._questions = replace(questions, identity=identity, second_model="")
        self._answers = answers
        self._usage: dict[str, Usage] = {}

    @property
    def identity(self) -> JudgeIdentity:
        return self._questions.identity

    @property
    def usage(self) -> Usage:
        return costs.total(self._usage.values())

    def prepare(self, tonight: Sequence[Paper]) -> None:
        self._questions.prepare(tonight)

    async def judge(self, paper: Paper) -> Judgment:
        asked: list[str] = []

        async def ask(model: str, messages: Messages) -> RawAnswer:
            if asked:
                raise JudgeError("answers from a file get no repair round")
            asked.append(model)
            return self._answer(paper.id)

        return await decide(self._questions, paper, ask)

    def _answer(self, paper_id: str) -> RawAnswer:
        answer = self._answers.get(paper_id, Unanswered(reason="no answer with this custom_id in the file"))
        if isinstance(answer, Unanswered):
            raise JudgeError(answer.reason)
        self._usage[paper_id] = answer.usage
        if answer.stopped:
            raise JudgeError(answer.stopped)
        return answer
