"""Judges by batches: asks in one call of the program, and reads the answers in a later one."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from agent.core.judging import completions, costs, verdict
from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.questions import Answers, Messages, Questions
from agent.errors import AnswerPending, CapReached, ConfigError, JudgeError, PaperRefused
from agent.judges.batches.api import BatchServer, Unreachable
from agent.judges.batches.log import Submission
from agent.judges.batches.submissions import Submissions
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.spending_cap import NOTHING, Reservation, SpendingCap
from agent.judges.openai.stored_answers import Asking, Send
from agent.records import JudgeIdentity, Judgment, Paper, Usage

MOST_REQUESTS: Final = 50_000
MOST_BYTES: Final = 200_000_000
"""Of one file: https://platform.openai.com/docs/guides/batch#rate-limits."""

Judged = Callable[[Sequence[Paper]], Mapping[str, object]]
"""Papers -> those of them, by id, that have a judgment already."""


@dataclass(frozen=True)
class Limits:
    """The most requests and bytes of one file."""

    requests: int = MOST_REQUESTS
    size: int = MOST_BYTES


class BatchJudge:
    """Implements Judge. ``prepare`` collects what has ended and submits what nobody has asked about.

    ``judge`` reads an answer that was collected, and raises AnswerPending while there is none. There is no repair and
    no second opinion. ``collects``: whether ``prepare`` asks the server about what was submitted earlier.
    """

    def __init__(
        self,
        questions: Questions,
        answers: Answers,
        judged: Judged,
        endpoint: Endpoint,
        folder: Path,
        *,
        prices: Mapping[str, costs.Price],
        cap: SpendingCap,
        collects: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self._questions = questions
        self._answers = answers
        self._judged = judged
        self._endpoint = endpoint
        self._submissions = Submissions(answers, endpoint, folder)
        self._log = self._submissions.log
        self._prices = costs.batch_prices(prices)
        self._cap = cap
        self._collects = collects
        self._limits = limits or Limits()
        self._asking = Asking(questions, answers, self._prices, cap)
        self._waiting: dict[str, str] = {}
        """The token of the submission in which a paper waits."""
        self._reasons: dict[str, JudgeError] = {}

    @property
    def identity(self) -> JudgeIdentity:
        return self._questions.identity

    @property
    def usage(self) -> Usage:
        return self._asking.spent

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Raises ConfigError when the server takes no batches."""
        self._questions.prepare(tonight)
        self._submissions.remove_leftovers()
        server = BatchServer(self._endpoint)
        try:
            if self._collects:
                self._submissions.collect(server)
            self._waiting = self._submissions.waiting()
            self._submit_new(server, tonight)
        finally:
            server.close()

    async def judge(self, paper: Paper) -> Judgment:
        """Judge one paper by the answer that was collected. Raises AnswerPending, or JudgeError if there is none."""
        if token := self._waiting.get(paper.id):
            raise AnswerPending(self._submissions.said.get(token, "a batch is under way"))
        found = self._log.held(paper, self.identity)
        if isinstance(found, RawAnswer):
            return await self._read(paper, found)
        if isinstance(found, Unanswered):
            self._log.forget(paper)
            return await self._asking.decide(paper, _reporting(found), replay=False)
        if paper.id in self._reasons:
            raise self._reasons[paper.id]
        return await self._asking.decide(paper, _report_unasked)

    async def _read(self, paper: Paper, answer: RawAnswer) -> Judgment:
        """Judge by an answer; it is kept until the judgment is stored, which is not before this returns."""
        collected = _CollectedAnswer(answer)
        try:
            judgment = await self._asking.decide(paper, collected.send, replay=False)
        except JudgeError:
            self._log.forget(paper)
            raise
        if collected.messages:
            self._log.point(paper, self._questions.key(self._questions.model, collected.messages), self.identity)
        return judgment

    def _submit_new(self, server: BatchServer, tonight: Sequence[Paper]) -> None:
        judged, held = self._judged(tonight), self._log.all_held(tonight, self.identity)
        unasked = [
            paper
            for paper in {paper.id: paper for paper in tonight}.values()
            if paper.id not in judged and paper.id not in self._waiting and paper.id not in held
        ]
        # As in a night without batches: a cap takes what looks least relevant.
        unasked.sort(key=lambda paper: -self._questions.relevance(paper))
        while unasked:
            submission, rest = self._write(unasked)
            if submission is not None:
                self._log.save(submission)
                self._waiting |= dict.fromkeys(submission.papers, submission.token)
                try:
                    self._submissions.send(server, submission)
                except Unreachable as lost:
                    self._submissions.said[submission.token] = f"a batch is not submitted yet: {lost}"
                except ConfigError:
                    self._log.close(submission)
                    self._submissions.file(submission).unlink(missing_ok=True)
                    raise
            unasked = rest

    def _write(self, papers: Sequence[Paper]) -> tuple[Submission | None, list[Paper]]:
        """Write the requests of as many papers as one file takes; return its submission (None: nothing to ask) and the
        papers that are left."""
        token = uuid.uuid4().hex
        self._submissions.folder.mkdir(parents=True, exist_ok=True)
        part = self._submissions.folder / f"{token}.part"
        asked: list[str] = []
        size = 0
        rest: list[Paper] = []
        with part.open("wb") as file:
            for at, paper in enumerate(papers):
                request = self._request(paper)
                if request is None:
                    continue
                line, most = request
                if asked and (len(asked) >= self._limits.requests or size + len(line) > self._limits.size):
                    rest = list(papers[at:])
                    break
                try:
                    # For good: what a batch did cost is known in a later call only.
                    self._cap.reserve_for_good(most)
                except CapReached as reached:
                    self._reasons[paper.id] = reached
                    continue
                file.write(line)
                size += len(line)
                asked.append(paper.id)
        if not asked:
            part.unlink()
            return None, rest
        submission = self._submissions.new(token, self.identity.model_dump_json(), tuple(asked))
        part.rename(self._submissions.file(submission))
        return submission, rest

    def _request(self, paper: Paper) -> tuple[bytes, Decimal] | None:
        """Return the line about a paper and the most dollars it can cost; None when its answer is stored already."""
        asked = self._questions
        messages = asked.messages(paper)
        if self._has_valid_answer(paper, messages):
            return None
        body = asked.body(asked.model, messages, "json_schema", asked.reasoning_effort)
        price = costs.price_of(asked.model, self._prices)
        most = costs.most_usage(messages, asked.max_output, asked.schema)
        line = json.dumps(completions.request_line(paper.id, body)).encode() + b"\n"
        return line, most.cost(price) if price else NOTHING

    def _has_valid_answer(self, paper: Paper, messages: Messages) -> bool:
        """Tell whether a valid answer is stored: one to these messages, or one to the repair of that."""
        asked = self._questions
        for _ in ("the question", "its repair"):
            stored = self._answers.get(asked.key(asked.model, messages))
            if not stored or (answer := RawAnswer.model_validate(stored)).stopped is not None:
                return False
            read = verdict.read(answer.content, paper, asked.leaves, asked.labels)
            if isinstance(read, verdict.Verdict):
                return True
            messages = verdict.repair_request(answer.content, read, messages)
        return False


class _CollectedAnswer:
    """The answer that a batch brought, in place of a server: given once. ``messages`` is what it was asked."""

    def __init__(self, answer: RawAnswer) -> None:
        self._answer = answer
        self.messages: Messages = ()

    async def send(self, model: str, messages: Messages, reservation: Reservation) -> RawAnswer:
        if not self.messages:
            self.messages = messages
            return self._answer
        if self._answer.refused:
            raise PaperRefused(self._answer.refused)
        raise JudgeError(self._answer.stopped or "answers of a batch get no repair round")


def _reporting(found: Unanswered) -> Send:
    """Return what raises, in place of asking a server, what a batch says of a paper that it did not answer."""

    async def send(model: str, messages: Messages, reservation: Reservation) -> RawAnswer:
        raise PaperRefused(found.reason) if found.refused else JudgeError(found.reason)

    return send


async def _report_unasked(model: str, messages: Messages, reservation: Reservation) -> RawAnswer:
    raise JudgeError("no batch has asked about it; run again with --batch")
