"""The batches that were submitted and not yet collected, kept where raw answers are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from agent.core.judging.completions import RawAnswer, Unanswered
from agent.core.judging.questions import Answers
from agent.records import JudgeIdentity, Paper, Record

_OPEN: Final = "batches:open"


class Submission(Record):
    """One file of requests, written before anything is sent. ``file_id`` and ``batch_id`` are null until it was.

    ``asked`` is the JSON of the identity under which the answers count. ``key`` is a hash, salted with the token, of
    the API key with which the file was sent (empty: not noted). ``refusals`` counts how often there was no room for it.
    """

    token: str
    created: datetime
    endpoint: str
    asked: str
    papers: tuple[str, ...]
    file_id: str | None = None
    batch_id: str | None = None
    key: str = ""
    refusals: int = 0


class BatchLog:
    """The submissions under way, and the answers that were fetched and not yet read, in ``answers``.

    A submission counts from ``save`` on: until it is closed its papers are not asked about again.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def save(self, submission: Submission) -> None:
        self._answers.put(_key(submission.token), submission.model_dump(mode="json"))
        if submission.token not in (tokens := self._tokens()):
            self._answers.put(_OPEN, {"tokens": [*tokens, submission.token]})

    def close(self, submission: Submission) -> None:
        """Forget a submission: its answers were fetched, or there are none."""
        self._answers.put(_OPEN, {"tokens": [token for token in self._tokens() if token != submission.token]})
        self._answers.put(_key(submission.token), {})

    def under_way(self) -> Iterator[Submission]:
        """Yield the submissions under way, the oldest first."""
        for _, found in self._noted():
            yield Submission.model_validate(found)

    def waiting(self) -> dict[str, str]:
        """Return the token of the submission in which a paper waits, by paper id."""
        return {paper_id: token for token, found in self._noted() for paper_id in found.get("papers", ())}

    def _noted(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the tokens of the submissions under way with what was noted of them, the oldest first."""
        tokens = self._tokens()
        noted = self._answers.get_all(map(_key, tokens))
        for token in tokens:
            if found := noted.get(_key(token)):
                yield token, found

    def hold(self, submission: Submission, said: Mapping[str, RawAnswer | Unanswered]) -> None:
        """Keep what a batch says of papers, by their ids, until it is read."""
        held = {
            paper_id: {"reason": found.reason, "refused": found.refused}
            if isinstance(found, Unanswered)
            else {"answer": dict(found)}
            for paper_id, found in said.items()
        }
        self._answers.put_all({_held(each): {"asked": submission.asked, **what} for each, what in held.items()})

    def point(self, paper: Paper, key: str, identity: JudgeIdentity) -> None:
        """Replace the answer about a paper, which was read, by the key under which it is stored for good."""
        self._answers.put(_held(paper.id), {"asked": identity.model_dump_json(), "key": key})

    def held(self, paper: Paper, identity: JudgeIdentity) -> RawAnswer | Unanswered | None:
        """Return the answer that a batch has brought for a paper, why it brought none, or None: there was no batch.

        An answer to another prompt, model or taxonomy is none.
        """
        return self.all_held([paper], identity).get(paper.id)

    def all_held(self, papers: Iterable[Paper], identity: JudgeIdentity) -> dict[str, RawAnswer | Unanswered]:
        """Return what batches have brought for these papers, by their ids, as ``held`` does."""
        ids = {_held(paper.id): paper.id for paper in papers}
        asked = identity.model_dump_json()
        noted = {ids[key]: row for key, row in self._answers.get_all(ids).items() if row.get("asked") == asked}
        read = self._answers.get_all(row["key"] for row in noted.values() if "key" in row)
        found: dict[str, RawAnswer | Unanswered] = {}
        for paper_id, row in noted.items():
            if answer := read.get(row["key"]) if "key" in row else row.get("answer"):
                found[paper_id] = RawAnswer.model_validate(answer)
            elif reason := row.get("reason"):
                found[paper_id] = Unanswered(reason=reason, refused=row.get("refused", False))
        return found

    def forget(self, paper: Paper) -> None:
        """Mark what a batch brought for a paper as read."""
        self._answers.put(_held(paper.id), {})

    def _tokens(self) -> list[str]:
        return list((self._answers.get(_OPEN) or {}).get("tokens", ()))


def _key(token: str) -> str:
    return f"batch:{token}"


def _held(paper_id: str) -> str:
    return f"batch answer:{paper_id}"
