"""Replays answers that were given before: no key, no network, no cost, the same verdicts every time."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.judging.completions import RawAnswer
from agent.core.judging.questions import Answers, Messages, Questions, decide
from agent.errors import JudgeError
from agent.records import JudgeIdentity, Judgment, Paper, Usage


class RecordedJudge:
    """Judges from the raw answers in ``answers``. A paper whose answer is not there is a JudgeError."""

    def __init__(self, questions: Questions, answers: Answers) -> None:
        self._questions = questions
        self._answers = answers

    @property
    def identity(self) -> JudgeIdentity:
        return self._questions.identity

    @property
    def usage(self) -> Usage:
        return Usage()

    def prepare(self, tonight: Sequence[Paper]) -> None:
        self._questions.prepare(tonight)

    async def judge(self, paper: Paper) -> Judgment:
        return await decide(self._questions, paper, self._ask)

    async def _ask(self, model: str, messages: Messages) -> RawAnswer:
        stored = self._answers.get(self._questions.key(model, messages))
        if stored is None:
            raise JudgeError(f"no recorded answer of {model} to this prompt; record it with --judge openai")
        answer = RawAnswer.model_validate(stored)
        if answer.stopped:
            raise JudgeError(answer.stopped)
        return answer
