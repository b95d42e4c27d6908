"""Learning from graded papers, on the invented list of ``test_judge.py``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from agent.core.survey import taxonomy
from agent.core.survey.known_papers import Knowledge
from agent.core.survey.labelled_papers import LabelledPaper, strongest
from agent.judges.local.judge import LocalJudge
from agent.judges.local.ridge import Ridge
from agent.records import Grade, InventedPaper, Paper
from tests.support.fakes import paper
from tests.support.invented_list import BACKGROUND, CLEANING, INVENTED, KNOWN, SECTION, SURVEY, TELESCOPE, ask, graded

ROBOTS = tuple(
    paper(f"2510.{number:05}", title=f"Dancing Robots {number}", abstract=f"Robots dance the tango in {number} steps.")
    for number in range(8)
)
ROBOT = paper("2511.00031", title="A Robot That Dances", abstract="Robots dance the waltz. We teach robots to dance.")


def judge_of(labelled: Sequence[LabelledPaper], background: tuple[Paper, ...] = BACKGROUND) -> LocalJudge:
    return LocalJudge(INVENTED, Knowledge(KNOWN), background, labelled)


@pytest.mark.parametrize("source", ["person", "file", "model"])
def test_more_labels_of_one_kind_move_papers_like_them_up(source: str) -> None:
    scores = [judge_of([graded(each, 3, source) for each in ROBOTS[:number]]).relevance(ROBOT) for number in (0, 1, 8)]
    assert scores == sorted(set(scores))


def test_a_person_counts_for_more_than_a_file_and_a_file_for_more_than_a_model() -> None:
    scores = [judge_of([graded(ROBOTS[0], 3, source)]).relevance(ROBOT) for source in ("person", "file", "model")]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 3


def test_what_a_leaf_says_to_belong_elsewhere_is_placed_there() -> None:
    elsewhere = "not_here: [{what: robots that dance, leaf: agents}, {what: robots in court, leaf: OUT}]"
    section = SECTION.replace("    must: change decoding", f"    {elsewhere}\n    must: change decoding")
    told = taxonomy.parse({"survey.yaml": SURVEY, "a.yaml": section})
    found = [LocalJudge(tree, Knowledge(KNOWN), (*BACKGROUND, *ROBOTS)).leaves(ROBOT)[0] for tree in (INVENTED, told)]
    assert found[0] != found[1] == "agents"


def test_of_one_paper_the_most_trusted_grade_counts_and_of_one_source_the_last() -> None:
    both = [graded(ROBOTS[0], 0, "person"), graded(ROBOTS[0], 3, "model"), graded(ROBOTS[1], 1), graded(ROBOTS[1], 2)]
    assert [(each.paper.id, each.grade) for each in strongest(both)] == [(ROBOTS[0].id, 0), (ROBOTS[1].id, 2)]


def test_grades_rank_in_their_order() -> None:
    grades: tuple[Grade, ...] = (0, 1, 2, 3)
    scores = [judge_of([graded(each, grade) for each in ROBOTS]).relevance(ROBOT) for grade in grades]
    assert scores == sorted(set(scores))


def test_what_is_like_a_rejected_paper_goes_down() -> None:
    like = CLEANING.model_copy(update={"id": "2511.00032", "title": "Cleaning Another Web Corpus"})
    before, after = judge_of([]), judge_of([graded(CLEANING, 0, "person")])
    assert after.relevance(like) < before.relevance(like)


def test_papers_labelled_with_a_leaf_draw_papers_like_them_there() -> None:
    assert judge_of([graded(each, 3, primary="decode") for each in ROBOTS]).leaves(ROBOT)[0] == "decode"
    assert judge_of([graded(each, 3, primary="agents") for each in ROBOTS]).leaves(ROBOT)[0] == "agents"
    assert judge_of([graded(each, 1, primary="agents") for each in ROBOTS]).leaves(ROBOT)[0] == "agents"


def test_papers_invented_for_a_leaf_draw_papers_like_them_there() -> None:
    def judge_told(leaf: str) -> LocalJudge:
        invented = [InventedPaper(leaf=leaf, title=each.title, abstract=each.abstract) for each in ROBOTS]
        return LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND, [graded(TELESCOPE, 0)], invented=invented)

    assert [judge_told(leaf).leaves(ROBOT)[0] for leaf in ("decode", "agents")] == ["decode", "agents"]
    untold = LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND, [graded(TELESCOPE, 0)])
    assert judge_told("decode").identity.model != untold.identity.model


def test_where_an_adjacent_paper_lies_counts_for_less_than_where_one_in_scope_does() -> None:
    split = [graded(each, 1, primary="agents") for each in ROBOTS[::2]]
    split += [graded(each, 2, primary="decode") for each in ROBOTS[1::2]]
    assert judge_of(split).leaves(ROBOT)[0] == "decode"


def test_a_label_out_of_scope_or_of_no_leaf_places_nothing() -> None:
    nothing = judge_of([]).leaves(ROBOT)
    assert judge_of([graded(each, 0, primary="agents") for each in ROBOTS]).leaves(ROBOT) == nothing
    assert judge_of([graded(each, 3, primary="NO_LEAF") for each in ROBOTS]).leaves(ROBOT) == nothing


@pytest.mark.parametrize("background", [BACKGROUND, ()], ids=["background", "tonight"])
@pytest.mark.parametrize("twin", ["itself", "another id", "another title"])
def test_its_own_label_and_those_of_its_twins_never_reach_the_paper_that_is_judged(
    background: tuple[Paper, ...], twin: str
) -> None:
    changes = {
        "itself": {},
        "another id": {"id": "2511.99999", "abstract": "Robots dance."},
        "another title": {"title": "A Waltz", "abstract": "Robots dance."},
    }
    planted = ROBOT.model_copy(update=changes[twin])
    others = [graded(each, 2) for each in ROBOTS]
    seen = []
    for labelled in (
        others,
        [*others, graded(planted, 3, "person", primary="decode")],
        [*others, graded(planted, 0, primary="agents")],
    ):
        judge = judge_of(labelled, background)
        judge.prepare((*BACKGROUND, TELESCOPE))
        seen.append(ask(judge, ROBOT).model_copy(update={"judge": None}))
    assert seen[0] == seen[1] == seen[2]


SIEVES = tuple(
    paper(f"2508.{number:05}", title=f"Sieve {number}", abstract=f"We clean crawled web text, run {number}.")
    for number in range(25)
)


def test_enough_labels_of_whole_nights_say_what_a_score_means() -> None:
    labelled = [graded(each, 0) for each in BACKGROUND[:30]]
    labelled += [graded(each, 3 if number < 5 else 2, primary="clean") for number, each in enumerate(SIEVES)]
    judge = judge_of(labelled, (*BACKGROUND, *SIEVES))
    assert ask(judge, CLEANING).grade >= 2 and judge.relevance(CLEANING) > 0.5
    assert ask(judge, TELESCOPE).grade == 0 and judge.relevance(TELESCOPE) < 0.5


def test_papers_that_were_chosen_to_be_graded_do_not_say_how_many_are_relevant() -> None:
    natural = [graded(each, 0) for each in BACKGROUND[:40]] + [graded(each, 2) for each in SIEVES[:12]]
    judges = [
        judge_of([*natural, *(graded(each, 2, "model", chosen=chosen) for each in ROBOTS)], (*BACKGROUND, *SIEVES))
        for chosen in (False, True)
    ]
    meanings = [judge._model(frozenset()).relevance.meaning for judge in judges]
    assert meanings[0].cuts and meanings[1].cuts is None  # without them there are too few to say so
    without = judge_of(natural, (*BACKGROUND, *SIEVES))
    assert judges[1].relevance(ROBOT) > without.relevance(ROBOT)


def test_what_grades_mean_is_read_without_the_graded_papers_left_out_and_once_for_those_without_a_grade() -> None:
    natural = [graded(each, 0, "model") for each in BACKGROUND[:-2]] + [graded(each, 2, "model") for each in SIEVES]
    relevance = judge_of(natural, (*BACKGROUND, *SIEVES))._model(frozenset()).relevance
    without = relevance.rows_of([BACKGROUND[0].id])
    ungraded = relevance.rows_of([BACKGROUND[-1].id])
    assert without and ungraded and relevance.meaning.cuts
    assert relevance.meaning_without(ungraded | without) == relevance.meaning_without(without) != relevance.meaning
    assert relevance.meaning_without(ungraded) is relevance.meaning_without(())


def test_leaving_rows_out_is_the_same_as_never_having_learned_them() -> None:
    random = np.random.default_rng(0)
    places = random.normal(size=(30, 4))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    targets, weights = random.normal(size=(30, 2)), random.uniform(0.5, 2, size=30)
    kept = [row for row in range(30) if row not in (3, 17)]
    whole, part = Ridge(places, targets, weights, 0.4, 3.5), Ridge(places[kept], targets[kept], weights[kept], 0.4, 3.5)
    asked = random.normal(size=(5, 4))
    assert np.allclose(whole.estimate(asked, {3, 17}), part.estimate(asked))
    left = whole.estimate_examples({3, 17})[kept]
    assert np.allclose(left, part.estimate_examples())
    rest = whole.without({3, 17})
    assert np.allclose(rest.estimate(asked, {5}), part.estimate(asked, {5}))
    assert np.allclose(rest.estimate_examples({5}), part.estimate_examples({5}))
    alone = [part.estimate(places[kept][[row]], {row})[0] for row in range(28)]
    assert np.allclose(left, alone)
    each = whole.estimate_each(asked[:3], [{3, 17}, (), {5}])
    assert np.allclose(each, [whole.estimate(asked[[at]], out)[0] for at, out in enumerate([{3, 17}, (), {5}])])


def test_leaving_rows_out_is_exact_where_texts_are_alike_by_their_terms_too() -> None:
    random = np.random.default_rng(1)
    places, targets, weights = random.normal(size=(12, 4)), random.normal(size=(12, 2)), np.ones(12)
    terms = sparse.csr_matrix(random.poisson(0.5, size=(12, 9)).astype(float))
    kept = [row for row in range(12) if row != 5]
    whole = Ridge(places, targets, weights, 0.4, 3.5, (terms, 0.4))
    part = Ridge(places[kept], targets[kept], weights[kept], 0.4, 3.5, (terms[kept], 0.4))
    asked = random.normal(size=(3, 4)), sparse.csr_matrix(random.poisson(0.5, size=(3, 9)).astype(float))
    expected = part.estimate(asked[0], (), asked[1])
    assert np.allclose(whole.estimate(asked[0], {5}, asked[1]), expected)
    assert np.allclose(whole.without({5}).estimate(asked[0], (), asked[1]), expected)
    assert not np.allclose(whole.estimate(asked[0], {5}), expected)


@pytest.mark.parametrize("seen", [(), (ROBOTS[0], TELESCOPE)], ids=["new", "graded or in the background"])
def test_many_papers_at_once_are_ranked_as_one_by_one(seen: tuple[Paper, ...]) -> None:
    asked = [CLEANING, TELESCOPE, ROBOT, *seen]
    judge, one_by_one = (judge_of([graded(each, 3) for each in ROBOTS], (*BACKGROUND, *seen)) for _ in range(2))
    judge.prepare(asked)
    for each in asked:
        assert judge.relevance(each) == one_by_one.relevance(each)
        assert judge.leaves(each) == one_by_one.leaves(each)


def test_what_was_learned_is_kept_and_a_spoilt_file_is_learned_anew(tmp_path: Path) -> None:
    labelled = [graded(each, 3) for each in ROBOTS]

    def judged() -> object:
        return ask(LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND, labelled, tmp_path), ROBOT)

    first = judged()
    kept = sorted(tmp_path.glob("*.npz"))
    assert [path.name.partition("-")[0] for path in kept] == ["leaves", "relevance", "space", "titles"]
    written = [path.stat().st_mtime_ns for path in kept]
    assert judged() == first and [path.stat().st_mtime_ns for path in kept] == written
    for path in kept:
        whole = path.read_bytes()
        for spoilt in (
            b"",
            b"spoilt",
            whole[:500],
            whole[:-30],
            b"\x93NUMPY",
            whole.replace(b"PK\x03\x04\x14", b"PK\x03\x04\xff"),
        ):
            path.write_bytes(spoilt)
            assert judged() == first
    ask(LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND[:20], labelled, tmp_path), ROBOT)
    assert len(list(tmp_path.glob("*.npz"))) == 4 and not any(path.exists() for path in kept)


def test_a_search_for_the_nearest_papers_learns_nothing_and_replaces_nothing(tmp_path: Path) -> None:
    ask(LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND, [graded(each, 3) for each in ROBOTS], tmp_path), ROBOT)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    assert LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND, (), tmp_path).nearest(CLEANING, 1)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")} == kept


def test_what_was_learned_from_other_grades_is_not_taken_for_these(tmp_path: Path) -> None:
    for grade in (0, 3):
        labelled = [graded(each, grade) for each in ROBOTS]
        kept = LocalJudge(INVENTED, Knowledge(KNOWN), BACKGROUND, labelled, tmp_path)
        assert kept.relevance(ROBOT) == judge_of(labelled).relevance(ROBOT)
