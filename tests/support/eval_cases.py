"""Small cases for the tests of evals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from agent.errors import JudgeError
from agent.records import Grade, JudgeIdentity, Judgment, Paper, Usage
from evals.result import Pick, PlacedPaper, Ranked
from evals.scoring.placement import Levels

DAY = date(2025, 11, 13)
LEVELS = Levels(
    section={"1.a": "1", "3.1.1": "3.1", "3.1.2": "3.1", "4.1.1": "4.1", "6.1.1": "6.1"},
    tier={"1.a": "review", "3.1.1": "thing", "3.1.2": "thing", "4.1.1": "work", "6.1.1": "thing"},
    group={"1.a": "1", "3.1.1": "3", "3.1.2": "3", "4.1.1": "4", "6.1.1": "6"},
    headline=frozenset({"3.1.1", "3.1.2", "4.1.1"}),
)
IDENTITY = JudgeIdentity(name="scripted", model="-", prompt="-", taxonomy="test@0")


def placed(key: str, gold: str, top: str, chosen: str = "", odd: bool = False) -> PlacedPaper:
    """Make a case from leaves separated by spaces."""
    return PlacedPaper(key=key, gold=tuple(gold.split()), top=tuple(top.split()), chosen=tuple(chosen.split()), odd=odd)


def ranked(rows: Sequence[tuple[Grade, float | None]], read: int = 0, day: date = DAY) -> list[Ranked]:
    """Make cases from (gold, score), best score first; the first ``read`` are within the budget."""
    return [
        Ranked(
            id=f"p{at:03}",
            day=day,
            gold=gold,
            grade=None if score is None else 2 if score >= 0.5 else 0,
            score=score,
            read=at < read,
        )
        for at, (gold, score) in enumerate(rows)
    ]


def picks(ranks: Sequence[int], budget: int = 10) -> list[Pick]:
    return [Pick(key=f"k{at}", id=f"p{at}", rank=rank, of=100, read=rank <= budget) for at, rank in enumerate(ranks)]


def paper(paper_id: str, title: str = "", abstract: str = "", day: date = DAY) -> Paper:
    return Paper(
        id=paper_id, title=title or f"Title of {paper_id}", abstract=abstract, categories=("cs.CL",), announced=day
    )


def verdict(paper_id: str, score: float, grade: Grade, top: str = "", **fields: object) -> Judgment:
    leaves = tuple(top.split())
    return Judgment(
        paper_id=paper_id,
        grade=grade,
        score=score,
        primary=leaves[0] if leaves else None,
        top=leaves,
        judge=IDENTITY,
        **fields,
    )


class ScriptedJudge:
    """Answers from a script by paper id; a paper without a line in it is a JudgeError. Remembers what it was told."""

    def __init__(self, script: Mapping[str, Judgment], without: frozenset[str] = frozenset()) -> None:
        self.script = script
        self.without = without
        self.tonight: list[str] = []
        self.asked: list[str] = []

    @property
    def identity(self) -> JudgeIdentity:
        return IDENTITY

    @property
    def usage(self) -> Usage:
        return Usage(calls=len(self.asked))

    def prepare(self, tonight: Sequence[Paper]) -> None:
        self.tonight = [each.id for each in tonight]

    async def judge(self, paper: Paper) -> Judgment:
        self.asked.append(paper.id)
        if paper.id not in self.script:
            raise JudgeError(f"no line for {paper.id} in the script")
        return self.script[paper.id]
