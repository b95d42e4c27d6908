"""READ THIS FIRST: fetch -> select -> judge (some papers a task) -> decide -> draft -> deliver.

The graph is the program. Its state holds ids and small records only; papers, judgments and raw answers live in the
store, so a run that was killed is repaired by running again. Everything that touches the world comes in through
``Services``; every rule is a pure function of ``agent/core``.
"""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Sequence
from functools import cache
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from agent.core.arxiv import coverage
from agent.core.night import review_text
from agent.core.night.buckets import bucket_judged, bucket_unjudged, mark_twins, rank
from agent.core.night.drafts import NEAREST_SHOWN, create_draft, split_homeless
from agent.core.night.report import build_report, check_sum, judgment_lines, notes_on_batches, notes_on_budget
from agent.core.night.review_text import Waiting
from agent.errors import AnswerPending, DeliveryError, JudgeError
from agent.ports import Services
from agent.records import Bucket, Coverage, Delivered, Draft, Failure, Judgment, Paper, RunReport
from agent.workflow import coverage_log, feedback

ALIKE_SHOWN = 3
"""So many papers that read like an entry are named in the summary."""

PAPERS_A_TASK = 32
"""Papers are read from the store, and their judgments written to it, so many at a time. What a model answered is
stored by its judge at once, so that a killed run loses no answer that was paid for."""


class State(TypedDict, total=False):
    """The state of a night, by what its nodes have come to: paper ids, ``listed`` all and ``to_judge`` those for the
    judge; buckets by paper id; what reviewers asked for (``promoted``) and turned down (``refused``), and why their
    decisions could not be read (``feedback_problem``, null: they were); papers that failed or wait in a batch, each
    with its reason; tonight's drafts; the report, and its text for the reviewer."""

    listed: list[str]
    coverage: list[Coverage]
    notes: list[str]
    promoted: list[str]
    refused: list[str]
    feedback_problem: str | None
    buckets: dict[str, Bucket]
    to_judge: list[str]
    failures: Annotated[list[Failure], operator.add]
    waits: Annotated[list[Failure], operator.add]
    drafts: list[Draft]
    report: RunReport
    review_text: str


class JudgeTask(TypedDict):
    """The ids of the papers that one task judges, ``PAPERS_A_TASK`` at most."""

    paper_ids: list[str]


async def fetch(state: State, runtime: Runtime[Services]) -> State:
    """Read the announcements; papers that failed in the last run, or whose batch may be finished, are listed too."""
    s = runtime.context
    given = feedback.Feedback() if s.plan.stop_before_judging else feedback.read_feedback(s)
    listing = s.source.listing(s.plan.window)
    s.store.save_papers(listing.papers)
    rows = coverage.settle(s.plan.covered, listing.coverage)
    again = {Bucket.FAILED, Bucket.BATCHED} if s.plan.reads_batches else {Bucket.FAILED}
    undecided = s.store.undecided(again) if s.plan.repeats_undecided else ()
    recent = any(row.complete for row in s.plan.covered)
    last = None if recent else coverage_log.last_day_read(s.store, s.plan.categories)
    first = () if s.plan.chosen else coverage.first_reading(s.plan.window, s.plan.covered, len(listing.papers), last)
    left = 0 if s.plan.reads_batches else len(s.store.batched())
    listed = list(dict.fromkeys([*undecided, *(paper.id for paper in listing.papers)]))
    return {
        "listed": listed,
        "coverage": list(rows),
        "notes": [
            *given.notes,
            *listing.notes,
            *coverage.quiet_days(rows, s.plan.covered),
            *first,
            *([f"{left} papers wait in batches: --batch collects their answers"] if left else []),
        ],
        "promoted": list(given.wanted),
        "refused": list(given.refused),
        "feedback_problem": given.problem,
    }


async def select(state: State, runtime: Runtime[Services]) -> State:
    """Set aside what no judge has to see: off category, already in the catalog, decided by an earlier run."""
    s = runtime.context
    papers = _papers(s, state["listed"])
    latest = s.store.latest_outcomes(state["listed"])
    proposed = dict.fromkeys((*state["refused"], *s.store.drafted(), *s.store.dismissed()), Bucket.DRAFTED)
    decided = {paper_id: each for paper_id, each in latest.items() if not s.plan.rejudge or each is Bucket.BATCHED}
    if s.plan.reads_batches:
        decided = {paper_id: each for paper_id, each in decided.items() if each is not Bucket.BATCHED}
    earlier = decided | proposed
    buckets = {
        paper.id: bucket_unjudged(
            paper,
            categories=s.plan.categories,
            cross_lists=s.plan.cross_lists,
            known=s.survey.contains(paper),
            earlier=earlier,
        )
        for paper in papers
    }
    to_judge = [paper for paper in papers if buckets[paper.id] is None]
    s.judge.prepare(to_judge)
    # A cost cap may end the asking early: what looks most relevant comes first, and what failed last time after all
    # that is new, since it may fail again.
    to_judge.sort(key=lambda paper: (latest.get(paper.id) is Bucket.FAILED, -s.relevance(paper)))
    s.progress.begin(len(to_judge))
    return {
        "buckets": {paper_id: bucket for paper_id, bucket in buckets.items() if bucket is not None},
        "to_judge": [paper.id for paper in to_judge],
        "notes": [*state["notes"], *_notes_on_alike(s, to_judge)],
    }


