"""Which papers the local judge learns from."""

from __future__ import annotations

from agent.core.survey.labelled_papers import LabelledPaper, LabelSource
from agent.judges.local.examples import most_telling
from agent.records import Grade
from tests.support.fakes import paper


def _graded(paper_id: str, grade: Grade, source: LabelSource, *, chosen: bool = False) -> LabelledPaper:
    return LabelledPaper(paper=paper(paper_id), grade=grade, source=source, chosen=chosen)


def test_of_too_many_graded_papers_the_most_trusted_and_the_newest_are_learned_from() -> None:
    older, newer = _graded("2501.00001", 0, LabelSource.MODEL), _graded("2511.00002", 0, LabelSource.MODEL)
    person = _graded("2401.00003", 0, LabelSource.PERSON)
    assert most_telling([older, newer, person], 2) == (person, newer)
    oldest = _graded("math/0601001", 0, LabelSource.MODEL)
    assert most_telling([oldest, older, newer], 2) == (newer, older)


def test_papers_that_were_chosen_in_vain_give_way_to_those_that_fit() -> None:
    vain = _graded("2511.00001", 0, LabelSource.MODEL, chosen=True)
    drawn, fitting = _graded("2501.00002", 0, LabelSource.MODEL), _graded("2401.00003", 2, LabelSource.MODEL)
    assert most_telling([vain, drawn, fitting], 2) == (drawn, fitting)
