"""The account of a run."""

from __future__ import annotations

import pytest

from agent.core.night.report import notes_on_budget
from agent.records import Bucket, JudgeIdentity, Judgment

JUDGE = JudgeIdentity(name="local", model="learned", prompt="-", taxonomy="t")
CHANCES = (0.99, 0.9, 0.7, 0.6, 0.55)
BUCKETS = dict(zip("abcde", [*[Bucket.DRAFTED] * 3, *[Bucket.QUEUED] * 2], strict=True))


def judgments(*, calibrated: bool = True, unsure: str | None = None) -> list[Judgment]:
    made = [
        Judgment(
            paper_id=paper_id,
            grade=2,
            score=chance,
            primary="clean",
            evidence=("We clean.",),
            calibrated=calibrated,
            judge=JUDGE,
        )
        for paper_id, chance in zip("abcde", CHANCES, strict=True)
    ]
    return [*made[:-1], made[-1].model_copy(update={"unsure": unsure})]


@pytest.mark.parametrize(("unsure", "relevant"), [(None, 5), ("same as 2511.00001", 4)])
def test_the_note_on_the_budget_adds_up_the_chances_of_what_fits(unsure: str | None, relevant: int) -> None:
    assert notes_on_budget(BUCKETS, judgments(unsure=unsure), ["clean"]) == [
        f"3 of {relevant} relevant papers fit the budget; about 3 of 3 are expected to be in scope"
    ]
    less = [each.model_copy(update={"score": 0.55}) for each in judgments()]
    assert "about 2 of 3" in notes_on_budget(BUCKETS, less, ["clean"])[0]


def test_a_models_score_is_turned_into_a_chance() -> None:
    model = JUDGE.model_copy(update={"name": "openai", "prompt": "judge/v2@0"})
    asked = [each.model_copy(update={"score": 0.58, "judge": model}) for each in judgments(calibrated=False)]
    assert notes_on_budget(BUCKETS, asked, ["clean"]) == [
        "3 of 5 relevant papers fit the budget; about 2 of 3 are expected to be in scope"
    ]


def test_scores_that_are_no_chances_promise_nothing() -> None:
    assert notes_on_budget(BUCKETS, judgments(calibrated=False), ["clean"]) == []
    assert notes_on_budget(dict.fromkeys("abcde", Bucket.REJECTED), judgments(), ["clean"]) == []