def tasks_of_papers(state: State, runtime: Runtime[Services]) -> list[Send] | str:
    """Return a task for each so many papers to judge; without any, the node or the end to go on with."""
    if runtime.context.plan.stop_before_judging:
        return END
    ids = state["to_judge"]
    some = (ids[start : start + PAPERS_A_TASK] for start in range(0, len(ids), PAPERS_A_TASK))
    return [Send("judge", JudgeTask(paper_ids=each)) for each in some] or "decide"


async def judge(state: JudgeTask, runtime: Runtime[Services]) -> State:
    """Judge papers side by side, or take the stored judgments of the same judge. A JudgeError costs its own paper only;
    any other ends the run, and no other paper goes on."""
    s = runtime.context
    papers = _papers(s, state["paper_ids"])
    stored = s.store.judgments(papers, s.judge.identity) if s.plan.reuse_judgments else {}
    judged: list[tuple[Paper, Judgment]] = []

    async def judge_one(paper: Paper) -> State:
        try:
            if paper.id not in stored:
                judged.append((paper, await s.judge.judge(paper)))
        except AnswerPending as pending:
            return {"waits": [Failure(paper_id=paper.id, reason=str(pending))]}
        except JudgeError as error:
            return {"failures": [Failure(paper_id=paper.id, reason=str(error))]}
        finally:
            s.progress.advance()
        return {}

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(judge_one(paper)) for paper in papers]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None  # what ends the run; the other papers were cancelled
    finally:
        s.store.save_judgments(judged)
    outcomes = [task.result() for task in tasks]
    return {
        "failures": [failure for each in outcomes for failure in each.get("failures", ())],
        "waits": [wait for each in outcomes for wait in each.get("waits", ())],
    }


async def decide(state: State, runtime: Runtime[Services]) -> State:
    """Rank, then cut by the review budget: from here on every listed paper is in exactly one bucket."""
    s = runtime.context
    papers = {paper.id: paper for paper in _papers(s, state["to_judge"])}
    relevant = [judgment for judgment in _judgments(s, state) if judgment.score >= s.plan.min_score]
    if relevant:
        twins = mark_twins(relevant, papers, _papers(s, sorted({*s.store.drafted(), *s.store.dismissed()})))
        s.store.save_judgments((papers[judgment.paper_id], judgment) for judgment in twins)
    failed = {failure.paper_id: Bucket.FAILED for failure in state.get("failures", [])}
    batched = {each.paper_id: Bucket.BATCHED for each in state.get("waits", [])}
    judged = bucket_judged(
        # An older judgment of what failed tonight takes no place in the budget.
        [judgment for judgment in _judgments(s, state) if judgment.paper_id not in failed | batched],
        leaves=s.survey.taxonomy.leaf_ids,
        budget=s.plan.budget,
        min_score=s.plan.min_score,
        withdrawn={paper.id for paper in papers.values() if paper.withdrawn},
    )
    return {"buckets": check_sum(state["listed"], {**state["buckets"], **judged, **failed, **batched})}


async def draft(state: State, runtime: Runtime[Services]) -> State:
    """Create a draft for each paper in the ``DRAFTED`` bucket, and for each that a reviewer requested.

    Requested papers (``/triage draft``) do not count towards the review budget.
    """
    s = runtime.context
    chosen = [j for j in rank(_judgments(s, state)) if state["buckets"][j.paper_id] is Bucket.DRAFTED]
    asked = [judgment for paper_id in state["promoted"] if (judgment := s.store.latest_judgment(paper_id))]
    drafts = []
    for judgment in {j.paper_id: j for j in (*chosen, *asked)}.values():
        leaves = [leaf for leaf in judgment.top if leaf in s.survey.taxonomy.leaf_ids]
        for paper in _papers(s, [judgment.paper_id]) if leaves else ():
            leaf = s.survey.leaf_of_year(leaves[0], paper)
            near = s.nearest(paper, NEAREST_SHOWN, leaf)
            drafts.append(create_draft(s.survey, paper, judgment, leaf, [known.title for known in near]))
    unknown = set(state["promoted"]) - {each.paper_id for each in drafts}
    notes = [f"{paper_id}: someone asked for a draft, but no judge gave it a section" for paper_id in sorted(unknown)]
    return {"drafts": drafts, "notes": [*state["notes"], *notes]}


