"""The submissions to one server: sent, followed and fetched.

Killed at any point it goes on where it was. A submission is noted before it is sent and named in the metadata of its
batch, so that a batch whose creation was not noted is found again instead of being paid for twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.core.judging import completions
from agent.core.judging.completions import Unanswered
from agent.core.judging.questions import Answers
from agent.judges.batches.api import BatchServer, BatchStatus, Unreachable
from agent.judges.batches.log import BatchLog, Submission
from agent.judges.openai.endpoint import Endpoint


class Submissions:
    """What was submitted to ``endpoint``. The files of requests are in ``folder`` until their batch has ended.

    ``said`` is what is known of a submission under way, by its token.
    """

    def __init__(
        self,
        answers: Answers,
        endpoint: Endpoint,
        folder: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._endpoint = endpoint
        self._now = now
        self.folder = folder / "batches"
        self.log = BatchLog(answers)
        self.said: dict[str, str] = {}

    def new(self, token: str, asked: str, papers: tuple[str, ...]) -> Submission:
        """Return a submission of these papers, of which nothing was sent or noted yet."""
        return Submission(
            token=token, created=self._now(), endpoint=self._endpoint.base_url, asked=asked, papers=papers
        )

    def waiting(self) -> dict[str, str]:
        """Return the token of the submission in which a paper waits, by paper id."""
        return {paper_id: each.token for each in self.log.under_way() for paper_id in each.papers}

    def collect(self, server: BatchServer) -> None:
        """Fetch what has ended, and send what an earlier call could not, or was killed before it could."""
        for submission in list(self.log.under_way()):
            if submission.endpoint != self._endpoint.base_url:
                self.said[submission.token] = f"a batch waits at another server, {submission.endpoint}"
                continue
            try:
                self._advance(server, submission)
            except Unreachable as lost:
                self.said[submission.token] = f"a batch waits: {lost}"

    def _advance(self, server: BatchServer, submission: Submission) -> None:
        if submission.batch_id is None:
            found = server.find(submission.token, submission.created) if submission.file_id else None
            if found is None:
                self.send(server, submission)
                return
            submission = submission.model_copy(update={"batch_id": found})
            self.log.save(submission)
        assert submission.batch_id is not None
        status = server.status(submission.batch_id)
        if status is None:
            found = server.find(submission.token, submission.created)
            status = server.status(found) if found else None
        if status is None:
            self._end(submission, f"the server has lost batch {submission.batch_id}")
        elif status.outcome == "ended":
            self._fetch(server, submission, status)
        elif status.outcome == "postponed":
            self._postpone(submission, status)
        else:
            progress = f", {status.done} of {status.total} answered" if status.total else ""
            self.said[submission.token] = f"batch {status.id} is {status.status}{progress}"

    def _fetch(self, server: BatchServer, submission: Submission, status: BatchStatus) -> None:
        """Keep what the files say of each paper, line by line, then close the submission."""
        missing = set(submission.papers)
        for file_id in status.files:
            for line in server.lines(file_id):
                for paper_id, found in completions.read_lines([line]).items():
                    if paper_id in missing:
                        self.log.hold(submission, paper_id, found)
                        missing.discard(paper_id)
        self._end(submission, status.problem, missing)

    def _end(self, submission: Submission, reason: str, missing: set[str] | None = None) -> None:
        for paper_id in submission.papers if missing is None else missing:
            self.log.hold(submission, paper_id, Unanswered(reason=reason))
        self.log.close(submission)
        self.file(submission).unlink(missing_ok=True)

    def _postpone(self, submission: Submission, status: BatchStatus) -> None:
        """Submit again later what did not fit among the batches that wait, unless it is alone."""
        if sum(1 for _ in self.log.under_way()) == 1 or not self.file(submission).exists():
            self._end(submission, status.problem)
            return
        nothing_sent = {"token": uuid.uuid4().hex, "created": self._now(), "file_id": None, "batch_id": None}
        again = submission.model_copy(update=nothing_sent)
        self.file(submission).rename(self.file(again))
        self.log.save(again)
        self.log.close(submission)
        self.said[again.token] = f"a batch is sent again when others have ended: {status.problem}"

    def send(self, server: BatchServer, submission: Submission) -> None:
        """Upload the requests and create their batch, each step noted when it is done."""
        path = self.file(submission)
        if not path.exists():
            self._end(submission, f"{path} is gone: it was never submitted")
            return
        if submission.file_id is None:
            submission = submission.model_copy(update={"file_id": server.upload(path)})
            self.log.save(submission)
        assert submission.file_id is not None
        batch_id = server.create(submission.file_id, submission.token)
        self.log.save(submission.model_copy(update={"batch_id": batch_id}))
        self.said[submission.token] = f"batch {batch_id} is submitted"

    def file(self, submission: Submission) -> Path:
        return self.folder / f"{submission.token}.jsonl"
