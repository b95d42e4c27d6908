"""One fake per port. Keyed by paper id, never by wording; what is not scripted is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from agent.core.night.decisions import WantedEntry
from agent.errors import DeliveryError, JudgeError, SourceError
from agent.records import (
    Coverage,
    Decision,
    DecisionKind,
    Delivered,
    Draft,
    JudgeIdentity,
    Judgment,
    Listing,
    Paper,
    Usage,
    Window,
)

IDENTITY = JudgeIdentity(name="scripted", model="none", prompt="-", taxonomy="taxonomy@test")
NIGHT = date(2025, 11, 13)


def paper(paper_id: str = "2511.00001", **fields: object) -> Paper:
    """Return a paper with sensible fields, any of them replaced."""
    given = {
        "id": paper_id,
        "title": f"Paper {paper_id}",
        "abstract": "We filter web text. A small model learns more from it.",
        "authors": ("A. Writer",),
        "categories": ("cs.CL",),
        "announced": NIGHT,
    }
    return Paper.model_validate(given | fields)


def judgment(paper_id: str, score: float = 0.9, leaf: str | None = "1.1", **fields: object) -> Judgment:
    """Return a judgment with the grade that its score means, any field replaced."""
    given = {
        "paper_id": paper_id,
        "grade": min(3, int(score * 4)),
        "score": score,
        "primary": leaf,
        "top": (leaf,) if leaf else (),
        "evidence": ("We filter web text.",),
        "reason": "scripted",
        "judge": IDENTITY,
    }
    return Judgment.model_validate(given | fields)


class ScriptedSource:
    """Lists the given papers, or fails."""

    name = "scripted"

    def __init__(self, papers: Sequence[Paper] = (), coverage: Sequence[Coverage] = (), error: str = "") -> None:
        self.papers, self.coverage, self.error = tuple(papers), tuple(coverage), error
        self.asked: list[Window] = []

    def listing(self, window: Window) -> Listing:
        self.asked.append(window)
        if self.error:
            raise SourceError(self.error)
        return Listing(papers=self.papers, coverage=self.coverage)


class ScriptedJudge:
    """Answers by paper id; an unscripted paper is a JudgeError. ``asked`` records the calls."""

    identity = IDENTITY

    def __init__(self, script: Mapping[str, Judgment]) -> None:
        self.script = script
        self.asked: list[str] = []
        self.prepared: list[str] = []

    @property
    def usage(self) -> Usage:
        return Usage(calls=len(self.asked))

    def prepare(self, tonight: Sequence[Paper]) -> None:
        self.prepared = [paper.id for paper in tonight]

    async def judge(self, paper: Paper) -> Judgment:
        self.asked.append(paper.id)
        if paper.id not in self.script:
            raise JudgeError(f"{paper.id} is not in the script")
        return self.script[paper.id]


class KeepingDelivery:
    """Remembers what it was given, or fails."""

    def __init__(self, error: str = "", decisions: Sequence[Decision] = ()) -> None:
        self.error, self.decisions = error, tuple(decisions)
        self.delivered: list[list[str]] = []
        self.bodies: list[str] = []

    def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
        return ()

    def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
        known = {draft.paper_id for draft in proposed}
        return tuple(one for one in self.decisions if one.paper_id in known or one.kind is DecisionKind.REJECTED)

    def deliver(self, run_id: str, drafts: Sequence[Draft], body: str) -> Delivered:
        self.delivered.append([draft.paper_id for draft in drafts])
        self.bodies.append(body)
        if self.error:
            raise DeliveryError(self.error)
        return Delivered(patch=f"{run_id}.patch") if drafts else Delivered()


class SilentProgress:
    """Counts, and says nothing."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def begin(self, total: int) -> None:
        self.total = total

    def advance(self) -> None:
        self.done += 1
