"""The length of a model's answers, as the latest runs of the list measured it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core.judging.costs import ASSUMED, AnswerLength
from agent.database.store import open_store
from agent.records import JudgeIdentity, Usage
from agent.wiring.judges import measure_answers
from tests.support.fakes import IDENTITY, ScriptedJudge
from tests.support.nights import A, B, Nights, said


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    with open_store(tmp_path / "state", exclusive=True) as store:
        yield Nights(store)


class Metered(ScriptedJudge):
    def __init__(self, identity: JudgeIdentity, used: Usage) -> None:
        super().__init__({each.id: said(each) for each in (A, B)})
        self.identity, self.used = identity, used

    @property
    def usage(self) -> Usage:
        return self.used


async def test_answers_of_the_same_model_and_prompt_are_measured_and_no_others(nights: Nights) -> None:
    other = IDENTITY.model_copy(update={"prompt": "judge/v9@0"})
    await nights([A], judge=Metered(IDENTITY, Usage(calls=20, output_tokens=2_000)))
    assert measure_answers(nights.store, IDENTITY) == ASSUMED, "too few"
    await nights([B], judge=Metered(IDENTITY, Usage(calls=20, output_tokens=2_800)))
    await nights([], judge=Metered(other, Usage(calls=900, output_tokens=900_000)))
    assert measure_answers(nights.store, IDENTITY) == AnswerLength(tokens=120, measured=40)
    renamed = IDENTITY.model_copy(update={"taxonomy": "another"})
    assert measure_answers(nights.store, renamed).measured == 40, "the sections do not make answers longer"
