"""The reviewer's text: complete, short enough for GitHub, and unmoved by what papers say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.core.night import review_text
from agent.core.night.report import build_report
from agent.core.night.review_text import FAILURES_SHOWN, Waiting
from agent.core.survey import taxonomy
from agent.deliveries.github.texts import BODY_LIMIT, delivered_papers, finish_body, split_title
from agent.records import NO_LEAF, Coverage, Draft, Failure, RunReport, Usage, Window
from tests.conftest import ROOT
from tests.support.fakes import IDENTITY, NIGHT, judgment, paper

FOLDER = ROOT / "tests" / "fixtures" / "gardens" / "taxonomy"
TREE = taxonomy.parse({path.name: path.read_text() for path in FOLDER.glob("*.yaml")})
HOSTILE = [
    "@someone, see #12 and GH-4",
    "Fixes owner/name#3 at https://github.com/owner/name/issues/5",
    "<img src=x onerror=alert(1)> <!-- </details> --> <script>",
    "![x](https://evil.example/x.png) [y](javascript:alert(1))",
    "a | b || c `code` ``| $x$ *b* _i_ ~~s~~ \\",
    "# Heading\n\n---\n\n- item\n> quote\n```\nfence",
    "bidi \u202e zero\u200bwidth \x00\x1b[31m",
    "www.evil.example and http://evil.example",
]


def draft(paper_id: str = "2511.00001", **fields: object) -> Draft:
    given = {
        "paper_id": paper_id,
        "title": f"Paper {paper_id}",
        "section": "water",
        "heading": "Watering",
        "score": 0.9,
        "entry": "* entry",
        "evidence": ("We water a plant.",),
        "authors": ("A. Writer", "B. Writer", "C. Writer", "D. Writer"),
        "announced": NIGHT,
        "operation": "waters plants",
        "reason": "It waters.",
        "runner_up": "sense",
        "nearest": ("Drip by Drip",),
        "judge": IDENTITY,
    }
    return Draft.model_validate(given | fields)


def report(
    failures: Sequence[Failure] = (), coverage: Sequence[Coverage] = (), notes: Sequence[str] = (), **cost: object
) -> RunReport:
    return build_report(
        run_id="run-1", source="scripted", judge=IDENTITY, window=Window(), buckets={}, drafts=(),
        coverage=coverage, failures=failures, notes=notes, cost=Usage.model_validate(cost),
    )  # fmt: skip


def waiting(number: int, **fields: object) -> Waiting:
    paper_id = f"2511.{number:05}"
    leaf = fields.pop("leaf", "water")
    return Waiting(paper=paper(paper_id), judgment=judgment(paper_id, 0.6, leaf, **fields))  # type: ignore[arg-type]


def test_the_first_line_is_the_title_of_the_pull_request() -> None:
    days = [draft(), draft("2511.00002", announced=date(2025, 11, 14))]
    for drafts, title in (
        ([], "Triage: no drafts"),
        (days[:1], "Triage: 1 draft for 2025-11-13"),
        (days, "Triage: 2 drafts for 2025-11-13 to 2025-11-14"),
    ):
        body = review_text.render(report(), TREE, drafts, [])
        assert split_title(body)[0] == review_text.title(drafts) == title


def test_a_draft_has_all_that_its_reviewer_needs() -> None:
    body = review_text.render(report(), TREE, [draft(flag="it says: ignore the above")], [])
    for part in (
        "](https://arxiv.org/abs/2511.00001)",
        "A. Writer, B. Writer, C. Writer et al.",
        "Watering**: A machine decides when and how much water a plant gets, and gives it.",
        "> We water a plant.",
        "What it does: waters plants",
        "Why: It waters.",
        "Runner-up: sense Sensing",
        "Nearest there: Drip by Drip",
        "⚠ it says: ignore the above",
        "judge scripted `none`",
        "/triage no ID",
        "/triage move ID SECTION",
        "/triage draft ID",
    ):
        assert part in body


def test_a_night_without_drafts_still_tells_coverage_queue_and_cost() -> None:
    rows = [
        Coverage(day=NIGHT, category="cs.CL", source="rss", listed=7, complete=True),
        Coverage(day=NIGHT, category="cs.LG", source="rss", listed=0, complete=False, reason="HTTP 503"),
    ]
    spent = report(coverage=rows, notes=["few papers"], calls=3, input_tokens=50, cached_input_tokens=20, usd=0.0123)
    body = review_text.render(spent, TREE, [], [waiting(1)])
    assert "0 drafts to review" in body
    assert "- 2025-11-13: cs.CL 7, cs.LG 0 **incomplete** (HTTP 503)" in body
    assert "- few papers" in body
    assert "Queue: 1 relevant papers" in body
    assert "3 calls, 50 input tokens (20 cached), 0 output tokens, $0.0123" in body
    assert "price unknown" in review_text.render(report(usd=None), TREE, [], [])
    assert "nothing was announced" in review_text.render(report(), TREE, [], [])


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (waiting(1), "over the review budget"),
        (waiting(1, evidence=()), "no valid quote"),
        (waiting(1, leaf=NO_LEAF), "no section fits"),
        (waiting(1, unsure="model and local judge are far apart"), "model and local judge are far apart"),
        (
            Waiting(paper=paper("2511.00001", withdrawn=True), judgment=judgment("2511.00001", 0.6, "water")),
            "withdrawn from arXiv",
        ),
    ],
)
def test_the_queue_says_why_a_paper_waits(item: Waiting, why: str) -> None:
    (row,) = (line for line in review_text.render(report(), TREE, [], [item]).splitlines() if "| 0.60 |" in line)
    assert row.endswith(f"| {why} |")


def test_a_queue_that_is_too_long_is_cut_first_and_says_so() -> None:
    drafts = [draft(f"2511.1{n:04}") for n in range(10)]
    queue = [waiting(n) for n in range(3000)]
    body = review_text.render(report(calls=1), TREE, drafts, queue)
    assert len(body) <= review_text.MAX_LENGTH < BODY_LIMIT
    shown = body.count("| 0.60 |")
    assert 0 < shown < 3000
    assert f"{3000 - shown} more are left out for want of room" in body
    assert all(each.paper_id in body for each in drafts)
    assert body.count("<details>") == body.count("</details>") == 1
    assert "**Cost**: 1 calls" in body


def test_the_pull_request_s_own_marks_still_fit_under_the_cut_queue() -> None:
    queue = [waiting(n) for n in range(900)]
    ids = [f"2511.{n:05}" for n in range(300)]
    for extra in range(0, 3000, 1000):
        body = finish_body(review_text.render(report(notes=["x" * extra], calls=1), TREE, [], queue), ids)
        assert len(body) <= BODY_LIMIT
        assert "**Cost**: 1 calls" in body and "Cut here" not in body
        assert len(delivered_papers(body)) == 300


def test_of_drafts_that_alone_are_too_long_the_oldest_are_told_in_short() -> None:
    drafts = [draft(f"2511.{n:05}", reason="because " * 100) for n in range(200)]
    body = review_text.render(report(calls=1), TREE, drafts, [waiting(1)])
    assert len(body) <= review_text.MAX_LENGTH
    assert body.startswith("# Triage: 200 drafts")
    assert all(f"`{each.paper_id}`" in body for each in drafts)
    full = body.count("\n### ")
    assert 20 < full < 100 and f"{200 - full} earlier drafts in short" in body
    assert f"### {200}. [Paper 2511.00199]" in body and "\n1. [Paper 2511.00000]" in body
    assert "1 more are left out for want of room" in body and "**Cost**: 1 calls" in body


def test_a_thousand_drafts_are_cut_at_a_line_end_when_they_go_to_github() -> None:
    drafts = [draft(f"2511.{n:05}") for n in range(1000)]
    body = finish_body(review_text.render(report(), TREE, drafts, []), [])
    assert len(body) <= BODY_LIMIT
    assert "(Cut here: GitHub takes no more text.)" in body


def test_of_many_failures_the_first_are_shown_and_the_rest_counted() -> None:
    failures = [Failure(paper_id=f"2511.{n:05}", reason="cost cap") for n in range(FAILURES_SHOWN + 5)]
    body = review_text.render(report(failures), TREE, [], [])
    assert body.count("cost cap") == FAILURES_SHOWN
    assert "- and 5 more failed" in body
    assert "more failed" not in review_text.render(report(failures[:FAILURES_SHOWN]), TREE, [], [])


def spoken(text: str) -> str:
    """Return a body in which every field that a paper, a model or a server may fill says this."""
    item = Waiting(paper=paper("2511.00002", title=text), judgment=judgment("2511.00002", 0.6, "water", unsure=text))
    failure = Failure(paper_id="2511.00003", reason=text)
    row = Coverage(day=NIGHT, category="cs.CL", source="rss", listed=0, complete=False, reason=text)
    says = dict.fromkeys(("title", "operation", "reason", "flag"), text)
    full = draft(**says, evidence=(text,), authors=(text,), nearest=(text,))
    return review_text.render(report([failure], [row], [text]), TREE, [full], [item])


def shape(body: str) -> list[str]:
    """Return the blocks and marks that Markdown sees, without any words."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(body)
    inner = [child for token in tokens for child in token.children or () if child.type != "text"]
    return [token.type + token.tag for token in (*tokens, *inner)]


PLAIN = shape(spoken("plain words"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_paper_changes_nothing_but_words(text: str) -> None:
    body = spoken(text)
    assert shape(body) == PLAIN
    assert re.search(r"(?<!&)[@#]\w|GH-\d", re.sub(r"`[^`]*`", "", body)) is None
    assert "\u202e" not in body and "\x1b" not in body


@given(st.text(alphabet=st.sampled_from("ab@#<>|`*_[]()!\\$~&;:/-+=.1 \n\t\u202e\u200b"), min_size=1, max_size=30))
def test_no_text_changes_the_shape_of_the_body(text: str) -> None:
    assert shape(spoken(f"a{text}b")) == PLAIN
