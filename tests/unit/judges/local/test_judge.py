"""The embedded judge, on an invented list of three leaves: cleaning data, agents, decoding."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.survey import taxonomy
from agent.core.survey.known_papers import Knowledge, Known
from agent.core.survey.labelled_papers import LabelledPaper
from agent.judges.local.judge import LocalJudge
from agent.judges.local.learning import LeafModel
from agent.records import Judgment, Paper
from agent.sources.files.rows import paper_from_row
from tests.support.fakes import paper
from tests.support.invented_list import (
    BACKGROUND,
    CLEANING,
    CRANES,
    INVENTED,
    KNOWN,
    ORIGAMI,
    TELESCOPE,
    ask,
    graded,
    known,
)

ROOT = Path(__file__).resolve().parents[4]


def judge_of(*papers: Known, background: tuple[Paper, ...] = BACKGROUND) -> LocalJudge:
    return LocalJudge(INVENTED, Knowledge(papers or KNOWN), background)


def refused(judged: Paper) -> LabelledPaper:
    return graded(judged, 0, "person")


def test_a_paper_on_the_topic_outranks_one_off_it_and_finds_its_leaf() -> None:
    judge = judge_of()
    on, off = ask(judge, CLEANING), ask(judge, TELESCOPE)
    assert (on.primary, on.top[0], len(on.top)) == ("clean", "clean", 3)
    assert on.score > off.score and on.grade == 3
    assert [each.key for each in judge.nearest(CLEANING, 2)] == ["sieve", "dedup"]
    assert {each.key for each in judge.nearest(CLEANING, 9, "agents")} == {"tools", "browse"}


def test_one_rejected_paper_does_not_take_the_place_of_tonight_s_listing() -> None:
    judge = LocalJudge(INVENTED, Knowledge(KNOWN), (), [refused(TELESCOPE)])
    judge.prepare([CLEANING, *BACKGROUND])
    assert ask(judge, CLEANING).score > 0.5
    assert sum(ask(judge, other).score >= 0.5 for other in BACKGROUND) < len(BACKGROUND) / 2


def test_the_evidence_is_the_telling_sentence_verbatim() -> None:
    judgment = ask(judge_of(), CLEANING)
    assert judgment.evidence == ("We clean crawled web text by deduplication and quality filters.",)


def test_the_same_data_gives_the_same_judgments_in_any_order() -> None:
    first, second = judge_of(), judge_of()
    there = [ask(first, each) for each in (CLEANING, TELESCOPE)]
    back = [ask(second, each) for each in (TELESCOPE, CLEANING)][::-1]
    assert there == back


@settings(max_examples=12, deadline=None)
@given(st.permutations(KNOWN), st.permutations(BACKGROUND), st.booleans(), st.booleans())
def test_neither_the_order_of_the_list_nor_that_of_the_listing_moves_a_score(
    listed: list[Known], others: list[Paper], with_background: bool, synced: bool
) -> None:
    def judgments(listed: Sequence[Known], others: Sequence[Paper]) -> list[Judgment]:
        texts = [each if synced else each.model_copy(update={"text": "", "synced": False}) for each in listed]
        judge = LocalJudge(INVENTED, Knowledge(tuple(texts)), others if with_background else ())
        judge.prepare([CLEANING, TELESCOPE, *others])
        return [ask(judge, each) for each in (CLEANING, TELESCOPE, BACKGROUND[0])]

    assert judgments(listed, others) == judgments(KNOWN, BACKGROUND)


def test_the_identity_points_to_the_data_it_learned_from() -> None:
    model = judge_of().identity.model
    assert re.fullmatch(r"learned-[0-9a-f]{12}", model)
    assert judge_of().identity.model == model
    assert judge_of(*KNOWN[:4]).identity.model != model
    assert judge_of(background=BACKGROUND[:20]).identity.model != model
    assert judge_of().usage.calls == 0


def test_relevance_is_learned_from_abstracts_once_they_are_synced_never_from_our_own_words() -> None:
    ours = tuple(each.model_copy(update={"synced": False}) for each in ORIGAMI)
    synced, unsynced = judge_of(*KNOWN, *ORIGAMI), judge_of(*KNOWN, *ours)
    assert synced.relevance(CRANES) > unsynced.relevance(CRANES)
    assert synced.relevance(CLEANING) < unsynced.relevance(CLEANING)
    assert ask(judge_of(*KNOWN, *ORIGAMI), CRANES).evidence == ("Origami paper cranes of new folds.",)


@pytest.mark.parametrize("background", [BACKGROUND, ()], ids=["background", "tonight"])
def test_while_a_listed_paper_is_judged_its_own_record_and_twins_are_out_of_reach(
    background: tuple[Paper, ...],
) -> None:
    asked = paper("2401.00001", title="Sieve: Filtering Crawled Pages", abstract=KNOWN[0].text)
    planted = (
        known("sieve", KNOWN[0].title, "Agents agents agents call tools.", "agents", synced=True),
        known(
            "twin", "Filtering Crawled Pages Anew", "Decoding of logits.", "decode", ids="arxiv:2401.00001", synced=True
        ),
    )
    judgments = []
    for papers in (KNOWN, (*planted, *KNOWN[1:]), KNOWN[1:]):
        judge = judge_of(*papers, *ORIGAMI, background=background)
        judge.prepare((*BACKGROUND, CLEANING))
        judgments.append(ask(judge, asked).model_copy(update={"judge": None}))
        assert not {"sieve", "twin"} & {each.key for each in judge.nearest(asked, 99)}
    assert judgments[0] == judgments[1] == judgments[2]


def test_a_paper_is_never_its_own_negative() -> None:
    itself = judge_of(background=(*BACKGROUND, CLEANING))
    another = judge_of(background=(*BACKGROUND, CLEANING.model_copy(update={"id": "2511.99999"})))
    assert itself.relevance(CLEANING) > another.relevance(CLEANING)


def test_a_night_of_identical_papers_still_has_scores() -> None:
    judge = judge_of(background=())
    judge.prepare([CLEANING.model_copy(update={"id": f"2511.{number:05}"}) for number in range(12)])
    assert 0 <= judge.relevance(CLEANING) <= 1


def test_an_oddly_filed_paper_is_no_neighbour_of_that_leaf_and_no_example() -> None:
    dancing = paper("2511.00012", title="Dancing Robots Again", abstract="Robots dance the tango.")
    odd = known(
        "odd", "Oddly Filed: Dancing Robots", "Robots dance the tango.", "clean", odd_leaves=("clean",), odd=True
    )
    fair = odd.model_copy(update={"odd": False, "odd_leaves": ()})
    assert judge_of(*KNOWN, fair).leaves(dancing)[0] == "clean"
    assert judge_of(*KNOWN, odd).leaves(dancing) == judge_of(*KNOWN).leaves(dancing)
    assert "odd" not in {each.key for each in judge_of(*KNOWN, odd).nearest(dancing, 9)}


def test_without_a_background_tonight_takes_its_place() -> None:
    judge = judge_of(background=())
    judge.prepare((*BACKGROUND, CLEANING, TELESCOPE))
    on, off = ask(judge, CLEANING), ask(judge, TELESCOPE)
    assert on.score > off.score and on.score >= 0.5


def test_papers_that_nothing_was_learned_from_share_one_model() -> None:
    judge = judge_of(background=())
    judge.prepare((*BACKGROUND, CLEANING, TELESCOPE))
    models = {id(judge._look(each).model) for each in (*BACKGROUND, CLEANING, TELESCOPE)}
    assert len(models) == 1


def test_with_a_background_tonight_changes_nothing() -> None:
    told = judge_of()
    told.prepare((CLEANING, TELESCOPE))
    assert ask(told, CLEANING) == ask(judge_of(), CLEANING)


@pytest.mark.parametrize("synced", [True, False])
def test_of_a_night_of_two_papers_only_the_one_on_the_subject_is_relevant(synced: bool) -> None:
    judge = judge_of(*(each.model_copy(update={"synced": synced}) for each in KNOWN), background=())
    judge.prepare((CLEANING, TELESCOPE))
    assert ask(judge, CLEANING).score >= 0.5 > ask(judge, TELESCOPE).score


def test_a_list_without_entries_is_judged_by_its_definitions() -> None:
    judge = LocalJudge(INVENTED, Knowledge(()), BACKGROUND)
    assert ask(judge, CLEANING).primary == "clean"
    assert judge.relevance(CLEANING) > judge.relevance(TELESCOPE)
    assert judge.nearest(CLEANING, 3) == ()


@pytest.mark.parametrize("heading", ["Tools", "🐳"])
def test_a_list_of_one_heading_and_nothing_else_still_places_a_paper(heading: str) -> None:
    survey, section = "title: A List\n", f"name: A List\nleaves: [{{id: only, heading: {heading}}}]\n"
    judge = LocalJudge(taxonomy.parse({"survey.yaml": survey, "1.yaml": section}), Knowledge(()), ())
    judge.prepare(())
    for asked in (CLEANING, paper("2511.00099", title="🐳", abstract="")):
        assert ask(judge, asked).top == ("only",)


def test_titles_alone_are_enough_to_learn_from() -> None:
    bare = tuple(each.model_copy(update={"text": ""}) for each in KNOWN)
    judge = judge_of(*bare)
    assert ask(judge, CLEANING).primary == "clean"
    assert judge.relevance(CLEANING) > judge.relevance(TELESCOPE)


WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


@given(title=WORDS, abstract=st.one_of(WORDS, st.lists(WORDS, max_size=5).map(". A".join)))
def test_whatever_a_paper_says_the_judgment_is_valid(title: str, abstract: str) -> None:
    asked = paper("2511.00013", title=title, abstract=abstract)
    judgment = ask(SHARED_JUDGE, asked)
    assert 0 <= judgment.score <= 1
    assert set(judgment.top) == set(INVENTED.leaf_ids) and judgment.primary == judgment.top[0]
    assert len(judgment.evidence) == bool(abstract.strip())
    assert all(quote in abstract and quote.strip() for quote in judgment.evidence)
    assert "\n" not in judgment.reason or "\n" in title


SHARED_JUDGE = judge_of()


def test_every_quote_about_a_real_night_stands_in_its_abstract(shared_data: Path) -> None:
    with gzip.open(shared_data / "background-2025-09-to-11.jsonl.gz", "rt", encoding="utf-8") as lines:
        background = tuple(paper_from_row(json.loads(line)) for line in islice(lines, 0, None, 5))
    with (shared_data / "listings" / "2025-11-13.jsonl").open(encoding="utf-8") as lines:
        night = [paper_from_row(json.loads(line)) for line in lines]
    judge = judge_of(background=background)
    judgments = [ask(judge, each) for each in night]
    for asked, judgment in zip(night, judgments, strict=True):
        assert judgment.evidence[0] in asked.abstract


def test_leaves_are_learned_when_the_first_are_asked_for_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[str] = []

    class Counted(LeafModel):
        def __init__(self, *given: Any, **named: Any) -> None:
            learned.append("leaves")
            super().__init__(*given, **named)

    monkeypatch.setattr("agent.judges.local.judge.LeafModel", Counted)
    judge = judge_of()
    judge.prepare((CLEANING, TELESCOPE))
    by_relevance = sorted((TELESCOPE, CLEANING), key=lambda each: -judge.relevance(each))
    assert by_relevance == [CLEANING, TELESCOPE]
    assert judge.nearest(CLEANING, 1)
    assert not learned, "a night is ordered, and a model is asked, without them"
    assert judge.leaves(CLEANING) == judge_of().leaves(CLEANING)
    assert ask(judge, TELESCOPE).top
    assert learned == ["leaves"] * 2, "once for each judge"
