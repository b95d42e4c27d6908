"""The submissions to one server: sent, followed and fetched.

Killed at any point it goes on where it was. A submission is noted before it is sent and named in the metadata of its
batch, so that a batch whose creation was not noted is found again instead of being paid for twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from agent.core.http import address_of
from agent.core.judging import completions
from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.questions import Answers
from agent.errors import ConfigError
from agent.judges.batches.api import BatchServer, BatchStatus, Denied, Missing, NoAnswer, Unreachable
from agent.judges.batches.log import BatchLog, Submission
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.errors.meanings import Reply, understand

KEPT: Final = timedelta(days=30)
"""How long the files of a batch are kept: https://platform.openai.com/docs/api-reference/files/create."""

MOST_REFUSALS: Final = 5
"""So often a batch is sent again whole for which there was no room beside others."""


LINES_AT_ONCE: Final = 500
"""Lines of an output file that are held in memory, and written in one transaction."""


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
        return self.log.waiting()

    def remove_leftovers(self) -> None:
        """Delete the files of requests that no submission under way names: a run was killed while it wrote them."""
        named = {self.file(submission) for submission in self.log.under_way()}
        for path in {*self.folder.glob("*.part"), *self.folder.glob("*.jsonl")} - named:
            path.unlink(missing_ok=True)

    def collect(self, server: BatchServer) -> None:
        """Fetch what has ended, and send what an earlier call could not, or was killed before it could.

        Raises Denied, after all were asked about, when the server does not take the key.
        """
        denied: Denied | None = None
        refused: list[tuple[Submission, BatchStatus]] = []
        others = 0
        for submission in list(self.log.under_way()):
            if submission.endpoint != self._endpoint.base_url:
                host = address_of(submission.endpoint)
                self._wait(submission, f"a batch waits at another OPENAI_BASE_URL, on {host}")
                continue
            others += 1
            try:
                if status := self._advance(server, submission):
                    refused.append((submission, status))
                    others -= 1
            except Unreachable as lost:
                self.said[submission.token] = f"a batch waits: {lost}"
            except ConfigError as error:
                self._wait(submission, f"a batch waits: {error}")
                if isinstance(error, Denied) and self._has_this_key(submission):
                    denied = error
        for submission, status in refused:
            self._postpone(submission, status, beside_others=others > 0)
        if denied:
            raise denied

    def _wait(self, submission: Submission, why: str) -> None:
        """Say why nothing is known of a submission. After KEPT it is given up: the server has deleted its files."""
        if self._now() - submission.created > KEPT:
            self._end(submission, f"{why}; given up after {KEPT.days} days")
        else:
            self.said[submission.token] = why

    def _advance(self, server: BatchServer, submission: Submission) -> BatchStatus | None:
        """Go one step on with a submission; return its status if the server had no room for it."""
        status = None
        if submission.batch_id is not None:
            status = server.status(submission.batch_id)
        if status is None and submission.file_id is not None:
            found = server.find(submission.token, submission.created)
            if found is not None and found != submission.batch_id:
                submission = submission.model_copy(update={"batch_id": found})
                self.log.save(submission)
                status = server.status(found)
        if status is None:
            self._go_on_without(server, submission)
        elif status.outcome == "ended":
            self._fetch(server, submission, status)
        elif status.outcome == "postponed":
            return status
        else:
            progress = f", {status.done} of {status.total} answered" if status.total else ""
            self.said[submission.token] = f"batch {status.id} is {status.status}{progress}"
        return None

    def _go_on_without(self, server: BatchServer, submission: Submission) -> None:
        """Send a submission of which the server has no batch, or end it if it had one.

        What was sent with another key may be in another project, where this key sees nothing: it is waited for.
        """
        if submission.file_id is not None and not self._has_this_key(submission):
            self._wait(
                submission, f"{self._endpoint.shown} shows no batch to this key; use the key it was submitted with"
            )
        elif submission.batch_id is not None:
            self._end(submission, f"the server has lost batch {submission.batch_id}")
        else:
            try:
                self.send(server, submission)
            except ConfigError as error:
                # The key may be wrong as long as nothing was sent with it.
                if isinstance(error, Denied) and submission.file_id is None:
                    raise
                self._end(submission, str(error))

    def _has_this_key(self, submission: Submission) -> bool:
        return submission.key in ("", self._key_hash(submission))

    def _key_hash(self, submission: Submission) -> str:
        return hashlib.sha256(f"{submission.token} {self._endpoint.secret}".encode()).hexdigest()

    def _fetch(self, server: BatchServer, submission: Submission, status: BatchStatus) -> None:
        """Keep what the files say of each paper, some lines at a time, then close the submission."""
        missing = set(submission.papers)
        reason = status.problem
        for file_id in status.files:
            try:
                self._keep_answers(submission, server.lines(file_id), missing)
            except Missing as gone:
                reason = str(gone)
        self._end(submission, reason, missing)

    def _keep_answers(self, submission: Submission, lines: Iterator[str], missing: set[str]) -> None:
        """Keep what the lines of a file say of the papers that are ``missing``, and take these out of the set.

        Raises NoAnswer when no line is about any paper: a gateway has answered, and what is paid for is there still.
        """
        written = named = False
        while some := list(islice(lines, LINES_AT_ONCE)):
            read = completions.read_lines(some)
            said = {each: _with_refusal(it) for each, it in read.items() if each in missing}
            self.log.hold(submission, said)
            missing.difference_update(said)
            written, named = written or any(map(str.strip, some)), named or bool(read)
        if written and not named:
            raise NoAnswer(f"{self._endpoint.shown}: no line of what came in place of the answers is about a paper")

    def _end(self, submission: Submission, reason: str, missing: set[str] | None = None) -> None:
        unanswered = submission.papers if missing is None else missing
        self.log.hold(submission, dict.fromkeys(unanswered, Unanswered(reason=reason)))
        self.log.close(submission)
        self.file(submission).unlink(missing_ok=True)

    def _postpone(self, submission: Submission, status: BatchStatus, *, beside_others: bool) -> None:
        """Submit again later what did not fit among the batches that wait.

        What is alone, or was refused too often, is too large itself: its halves are submitted, and one request ends.
        """
        path = self.file(submission)
        papers = submission.papers
        waits = beside_others and submission.refusals < MOST_REFUSALS
        if not path.exists() or (len(papers) == 1 and not waits):
            self._end(submission, status.problem)
            return
        if waits:
            parts = [self._again(submission, papers, submission.refusals + 1)]
            path.rename(self.file(parts[0]))
        else:
            half = len(papers) // 2
            parts = [self._again(submission, papers[:half]), self._again(submission, papers[half:])]
            with path.open("rb") as requests:
                for part in parts:
                    self.file(part).write_bytes(b"".join(islice(requests, len(part.papers))))
            # Before the parts are noted: killed in between, the whole must not be sent beside them.
            path.unlink()
        for part in parts:
            self.log.save(part)
            self.said[part.token] = f"a batch is sent again when others have ended: {status.problem}"
        self.log.close(submission)

    def _again(self, submission: Submission, papers: tuple[str, ...], refusals: int = 0) -> Submission:
        """Return a submission of some of the same papers, of which nothing was sent yet."""
        fresh = self.new(uuid.uuid4().hex, submission.asked, papers)
        return fresh.model_copy(update={"refusals": refusals})

    def send(self, server: BatchServer, submission: Submission) -> None:
        """Upload the requests and create their batch, each step noted when it is done."""
        path = self.file(submission)
        if not path.exists():
            self._end(submission, f"{path} is gone: it was never submitted")
            return
        if submission.file_id is None:
            sent = {"file_id": server.upload(path), "key": self._key_hash(submission)}
            submission = submission.model_copy(update=sent)
            self.log.save(submission)
        assert submission.file_id is not None
        batch_id = server.create(submission.file_id, submission.token)
        self.log.save(submission.model_copy(update={"batch_id": batch_id}))
        self.said[submission.token] = f"batch {batch_id} is submitted"

    def file(self, submission: Submission) -> Path:
        return self.folder / f"{submission.token}.jsonl"


def _with_refusal(found: RawAnswer | Unanswered) -> RawAnswer | Unanswered:
    """Return an error with whether its words turn the paper's text away, as a content filter does by HTTP 400."""
    if isinstance(found, RawAnswer) or found.code is None:
        return found
    meaning = understand(Reply(status=found.code, headers={}, text=found.said), "").meaning
    return found.model_copy(update={"refused": meaning == "refused"})