async def deliver(state: State, runtime: Runtime[Services]) -> State:
    """Hand all undecided drafts to the reviewer, then write down what this run decided."""
    s = runtime.context
    accepted = feedback.accepted_drafts(s.store, s.survey)
    open_before = s.store.open_drafts()
    known = [*accepted, *open_before]
    drafted_meanwhile = {draft.paper_id for draft in known}  # on the review page, from the queue
    undecided = [*known, *(draft for draft in state["drafts"] if draft.paper_id not in drafted_meanwhile)]
    waiting, homeless = split_homeless(undecided, s.survey.taxonomy.leaf_ids)
    report = build_report(
        run_id=s.plan.run_id,
        source=s.source.name,
        judge=s.judge.identity,
        window=s.plan.window,
        buckets=state["buckets"],
        drafts=state["drafts"],
        coverage=state["coverage"],
        failures=state.get("failures", []),
        notes=[
            *state["notes"],
            *notes_on_budget(state["buckets"], _judgments(s, state), s.survey.taxonomy.leaf_ids),
            *notes_on_batches(state.get("waits", [])),
            *homeless,
        ],
        cost=s.judge.usage,
    )
    body = review_text.render(report, s.survey.taxonomy, waiting, _queue(s, state) if s.plan.reviewed else ())
    delivered, undelivered = Delivered(), state["feedback_problem"]
    if undelivered is None:
        try:
            delivered = s.delivery.deliver(s.plan.run_id, waiting, body)
        except DeliveryError as error:
            undelivered = str(error)
    again = _note_on_earlier(open_before, waiting) if delivered.patch else []
    manual = [f"{one.paper_id} is to be inserted by hand: {one.reason}" for one in delivered.by_hand]
    notes = (*again, *report.notes, *delivered.notes, *manual)
    report = report.model_copy(update={**dict(delivered), "notes": notes, "undelivered": undelivered})
    s.store.finish_run(report, state["buckets"], state["coverage"], s.now())
    return {"report": report, "review_text": body}


def judgment_rows(s: Services, state: State) -> list[dict[str, object]]:
    """Return one row per listed paper, as ``--judgments`` writes them."""
    return list(judgment_lines(state["buckets"], _judgments(s, state), state.get("failures", [])))


def _note_on_earlier(open_before: Sequence[Draft], waiting: Sequence[Draft]) -> list[str]:
    """Return a note on the drafts of a patch that were open before this run, if there are any."""
    earlier = {draft.paper_id for draft in open_before}
    still = sum(draft.paper_id in earlier for draft in waiting)
    are = "is" if still == 1 else "are"
    return [f"{still} of its drafts {are} of earlier runs: `triage review` refuses for good"] if still else []


def _notes_on_alike(s: Services, papers: Sequence[Paper]) -> list[str]:
    """Return the notes on papers that read like an entry and are another paper: some in words, the others counted."""
    notes = [note for paper in papers if (note := s.survey.note_on_alike(paper))]
    more = len(notes) - ALIKE_SHOWN
    return [
        *notes[:ALIKE_SHOWN],
        *([f"nor are {more} more papers for entries that read like them"] if more > 0 else []),
    ]


def _queue(s: Services, state: State) -> list[Waiting]:
    """Return what waits for a person: tonight's papers, the best first, then those of earlier nights."""
    tonight = [j for j in rank(_judgments(s, state)) if state["buckets"][j.paper_id] is Bucket.QUEUED]
    earlier = [p.id for p in s.store.queued() if state["buckets"].get(p.id, Bucket.REPEAT) is Bucket.REPEAT]
    drafted = {draft.paper_id for draft in state["drafts"]}
    said = s.store.latest_judgments(earlier)
    queued = [j for j in (*tonight, *(said[each] for each in earlier if each in said)) if j.paper_id not in drafted]
    papers = s.store.papers(j.paper_id for j in queued)
    return [Waiting(paper=papers[j.paper_id], judgment=j) for j in queued if j.paper_id in papers]


def _papers(s: Services, ids: Sequence[str]) -> list[Paper]:
    found = s.store.papers(ids)
    return [found[paper_id] for paper_id in ids if paper_id in found]


def _judgments(s: Services, state: State) -> list[Judgment]:
    papers = _papers(s, state["to_judge"])
    found = s.store.judgments(papers, s.judge.identity)
    return [found[paper.id] for paper in papers if paper.id in found]


@cache
def build() -> CompiledStateGraph[State, Services, State, State]:
    """Return the graph, without a checkpointer: the store is the memory. All nights share it, since it holds nothing
    of any: the services of a night come with its run.
    """
    graph = StateGraph(State, context_schema=Services)
    graph.add_node("fetch", fetch)
    graph.add_node("select", select)
    graph.add_node("judge", judge, input_schema=JudgeTask)
    graph.add_node("decide", decide)
    graph.add_node("draft", draft)
    graph.add_node("deliver", deliver)
    graph.add_edge(START, "fetch")
    graph.add_edge("fetch", "select")
    graph.add_conditional_edges("select", tasks_of_papers, ["judge", "decide", END])
    graph.add_edge("judge", "decide")
    graph.add_edge("decide", "draft")
    graph.add_edge("draft", "deliver")
    graph.add_edge("deliver", END)
    return graph.compile()


async def run(services: Services) -> State:
    """Run one night to its final state, which holds the report. Raises TriageError when nothing could be done."""
    final: State = await build().ainvoke({}, context=services)  # type: ignore[assignment]
    return final
