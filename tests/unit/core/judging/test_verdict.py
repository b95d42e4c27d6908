"""From a model's text to a checked verdict, and from two verdicts to one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging import verdict
from agent.core.judging.reading.quotes import valid_quotes
from agent.core.judging.verdict import Flaw, LocalView, Verdict
from agent.core.notation import json_text
from agent.records import NO_LEAF, Grade, JudgeIdentity
from tests.support.fakes import paper

LEAVES = ("1.1", "1.2", "2.1", "2.2")
PAPER = paper(abstract="We filter  web text\nwith a small model. A caf\\'e of $\\alpha$ tokens is enough.")
QUOTE = "We filter web text with a small model."


def text(**changes: Any) -> str:
    answer = {
        "operation": "selects web text by a model",
        "tier": "creation",
        "relevance": "core",
        "leaves": ["1.1", "2.1"],
        "secondary": ["1.2"],
        "evidence": [QUOTE],
        "reason": "It filters.",
    }
    return json.dumps(answer | changes)


def read(answer: str) -> Verdict | Flaw:
    return verdict.read(answer, PAPER, LEAVES)


def valid(answer: str) -> Verdict:
    found = read(answer)
    assert isinstance(found, Verdict), found
    return found


def flaw(answer: str) -> Flaw:
    found = read(answer)
    assert isinstance(found, Flaw), found
    return found


def test_a_valid_answer_becomes_a_verdict() -> None:
    assert valid(text()) == Verdict(
        grade=3,
        primary="1.1",
        top=("1.1", "2.1"),
        secondary=("1.2",),
        operation="selects web text by a model",
        evidence=(QUOTE,),
        reason="It filters.",
    )


@pytest.mark.parametrize(("word", "grade"), [("out", 0), ("adjacent", 1), ("in_scope", 2), ("core", 3)])
def test_the_relevance_is_the_grade(word: str, grade: int) -> None:
    assert valid(text(relevance=word)).grade == grade


LABELS = {"1.1": "1.1 Filtering", "1.2": "1.2 Mixing of Sources", "2.1": "Evaluation", "2.2": "2.2. Evaluation"}


@pytest.mark.parametrize(
    "changes",
    [
        {"relevance": "CORE"}, {"relevance": " Core. "}, {"relevance": ["core"]}, {"relevance": "**core**"},
        {"leaves": "1.1"}, {"leaves": [1.1]}, {"leaves": ["[1.1]"]}, {"leaves": ["1.1 Filtering"]},
        {"leaves": ["Section 1.1."]}, {"leaves": ["filtering"]}, {"leaves": [{"id": "1.1", "title": "Filtering"}]},
        {"leaves": ["1.1: Filtering", None]}, {"leaves": ["Curation > Filtering"]}, {"leaves": None, "leaf": "1.1"},
        {"leaves": ["No. 1.1"]}, {"leaves": ["section no 1.1"]},
        {"evidence": QUOTE}, {"evidence": [{"quote": QUOTE}]},
        {"secondary": None, "reason": None, "operation": 3, "tier": ["creation"]}, {"confidence": "80%", "score": 0.9},
    ],
)  # fmt: skip
def test_what_a_model_nearly_says_is_understood(changes: dict[str, Any]) -> None:
    found = verdict.read(text(**({"leaves": ["1.1"]} | changes)), PAPER, LEAVES, LABELS)
    assert isinstance(found, Verdict), found
    assert (found.grade, found.top, found.evidence) == (3, ("1.1",), (QUOTE,))


@pytest.mark.parametrize(
    "leaf", ["Evaluation", "1.1 Mixing of sources", "1.1 or 3.3", "1.9", "Section", "", "5.10", "No 1.1 fits"]
)
def test_a_leaf_that_could_be_two_or_none_is_asked_for_again(leaf: str) -> None:
    assert isinstance(verdict.read(text(leaves=[leaf]), PAPER, LEAVES, LABELS), Flaw)


@pytest.mark.parametrize(
    ("word", "grade"), [("In\\_scope", 2), ("In scope", 2), ("in-scope", 2), ("IN_SCOPE", 2), ("Out of scope", 0)]
)
def test_relevance_is_read_in_any_spelling(word: str, grade: int) -> None:
    assert valid(text(relevance=word)).grade == grade


@pytest.mark.parametrize(
    ("word", "grade"),
    [
        ("3 out of 3", 3), ("2 out of 3", 2), ("0 out of 3", 0), ("1 of 3", 1), ("3/3", 3), ("3 Out Of 3", 3),
        ("3 out of 3 (core)", 3), ("core, 3 out of 3", 3), ("1 of 3: adjacent", 1), ("out (0 out of 3)", 0),
        ("this is out of scope", 0), ("in scope, not out of scope", 2),
    ],
)  # fmt: skip
def test_a_grade_on_the_scale_is_read_as_that_grade(word: str, grade: int) -> None:
    assert valid(text(relevance=word)).grade == grade


@pytest.mark.parametrize(
    "word",
    [
        "Score: 3 out of 3", "level 3 out of 3", "2 out of 10", "3 out of 5", "2 out of three", "3 of 30",
        "not out of scope", "Not out-of-scope", "isn't out of scope", "cannot be called out of scope",
        "hardly out of scope", "out of 10, a 7",
    ],
)  # fmt: skip
def test_out_that_does_not_mean_the_grade_is_asked_for_again(word: str) -> None:
    assert flaw(text(relevance=word)).reason.startswith("relevance: ")


def test_several_leaves_in_one_string_are_several_leaves() -> None:
    assert valid(text(leaves="1.1, 2.1", secondary="1.2")).top == ("1.1", "2.1")


def test_a_section_number_that_is_written_as_a_number_keeps_its_zero() -> None:
    found = verdict.read('{"relevance": "core", "leaves": [5.10], "evidence": []}', PAPER, ("5.1", "5.10"))
    assert isinstance(found, Flaw)
    assert found.fallback is not None
    assert found.fallback.primary == "5.10"


@pytest.mark.parametrize(
    "wrapped",
    [
        '{{"answer": {}}}', "[{}]", '{{"result": {{"verdict": {}}}}}', "<think>{{{{ hm</think>{}",
        '{}<think>or {{"relevance": "out"}}?</think>', 'hm {{"relevance": "out"}}</think>{}', "[THINK]no[/THINK]{}",
        "<think>{}</think>", "\ufeff{}",
    ],
)  # fmt: skip
def test_the_answer_is_found_in_what_is_wrapped_around_it(wrapped: str) -> None:
    assert valid(wrapped.format(text())) == valid(text())


def test_an_answer_that_was_encoded_twice_is_read() -> None:
    assert valid(json.dumps(text())) == valid(text())
    assert valid(json.dumps({"answer": text()})) == valid(text())


def test_names_of_fields_are_read_in_any_case() -> None:
    shouted = {name.upper(): value for name, value in json.loads(text()).items()}
    assert valid(json.dumps(shouted)) == valid(text())


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", "```\n{}\n```", "Here it is: {} Good night.", "<think>a {{b}} c</think>\n{}", '{{"a": 1}} {}'],
)
def test_the_object_is_found_in_fences_and_among_words(wrapped: str) -> None:
    assert valid(wrapped.format(text())) == valid(text())


def test_the_last_answer_counts_since_a_model_that_thinks_aloud_writes_drafts_before() -> None:
    drafts = f"<think>Perhaps {text(relevance='out', leaves=[])}? No.</think>"
    assert valid(drafts + text()) == valid(text())


def test_an_answer_wrapped_in_an_object_is_found() -> None:
    assert valid(f'{{"verdict": {text()}}}') == valid(text())


@pytest.mark.parametrize("nothing", ["", "  \n", "I would say core.", "[1, 2]", '{"relevance": "core"', "{" * 5000])
def test_a_text_without_an_object_is_a_flaw_without_fallback(nothing: str) -> None:
    assert flaw(nothing).fallback is None


def test_an_empty_answer_is_called_empty() -> None:
    assert flaw(" ").reason == "the answer is empty"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"relevance": "maybe"}, "relevance"),
        ({"relevance": None}, "relevance"),
        ({"relevance": ["core", "out"]}, "relevance"),
        ({"relevance": "core|in_scope|adjacent|out"}, "relevance"),
        ({"relevance": "core or in_scope"}, "relevance"),
        ({"relevance": True}, "relevance"),
        ({"relevance": "95%"}, "relevance"),
        ({"leaves": [True]}, "leaves.0"),
        ({"leaves": None}, "leaves"),
        ({"evidence": [True]}, "evidence.0"),
    ],
)
def test_a_wrong_form_is_a_flaw_that_names_the_field(changes: dict[str, Any], named: str) -> None:
    assert flaw(text(**changes)).reason.startswith(f"{named}: ")


def test_null_in_a_field_that_may_be_empty_is_empty() -> None:
    found = valid(text(secondary=None, reason=None, operation=None, tier=None))
    assert (found.secondary, found.reason, found.operation) == ((), "", "")


def test_fields_that_disagree_are_no_flaw() -> None:
    assert valid(text(tier="no such tier", operation="")).primary == "1.1"


def test_an_invented_first_leaf_is_a_flaw_and_the_next_one_is_for_a_person_to_decide() -> None:
    found = flaw(text(leaves=["9.9", "2.1"]))
    assert "'9.9' does not exist" in found.reason
    assert found.fallback is not None
    assert found.fallback.primary == "2.1"
    assert "'9.9'" in str(found.fallback.unsure)


def test_an_invented_leaf_without_another_leaves_nothing() -> None:
    assert flaw(text(leaves=["9.9"])).fallback is None


def test_an_invented_leaf_further_down_is_dropped() -> None:
    found = valid(text(leaves=["1.1", "9.9", "2.2"], secondary=["9.9", "2.1"]))
    assert found.top == ("1.1", "2.2")
    assert found.secondary == ("2.1",)


@pytest.mark.parametrize("heading", ["2.1 Rain", "[2.1] Rain", " 2.1: Rain", "(2.1)"])
def test_a_leaf_named_by_its_whole_heading_is_that_leaf(heading: str) -> None:
    found = valid(text(leaves=[heading], secondary=["1.1 Tea", heading]))
    assert (found.top, found.secondary) == (("2.1",), ("1.1",))


def test_an_invented_leaf_of_a_paper_judged_out_does_not_matter() -> None:
    assert valid(text(relevance="out", leaves=["9.9"])).primary is None


def test_a_leaf_named_twice_counts_once_and_three_are_kept_in_order() -> None:
    assert valid(text(leaves=["2.2", "1.1", "2.2", "1.2", "2.1"])).top == ("2.2", "1.1", "1.2")


def test_secondary_never_repeats_the_primary_and_holds_no_missing_home() -> None:
    assert valid(text(secondary=["1.1", NO_LEAF, "2.2", "2.2", "1.2", "2.1"])).secondary == ("2.2", "1.2")


@pytest.mark.parametrize("relevance", ["in_scope", "core"])
def test_a_relevant_paper_without_leaves_has_no_home(relevance: str) -> None:
    found = valid(text(relevance=relevance, leaves=[]))
    assert found.primary == NO_LEAF
    assert found.top == (NO_LEAF,)


def test_a_paper_judged_out_without_leaves_has_no_primary() -> None:
    assert valid(text(relevance="out", leaves=[])).primary is None
    assert valid(text(relevance="adjacent", leaves=[NO_LEAF])).primary is None


def test_a_quote_that_is_not_in_the_abstract_is_dropped() -> None:
    assert valid(text(evidence=["We filter web text", "We invent a quote here"])).evidence == ("We filter web text",)


@pytest.mark.parametrize(
    "quote",
    ["We filter   web\n text", " We filter web text ", "with a small model. A caf\\'e of $\\alpha$ tokens"],
)
def test_white_space_is_all_that_may_differ_in_a_quote(quote: str) -> None:
    assert valid(text(evidence=[quote])).evidence == (" ".join(quote.split()),)


@pytest.mark.parametrize(
    "quote", ["we filter web text", "We filter… with a small", "We filter web texts", "We filter", "", "a small model!"]
)
def test_a_quote_that_differs_in_anything_else_is_no_evidence(quote: str) -> None:
    found = flaw(text(evidence=[quote]))
    assert "evidence" in found.reason
    assert found.fallback is not None
    assert found.fallback.unsure == verdict.NO_QUOTE
    assert found.fallback.evidence == ()


def test_three_quotes_are_kept_and_none_twice() -> None:
    quotes = ["We filter web", "We filter web", "filter web text", "a small model.", "tokens is enough."]
    assert len(set(valid(text(evidence=quotes)).evidence)) == 3


@pytest.mark.parametrize("relevance", ["out", "adjacent"])
def test_a_paper_that_is_not_relevant_needs_no_quote(relevance: str) -> None:
    found = valid(text(relevance=relevance, evidence=[]))
    assert found.unsure is None


def test_a_paper_without_an_abstract_is_not_asked_for_a_quote_again() -> None:
    found = verdict.read(text(), paper(abstract=""), LEAVES)
    assert isinstance(found, Verdict)
    assert found.unsure == verdict.NO_QUOTE


def test_latex_that_a_model_did_not_escape_is_read() -> None:
    broken = text(evidence=["@"]).replace("@", r"e of $\alpha$ tokens is enough.")
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)
    assert valid(broken).evidence == (r"e of $\alpha$ tokens is enough.",)


@pytest.mark.parametrize(
    ("abstract", "quote"),
    [
        (r"We use \textbf{bold} and \frac{1}{2} of it.", "We use \textbf{bold} and \frac{1}{2}"),
        ("Gains of R&amp;D teams are large.", "Gains of R&D teams"),
        ("Gains of R&D teams are large.", "Gains of R&amp;D teams"),
        ("A cafe\u0301 of tokens is enough.", "A caf\u00e9 of tokens"),
        ("A caf\u00e9 of tokens is enough.", "A cafe\u0301 of tokens"),
    ],
    ids=["LaTeX read as JSON escapes", "entity unescaped", "entity escaped", "composed", "decomposed"],
)
def test_a_quote_in_another_encoding_is_given_as_it_stands_in_the_abstract(abstract: str, quote: str) -> None:
    assert quote not in abstract
    (found,) = valid_quotes([quote], abstract)
    assert found in abstract


def test_half_a_character_in_an_answer_can_still_be_written_down() -> None:
    found = valid(text(reason="@", operation="@").replace("@", "a\\ud83db"))
    assert found.reason == found.operation == "a?b"
    assert found.model_dump_json()


@given(st.text())
def test_no_text_breaks_the_reader(answer: str) -> None:
    assert isinstance(read(answer), Verdict | Flaw)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["relevance", "leaves", "secondary", "evidence", "operation", "tier"]), JSON))
def test_whatever_the_fields_hold_only_known_leaves_and_true_quotes_come_out(fields: dict[str, Any]) -> None:
    found = read(json.dumps({"relevance": "core", "leaves": ["1.1"]} | fields))
    kept = found if isinstance(found, Verdict) else found.fallback
    if kept is not None:
        assert set(kept.top) <= {*LEAVES, NO_LEAF}
        assert set(kept.secondary) <= set(LEAVES)
        assert all(quote in " ".join(PAPER.abstract.split()) for quote in kept.evidence)


def test_a_repair_shows_answer_and_error_and_ends_with_the_paper() -> None:
    asked = [{"role": "system", "content": "static"}, {"role": "user", "content": "the paper"}]
    told = verdict.repair_request("{}", Flaw(reason="leaves: missing"), asked)
    assert told[:2] == asked
    assert told[2] == {"role": "assistant", "content": "{}"}
    assert told[3]["role"] == "user"
    assert "leaves: missing" in told[3]["content"]
    assert told[3]["content"].endswith("the paper")


FITS = st.none() | st.integers(0, 100)


@given(st.sampled_from([0, 1, 2, 3]), st.floats(-1.0, 7.0), FITS)
def test_grades_never_overlap_whatever_the_local_judge_and_the_fit_say(grade: Grade, local: float, fit: int) -> None:
    assert grade / 4 <= verdict.score(grade, local, fit) < (grade + 1) / 4


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(50, 74))
def test_papers_of_a_grade_are_ordered_by_their_fit_first(local: float, other: float, fit: int) -> None:
    assert verdict.score(2, local, fit) < verdict.score(2, other, fit + 1)


@given(FITS)
def test_the_local_judge_breaks_ties(fit: int | None) -> None:
    assert verdict.score(2, 0.1, fit) < verdict.score(2, 0.9, fit)


def test_a_paper_without_a_fit_stands_in_the_middle_of_its_grade() -> None:
    assert verdict.score(2, 0.5, 60) < verdict.score(2, 0.5) < verdict.score(2, 0.5, 65)
    assert verdict.score(2, 0.5) == 0.625


@pytest.mark.parametrize(("grade", "fit"), [(3, 74), (3, 50), (2, 75), (2, 100), (2, 25), (1, 24), (1, 75), (0, 50)])
def test_a_fit_just_outside_its_grade_stands_at_the_end_of_it(grade: Grade, fit: int) -> None:
    end = 0 if fit < 25 * grade else 25
    assert verdict.score(grade, 0.5, fit) == verdict.score(grade, 0.5, 25 * grade + end)


@pytest.mark.parametrize(("grade", "fit"), [(3, 49), (3, 9), (3, 1), (2, 8), (2, 0), (1, 76), (0, 51), (0, 100)])
def test_a_fit_that_is_more_than_a_grade_away_is_of_another_scale_and_says_nothing(grade: Grade, fit: int) -> None:
    assert verdict.score(grade, 0.5, fit) == verdict.score(grade, 0.5)


def test_a_judgment_carries_the_verdict_its_score_and_who_judged() -> None:
    who = JudgeIdentity(name="openai", model="m", prompt="judge/v1@0", taxonomy="t@0")
    kept = verdict.judgment(valid(text(fit=90)), PAPER, 0.2, who)
    assert (kept.paper_id, kept.primary, kept.judge) == (PAPER.id, "1.1", who)
    assert kept.score == verdict.score(3, 0.2, 90)


CALM = LocalView(relevance=0.4, leaves=("1.1", "1.2"))


@pytest.mark.parametrize(
    ("changes", "local", "contested"),
    [
        ({}, CALM, False),
        ({}, CALM.model_copy(update={"relevance": 0.01}), True),
        ({"relevance": "out"}, CALM, False),
        ({"relevance": "out"}, CALM.model_copy(update={"relevance": 0.9}), True),
        ({"leaves": ["2.2"]}, CALM, True),
        ({"leaves": ["2.2"], "relevance": "adjacent"}, CALM, False),
        ({"leaves": []}, CALM, False),
    ],
)
def test_a_verdict_is_contested_when_the_local_judge_is_far_away(
    changes: dict[str, Any], local: LocalView, contested: bool
) -> None:
    assert (verdict.contested(valid(text(**changes)), local) is not None) is contested


def test_a_verdict_without_a_quote_is_contested() -> None:
    kept = flaw(text(evidence=[])).fallback
    assert kept is not None
    assert verdict.contested(kept, CALM) == verdict.NO_QUOTE


def test_a_second_opinion_agrees_when_its_leaf_is_among_the_first_three() -> None:
    assert verdict.settle(valid(text()), valid(text(leaves=["2.1"], relevance="in_scope"))).unsure is None
    assert verdict.settle(valid(text(relevance="out")), valid(text(relevance="adjacent"))).unsure is None


def test_a_second_opinion_with_another_leaf_or_relevance_leaves_it_to_a_person() -> None:
    other_leaf = verdict.settle(valid(text()), valid(text(leaves=["2.2"])))
    assert other_leaf.unsure == "the second opinion disagrees: 2.2"
    other_side = verdict.settle(valid(text(relevance="out")), valid(text()))
    assert (other_side.grade, other_side.unsure) == (0, "the second opinion disagrees: core")


def test_a_missing_quote_is_taken_from_a_second_opinion_that_agrees() -> None:
    kept = flaw(text(evidence=[])).fallback
    assert kept is not None
    assert verdict.settle(kept, valid(text())).evidence == (QUOTE,)
    assert verdict.settle(kept, valid(text())).unsure is None
    assert verdict.settle(kept, kept).unsure == verdict.NO_QUOTE


@pytest.mark.parametrize(
    "text",
    [
        '{"relevance": "core", // surely\n "leaves": ["5.10",], }',
        "{'relevance': 'core', 'leaves': ['5.10'], 'reason': 'it\\'s', 'tier': None}",
        'Here: {relevance: "core", leaves: ["5.10"], /* one */ reason: "see http://x.example/a, }"}',
    ],
)
def test_what_is_nearly_json_is_read(text: str) -> None:
    found = json_text.find_answer(text, "relevance")
    assert found is not None
    assert (found["relevance"], found["leaves"]) == ("core", ["5.10"])


@given(st.text(alphabet="{}[]\"':,/*#\\a \n"))
def test_no_text_breaks_the_search_for_an_answer(text: str) -> None:
    json_text.find_answer(text, "relevance")


_NAMES = st.sampled_from(["relevance", "leaves", "secondary", "evidence", "reason", "id", "items", "value", "x"])
_SAID = st.sampled_from(["core", "out", "4.2.1", "4.2.1, 5.1", "None", "[]", "We filter web text.", "", 0, 3, 0.9])
_NESTED = st.recursive(
    _SAID | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.sampled_from([1, None]), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_NAMES, _NESTED, min_size=1))
def test_no_value_breaks_the_reader_of_an_answer_or_of_a_paper_that_holds_it(said: dict[str, object]) -> None:
    for written in (repr(said), json.dumps(said)):
        asked = paper(abstract=f"We filter web text. {written}")
        for each in (written, f"Here: {written}"):
            assert isinstance(verdict.read(each, asked, LEAVES, {LEAVES[0]: "Sampling"}), Verdict | Flaw)


def test_a_quote_in_other_marks_is_given_back_as_it_stands() -> None:
    abstract = "The model\u2019s data \u2014 filtered twice \u2014 are better."
    assert valid_quotes(['"The model\'s data - filtered twice..."'], abstract) == (
        "The model\u2019s data \u2014 filtered twice",
    )


THOUGHTS = (
    ("[THINKING]", "[/THINKING]"),
    ("<thought_process>", "</thought_process>"),
    ("<plan>", "</plan>"),
    ("&lt;think&gt;", "&lt;/think&gt;"),
    ("```thinking\n", "\n```"),
    ("\u3010\u601d\u8003\u3011", "\u3010/\u601d\u8003\u3011"),
)

FULL_WIDTH = str.maketrans('{}[]:,"', "\uff5b\uff5d\uff3b\uff3d\uff1a\uff0c\uff02")


@pytest.mark.parametrize(
    "written",
    [
        f"<answer>{text()}</answer>",
        f"<|begin_of_box|>{text()}<|end_of_box|>",
        f"<|START_THINKING|>Or {text(relevance='out')}?<|END_THINKING|>{text()}",
        f"analysisOr {text(relevance='out')}? assistantfinal{text()}",
        f"{text()} It has the form {json.dumps({'relevance': {'type': 'string', 'enum': ['core']}})}",
        json.dumps({"type": "object", "properties": json.loads(text())}),
        json.dumps({"name": "verdict", "arguments": text()}),
        json.dumps({"2511.00001": json.loads(text())}),
        json.dumps(
            {
                part: {
                    name: each for name, each in json.loads(text()).items() if (name in ("relevance", "reason")) is one
                }
                for part, one in (("assessment", True), ("placement", False))
            }
        ),
        json.dumps([{"thought": "hm"}, json.loads(text())]),
        json.dumps(
            {f"{number}. {name.title()}": each for number, (name, each) in enumerate(json.loads(text()).items())}
        ),
        json.dumps({f"**{name}**": each for name, each in json.loads(text()).items()}),
        json.dumps({name: {"value": each, "confidence": 0.9} for name, each in json.loads(text()).items()}),
        text().replace('"', "\u201c"),
        text().replace('"', "&quot;"),
        text().translate(FULL_WIDTH),
        text()[:-1] + ", ...}",
        text()[1:],
        text()[:-1],
        text()[:-2] + "}",
        text()[:-2] + "}\n```",
        text().replace('"], "reason"', '", "reason"'),
        f"```json\n{text()[1:]}\n```",
        f"{{{text()}}}",
        json.dumps(text())[1:-1],
        text().replace('"', "&#x22;"),
        text().replace('"', "%22"),
        text().replace("[", "\\[").replace("]", "\\]"),
        text().replace('"core"', '\x1b[32m"core"\x1b[0m'),
        re.sub(r'"([^"]*)"', "\u300c\\1\u300d", text()),
        json.dumps([{"op": "add", "path": f"/{name}", "value": each} for name, each in json.loads(text()).items()]),
        "\n".join(json.dumps({name: each}) for name, each in json.loads(text()).items()),
        json.dumps([{"name": name, "value": each} for name, each in json.loads(text()).items()]),
        *(
            f"{mark}{json.dumps(json.loads(text()), indent=1)}".replace("\n", f"\n{mark}")
            for mark in ("> ", "+", "12  ", "| ", " 3\u2192")
        ),
        f'{text()}\nForm: {{"relevance": "core|in_scope|adjacent|out", "leaves": ["..."]}}',
        *(f"{text()}\n{begin} or {text(relevance='out')}? {end}" for begin, end in THOUGHTS),
        text(relevance={"label": "core", "score": 0.9}),
        text(relevance={"core": True, "out": False}),
        text(relevance="3 - core"),
        text(relevance=3.0),
        text(relevance="This paper is core."),
        text(relevance="\u2705 core"),
        text(leaves=[["1.1", "2.1"]]),
        text(leaves={"primary": "1.1", "second": "2.1"}),
        text(leaves="1.1 and 2.1"),
        text(leaves="1.1\u30012.1"),
        text(leaves=["#1.1", "\u00a7 2.1"]),
        text(evidence=[f"1. {QUOTE}"]),
        text(evidence=[f"Abstract: {QUOTE}"]),
        json.dumps({{"leaves": "leafIds"}.get(name, name): each for name, each in json.loads(text()).items()}),
    ],
)
def test_the_same_answer_is_read_however_it_is_written(written: str) -> None:
    assert valid(written) == valid(text())


def test_quotes_that_a_model_did_not_escape_end_no_text() -> None:
    written = text(reason="It is called X by them.").replace("called X by", 'called "X" by')
    assert valid(written).reason == 'It is called "X" by them.'
    written = text(reason="It is called X, by them.").replace("called X,", 'called "X",')
    assert valid(written).reason == 'It is called "X", by them.'


@pytest.mark.parametrize(
    "relevance", ["out | adjacent | in_scope | core", "<core/out>", "not core", "maybe", "95%", True, None, "core, out"]
)
def test_what_names_no_grade_or_several_is_no_answer(relevance: object) -> None:
    assert flaw(text(relevance=relevance)).reason.startswith("relevance: ")


@pytest.mark.parametrize("around", ["{}", "I say:\n{}", "```json\n{}\n```"])
def test_a_verdict_that_is_quoted_in_another_does_not_replace_it(around: str) -> None:
    own = text(relevance="out", leaves=[], evidence=[f"<answer>{text()}</answer>", f"</think>{text()}"])
    assert valid(around.format(own)).grade == 0
    unsure = around.format(own.replace('\\"', '"'))
    assert "no JSON object that is sure to be the verdict" in flaw(unsure).reason


def test_two_verdicts_side_by_side_are_asked_for_again() -> None:
    assert "sure to be the verdict" in flaw(f"{text(relevance='out')}\n\nThe abstract holds {text()}.").reason


def test_an_apostrophe_within_a_text_as_python_prints_it_ends_no_text() -> None:
    written = repr(json.loads(text(reason="@"))).replace("'@'", "'It's a filter.'")
    assert valid(written).reason == "It\u2019s a filter."


def test_an_answer_in_words_is_shown() -> None:
    reason = flaw("I'm sorry,\nI can't assist with that.").reason
    assert reason == "the answer holds no JSON object; it is \"I'm sorry, I can't assist with that.\""


@pytest.mark.parametrize("filler", [" ", "a ", "(", "1.", "-", ", "])
def test_a_leaf_of_any_length_is_read_in_time(filler: str) -> None:
    assert read(text(leaves=["a" + filler * 20_000 + "a"])) == flaw(text(leaves=["a" + filler * 20_000 + "a"]))
    flaw(text(relevance="a" + filler * 20_000 + "a"))
