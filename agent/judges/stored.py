"""Repeats what earlier nights judged: nobody is asked, and nothing is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.errors import JudgeError
from agent.records import JudgeIdentity, Judgment, Paper, Usage


class StoredJudge:
    """Implements Judge by ``judgments``, by paper id. Their judge is its identity; of several it is none of them."""

    def __init__(self, judgments: Mapping[str, Judgment]) -> None:
        judges = list(dict.fromkeys(judgment.judge for judgment in judgments.values()))
        several = JudgeIdentity(name="stored", model="several", prompt="-", taxonomy="-")
        self._identity = judges[0] if len(judges) == 1 else several
        self._judgments = judgments

    @property
    def identity(self) -> JudgeIdentity:
        return self._identity

    @property
    def usage(self) -> Usage:
        return Usage()

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Nothing is learned from tonight's papers."""

    async def judge(self, paper: Paper) -> Judgment:
        found = self._judgments.get(paper.id)
        if found is None:
            raise JudgeError("no earlier night has judged it")
        return found.model_copy(update={"judge": self._identity})
