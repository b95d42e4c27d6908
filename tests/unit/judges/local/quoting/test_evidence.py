"""The evidence shown to a reviewer: the sentence that states the contribution, and the reason in one sentence."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from agent.judges.local.document_type import allowed_leaves
from agent.judges.local.quoting import evidence
from agent.judges.local.quoting.sentences import name_in, rank_of, split_sentences
from tests.conftest import ROOT
from tests.support.fakes import paper
from tests.support.judge_cases import TAXONOMY

WEIGHTS = {"benchmark": 0.6, "agents": 0.5, "tool": 0.4, "calls": 0.2}


@pytest.mark.parametrize(
    ("sentence", "rank"),
    [
        ("We introduce Toolyard, a benchmark of 900 tasks.", 0),
        ("To close this gap, this paper proposes a filter of web pages.", 0),
        ("In this work, we study how order matters, and gain 3 percent.", 0),
        ("A corpus of dialogues is released.", 0),
        ("Experiments show that it outperforms larger models.", 3),
        ("Our code is available at https://example.org.", 3),
        ("Code is released.", 3),
        ("Large language models have achieved impressive results.", 4),
        ("However, existing filters often fail on code.", 4),
        ("The remaining problem is challenging.", 4),
        ("The tasks cover travel, banking and mail.", 2),
        ("GrADS is a self-adaptive way of choosing examples.", 0),
        ("DPO is a popular choice.", 2),
        ("They instead train a reward model.", 0),
        ("Forgetting drops considerably.", 3),
        ("We locate whales by the echoes of their clicks.", 1),
        ("To test this, we rephrase each question.", 1),
        ("We still believed this.", 2),
        ("We have many filters.", 2),
    ],
)
def test_a_sentence_is_told_by_what_it_says_of_the_paper(sentence: str, rank: int) -> None:
    assert rank_of(sentence) == rank


def test_a_sentence_that_starts_with_the_name_of_the_work_says_what_it_does() -> None:
    assert name_in("Toolyard: Agents Calling Tools") == "Toolyard" and name_in("A study of tools") == ""
    assert rank_of("Toolyard pairs each call with its result.", "Toolyard") == 0


def test_the_quote_is_a_contribution_even_where_background_shares_more_words() -> None:
    told = paper(
        "2511.00041",
        abstract="Agents and benchmark tool calls have become popular. We build a benchmark. It is large.",
    )
    assert evidence.choose_quote(told, WEIGHTS) == ("We build a benchmark.",)
    assert evidence.choose_quote(paper("2511.00042", abstract="  "), WEIGHTS) == ()


def test_what_was_done_is_quoted_where_no_sentence_has_a_word_of_contribution() -> None:
    told = paper("2511.00047", abstract="Agents make tool calls. We locate calls by their echoes. It works.")
    assert evidence.choose_quote(told, WEIGHTS) == ("We locate calls by their echoes.",)


def test_of_several_contributions_the_one_that_fits_the_definition_is_quoted() -> None:
    told = paper("2511.00043", abstract="We propose a loss. We release a benchmark of agents with tool calls.")
    assert evidence.choose_quote(told, WEIGHTS) == ("We release a benchmark of agents with tool calls.",)


def test_the_phrase_is_verbatim_and_starts_and_ends_with_matching_words() -> None:
    sentence = "We release a new Benchmark for\nagents that issue tool calls daily."
    assert evidence.matching_phrase([sentence], WEIGHTS) == "Benchmark for agents that issue tool calls"
    assert evidence.matching_phrase(["Only agents here."], WEIGHTS) == ""


def test_the_reason_is_one_sentence_whatever_is_missing() -> None:
    whole = evidence.say_why("1 Agents", "a benchmark of agents", ["Toolyard", "Browsing\nat Scale"])
    assert whole == (
        'Nearest to the definition of 1 Agents, which its words "a benchmark of agents" match; '
        'of the papers listed there it is nearest to "Toolyard" and "Browsing at Scale".'
    )
    assert evidence.say_why("1 Agents", "", []) == "Nearest to the definition of 1 Agents."


SURVEYS = [leaf.document_type is not None for leaf in TAXONOMY.leaves]


@pytest.mark.parametrize(
    ("title", "abstract", "survey"),
    [
        ("A Survey of Synthetic Data", "", True),
        ("Data Selection: A Systematic Review", "We read 90 papers.", True),
        ("Predicting Survey Responses with Agents", "We simulate people.", False),
        ("LLMs for Code Review", "We review pull requests automatically. A dataset is released.", False),
        ("Toolyard: A Benchmark", "We release a benchmark.", False),
    ],
)
def test_only_what_says_it_is_a_survey_may_go_to_a_survey_leaf(title: str, abstract: str, survey: bool) -> None:
    allowed = allowed_leaves(paper("2511.00044", title=title, abstract=abstract), TAXONOMY)
    assert any(may for may, kind in zip(allowed, SURVEYS, strict=True) if kind) == survey


def test_of_a_hundred_quotes_of_the_labelled_nights_at_most_ten_are_background() -> None:
    rows = [json.loads(line) for line in (ROOT / "evals" / "quote_labels.jsonl").read_text("utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == 100
    assert Counter(row["label"] for row in rows)["background"] <= 10
    assert all(set(row) == {"id", "sentence", "label"} for row in rows)


def test_sentences_are_verbatim() -> None:
    assert split_sentences(" One is 3.5 high. Two (e.g. this) ends! Three") == [
        "One is 3.5 high.",
        "Two (e.g. this) ends!",
        "Three",
    ]


@pytest.mark.parametrize("filler", ["A", "A1", "We ", "code "])
def test_a_sentence_of_any_length_is_ranked_in_time(filler: str) -> None:
    assert rank_of(filler * 10_000) in (0, 1, 2, 3, 4)


def test_cues_that_one_section_gives_hold_for_every_section_of_its_document_type() -> None:
    first = next(section for section in TAXONOMY.sections if section.leaves[0].document_type)
    silent = tuple(leaf.model_copy(update={"id": f"more.{leaf.id}", "cues": None}) for leaf in first.leaves)
    more = first.model_copy(update={"section": "9", "leaves": silent})
    tree = TAXONOMY.model_copy(update={"sections": (*TAXONOMY.sections, more)})
    allowed = allowed_leaves(paper("2511.00044", title="A Survey of Data", abstract=""), tree)
    assert allowed[-len(silent) :] == (True,) * len(silent)
