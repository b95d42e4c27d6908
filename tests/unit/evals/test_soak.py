"""A few simulated nights through the whole program, and that each invariant of a soak can fail."""

from __future__ import annotations

import pytest

from evals.benchmarks.soak.invariants import Kept, RunLedger, growth_violations, violations
from evals.benchmarks.soak.nights import SoakNight, SoakPlan, soak

BASE = "## Watering\n* **[An Old Paper](https://arxiv.org/abs/2401.00011)**\n"
LINE = "* **[A New Paper](https://arxiv.org/abs/2502.03001)**\n"
NEW = "2502.03001"
DAY = "2025-02-03"


def test_five_nights_with_faults_and_a_reviewer_break_no_invariant() -> None:
    nights, rows = 5, list[SoakNight]()
    result = soak(SoakPlan(nights=nights, seed=3, papers=5, kill_share=0.2, latency=0.0), rows.append)
    assert [row.violations for row in rows] == [[]] * nights
    assert result["faults"] > nights and result["announced"] > 2 * nights and result["runs"] >= nights


def ledger(**changes: object) -> RunLedger:
    made = RunLedger(base=BASE, announced={NEW: (DAY, ["cs.RO"])})
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def found(truth: RunLedger, kept: Kept, *, main: str = BASE, branches: tuple[str, ...] = ()) -> list[str]:
    named = {f"branch-{number}": text for number, text in enumerate(branches)}
    world = {"main": main, "branches": named, "pulls": list(named)}
    return list(violations(truth, kept, world, delivered=True, concurrency=1))


def test_a_quiet_world_breaks_nothing() -> None:
    kept = Kept(outcomes=[("1", NEW, "drafted"), ("2", NEW, "repeat")], coverage=[(DAY, "cs.RO", True)])
    assert found(ledger(), kept, branches=(BASE + LINE,)) == []


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (Kept(outcomes=[("1", NEW, "drafted"), ("2", NEW, "queued")]), "bucket of the judged 2 times"),
        (Kept(outcomes=[("1", "2502.03009", "failed")]), "was never announced"),
        (Kept(outcomes=[("1", NEW, "repeat")]), "never judged"),
        (Kept(drafts=[("1", NEW), ("2", NEW)]), "was drafted 2 times"),
        (Kept(coverage=[(DAY, "cs.RO", True)]), "is called complete"),
    ],
)
def test_what_the_program_keeps_is_compared_with_the_world(kept: Kept, words: str) -> None:
    [problem] = found(ledger(), kept)
    assert words in problem


@pytest.mark.parametrize(
    ("main", "branches", "words"),
    [
        (BASE.replace("Old", "Odd"), (), "is not the list as it was"),
        (BASE + LINE, (), "against what was merged"),
        (BASE, (BASE + LINE + LINE,), "has a paper twice"),
        (BASE, ("",), "changes a line that no draft is"),
        (BASE, (BASE, BASE), "2 pull requests"),
    ],
)
def test_every_line_of_the_list_is_accounted_for(main: str, branches: tuple[str, ...], words: str) -> None:
    [problem] = found(ledger(), Kept(), main=main, branches=branches)
    assert words in problem


def test_a_refused_paper_on_the_branch_is_a_violation() -> None:
    [problem] = found(ledger(refused={NEW}), Kept(), branches=(BASE + LINE,))
    assert "after a refusal" in problem


def test_a_paper_may_be_paid_again_only_after_a_kill_in_which_it_was_asked() -> None:
    truth = ledger()
    truth.note_answers([(NEW, "answer")], killed=True)
    truth.note_answers([(NEW, "answer")], killed=False)
    assert found(truth, Kept()) == []
    truth.note_answers([(NEW, "answer")], killed=False)
    [problem] = found(truth, Kept())
    assert "was paid 3 times" in problem


def test_a_kill_costs_no_more_than_what_was_in_flight() -> None:
    both = [(NEW, "answer"), ("2502.03002", "answer")]
    truth = ledger()
    truth.note_answers(both, killed=True)
    truth.note_answers(both, killed=False)
    [problem] = found(truth, Kept())
    assert "2 papers were paid again" in problem


def test_a_state_or_a_memory_that_grows_faster_and_faster_is_a_violation() -> None:
    assert list(growth_violations(60, (20_000, 25_000), (210.0, 225.0))) == []
    assert list(growth_violations(4, (1, 9), (1.0, 9.0))) == [], "too few nights"
    assert len(list(growth_violations(60, (20_000, 45_000), (210.0, 290.0)))) == 2
