"""The memory: its lock dies with its process, and it gives back what it was given."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.core.night.report import build_report
from agent.database.review_steps import PaperState
from agent.database.store import FILE, Store, open_store
from agent.errors import ConfigError, DiskFullError, StateError, TriageError
from agent.judges.stored import StoredJudge
from agent.records import (
    Bucket,
    ByHand,
    Coverage,
    DayCoverage,
    Decision,
    DecisionKind,
    Draft,
    Failure,
    JudgeIdentity,
    RunReport,
    Usage,
    Window,
)
from tests.conftest import ROOT
from tests.support.decision_log import read_log
from tests.support.fakes import IDENTITY, NIGHT, judgment, paper

NOON = datetime(2025, 11, 13, 12, tzinfo=UTC)
HOLDER = """
import sys, time
from pathlib import Path
from agent.database.store import open_store
with open_store(Path(sys.argv[1]), exclusive=True):
    print("held", flush=True)
    sys.stdin.read()
"""


def draft(paper_id: str, section: str = "1.1") -> Draft:
    entry = f"* [{paper_id}](https://arxiv.org/abs/{paper_id})"
    return Draft(paper_id=paper_id, title="T", section=section, score=0.9, entry=entry, announced=NIGHT, judge=IDENTITY)


def finish(store: Store, hour: int, buckets: dict[str, Bucket], *coverage: Coverage, **fields: object) -> RunReport:
    """Store a finished run that drafted what its buckets say; ``fields`` of its report are replaced."""
    report = build_report(
        run_id=f"run-{hour:02}",
        source="scripted",
        judge=IDENTITY,
        window=Window(),
        buckets=buckets,
        drafts=[draft(paper_id) for paper_id, bucket in buckets.items() if bucket is Bucket.DRAFTED],
        coverage=coverage,
        failures=(),
        notes=(),
        cost=Usage(),
    ).model_copy(update=fields)
    store.finish_run(report, buckets, coverage, NOON + timedelta(hours=hour))
    return report


def test_a_folder_has_one_run_at_a_time_and_is_free_again_when_that_was_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigError, match="in use by another run"), open_store(tmp_path, exclusive=True):
            pass
        with open_store(tmp_path, exclusive=False) as store:
            assert store.runs(1) == ()
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    with open_store(tmp_path, exclusive=True) as store:
        assert store.runs(1) == ()


def test_a_file_that_is_no_database_is_a_designed_error_and_stays_as_it_was(tmp_path: Path) -> None:
    damaged = tmp_path / "triage.sqlite3"
    damaged.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    before = damaged.read_bytes()
    with (
        pytest.raises(ConfigError, match=r"triage\.sqlite3: file is not a database"),
        open_store(tmp_path, exclusive=True),
    ):
        pass
    assert damaged.read_bytes() == before


def test_a_database_that_is_damaged_further_in_is_the_same_error(tmp_path: Path) -> None:
    with open_store(tmp_path, exclusive=True) as store:
        store.save_papers(paper(f"2511.{n:05}") for n in range(200))
    file = tmp_path / "triage.sqlite3"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with (
        pytest.raises(ConfigError, match="malformed; put a backup in its place, or move it away"),
        open_store(tmp_path, exclusive=False) as store,
    ):
        store.paper("2511.00150")


@pytest.mark.parametrize(
    ("code", "exclusive", "expected", "said"),
    [
        (sqlite3.SQLITE_BUSY, False, ConfigError, "another program keeps it to itself"),
        (sqlite3.SQLITE_BUSY, True, StateError, "wait for that, or end it; what was done so far is kept, run again"),
        (sqlite3.SQLITE_READONLY_DBMOVED, True, StateError, "make the file and its folder writable"),
        (sqlite3.SQLITE_IOERR_WRITE, True, StateError, "check the disk"),
        (sqlite3.SQLITE_FULL, True, DiskFullError, "make room"),
        (sqlite3.SQLITE_CORRUPT, True, StateError, "move it away to begin anew"),
    ],
)
def test_what_a_database_refuses_in_the_middle_has_a_remedy_of_its_own(
    tmp_path: Path, code: int, exclusive: bool, expected: type[TriageError], said: str
) -> None:
    refused = sqlite3.OperationalError("as SQLite says it")
    refused.sqlite_errorcode = code
    with pytest.raises(expected, match=said), open_store(tmp_path, exclusive=exclusive):
        raise OperationalError("INSERT", {}, refused)


def test_a_database_that_is_locked_or_read_only_is_not_told_to_be_moved_away(tmp_path: Path) -> None:
    for pragma in ("PRAGMA query_only = ON", "PRAGMA busy_timeout = 0"):
        with (
            pytest.raises(StateError, match=r"(readonly|locked).*run again") as caught,
            open_store(tmp_path, exclusive=True) as store,
            closing(sqlite3.connect(tmp_path / FILE)) as other,
        ):
            with store.engine.connect() as connection:
                connection.exec_driver_sql(pragma)
            other.execute("INSERT INTO background (list_id, id, paper) VALUES ('', 'x', '')")
            store.save_papers([paper("2511.00001")])
        assert "move it" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_a_designed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--state"), open_store(tmp_path / "file" / "state", exclusive=True):
        pass


def test_a_paper_is_kept_as_last_read_but_with_the_day_it_was_first_announced(store: Store) -> None:
    store.save_papers([paper("2511.00001")])
    store.save_papers([paper("2511.00001", title="Better", version=2, announced=date(2025, 11, 20))])
    assert store.paper("2511.00001") == paper("2511.00001", title="Better", version=2)
    assert store.paper("2511.00002") is None


def test_a_judgment_belongs_to_a_version_and_a_judge(store: Store) -> None:
    one, other = paper("2511.00001"), IDENTITY.model_copy(update={"prompt": "judge/v2@0"})
    store.save_judgments([(one, judgment(one.id, 0.9))])
    assert store.judgments([one], IDENTITY) == {one.id: judgment(one.id, 0.9)}
    assert store.judgments([one], other) == {}
    assert store.judgments([one.model_copy(update={"version": 2})], IDENTITY) == {}
    store.save_judgments([(one, judgment(one.id, 0.2, judge=other))])
    assert store.latest_judgment(one.id) == judgment(one.id, 0.2, judge=other)
    assert store.latest_judgments([one.id, "2511.99999"]) == {one.id: judgment(one.id, 0.2, judge=other)}


def test_the_last_of_several_judgments_of_a_paper_is_the_latest(store: Store) -> None:
    said = [(paper(name), judgment(name, score)) for name, score in (("a", 0.1), ("b", 0.2), ("a", 0.3))]
    store.save_judgments([said[1], said[0]])
    store.save_judgments(said[1:])
    assert store.latest_judgments(["a", "b"]) == {"a": said[2][1], "b": said[1][1]}
    store.save_judgments([])


def test_what_a_backfill_repeats_of_several_judges_is_no_judgment_of_a_model(store: Store) -> None:
    ours, theirs = paper("2511.00001"), paper("2511.00002")
    local = JudgeIdentity(name="local", model="learned-1", prompt="-", taxonomy="t")
    said = {ours.id: judgment(ours.id, judge=local), theirs.id: judgment(theirs.id)}
    store.save_judgments([(ours, said[ours.id]), (theirs, said[theirs.id])])
    repeating = StoredJudge(said)
    for one in (ours, theirs):
        store.save_judgments([(one, asyncio.run(repeating.judge(one)))])
    assert [(each.paper_id, each.judge) for each in store.judgments_of_models()] == [(theirs.id, IDENTITY)]


def test_raw_answers_come_back_by_their_key(store: Store) -> None:
    store.put("key", {"content": "é", "usage": {"calls": 1}})
    assert store.get("key") == {"content": "é", "usage": {"calls": 1}}
    assert store.get("other") is None


def test_many_raw_answers_are_written_and_read_together(store: Store) -> None:
    store.put_all({f"key {n}": {"n": n} for n in range(1200)})
    store.put_all({"key 1": {"n": "new"}})
    store.put_all({})
    assert store.get_all(["key 0", "key 1", "key 1199", "other"]) == {
        "key 0": {"n": 0},
        "key 1": {"n": "new"},
        "key 1199": {"n": 1199},
    }
    assert len(store.get_all(f"key {n}" for n in range(1300))) == 1200


def test_the_latest_outcome_is_the_last_that_a_judge_gave(store: Store) -> None:
    finish(store, 2, {"a": Bucket.QUEUED, "b": Bucket.FAILED, "c": Bucket.REJECTED, "d": Bucket.FAILED})
    finish(store, 1, {"a": Bucket.REJECTED, "b": Bucket.QUEUED})
    finish(store, 3, {"a": Bucket.REPEAT, "c": Bucket.KNOWN, "d": Bucket.KNOWN, "e": Bucket.OFF_CATEGORY})
    assert store.latest_outcomes() == {"a": Bucket.QUEUED, "b": Bucket.FAILED, "c": Bucket.REJECTED}
    assert store.latest_outcomes(["a", "d", "x"]) == {"a": Bucket.QUEUED}
    assert store.undecided({Bucket.FAILED}) == ("b",)


def test_a_paper_in_a_batch_waits_until_it_is_judged_listed_drafted_or_off_category(store: Store) -> None:
    finish(store, 1, dict.fromkeys(["a", "b", "c", "d", "e"], Bucket.BATCHED) | {"e": Bucket.DRAFTED})
    finish(store, 2, {"a": Bucket.REPEAT, "b": Bucket.KNOWN, "c": Bucket.OFF_CATEGORY, "e": Bucket.BATCHED})
    assert store.batched() == ("a", "d")
    finish(store, 3, {"d": Bucket.REJECTED})
    assert store.latest_outcomes() == {"a": Bucket.BATCHED, "d": Bucket.REJECTED}


def test_runs_come_back_the_newest_first(store: Store) -> None:
    first, second = finish(store, 1, {}), finish(store, 2, {"a": Bucket.DRAFTED})
    assert store.runs(9) == ((NOON + timedelta(hours=2), second), (NOON + timedelta(hours=1), first))
    assert len(store.runs(1)) == 1


def test_the_last_delivery_is_known_however_many_runs_delivered_nothing_since(store: Store) -> None:
    assert store.last_delivered() is None
    finish(store, 1, {}, patch="a.patch")
    finish(store, 2, {}, pr_url="https://github.com/a/b/pull/1")
    for hour in range(3, 60):  # of a backfill
        finish(store, hour, {}, notes=('{"patch":"no"}',))
    found = store.last_delivered()
    assert found is not None and found.pr_url == "https://github.com/a/b/pull/1"


def test_the_report_of_a_run_is_kept_whole_for_ninety_days(store: Store) -> None:
    many = {f"2511.{number:05}": Bucket.DRAFTED for number in range(20)}
    first = finish(store, 0, many)
    second = finish(store, 1, {"a": Bucket.DRAFTED})
    finish(store, 90 * 24, {})
    assert [report for _, report in store.runs(9)][1:] == [second, first]
    finish(store, 90 * 24 + 2, {})
    [newest, _, still, old] = [report for _, report in store.runs(9)]
    assert (newest.listed, still) == (0, second)
    assert old == first.model_copy(update={"drafts": ()}) and old.buckets[Bucket.DRAFTED] == 20
    assert (set(store.drafted()), store.drafts_of("run-00")) == ({*many, "a"}, first.drafts)


def test_a_run_is_stored_wholly_or_not_at_all(store: Store) -> None:
    report = finish(store, 1, {"a": Bucket.DRAFTED})
    row = Coverage(day=NIGHT, category="cs.CL", source="rss", listed=1, complete=True)
    with pytest.raises(IntegrityError):
        store.finish_run(report, {"b": Bucket.FAILED}, [row], NOON)
    assert (store.coverage(NIGHT), set(store.latest_outcomes())) == ((), {"a"})


def test_a_shortened_report_still_tells_that_a_night_was_partial(store: Store) -> None:
    finish(store, 0, dict.fromkeys(map(str, range(20)), Bucket.DRAFTED))
    [(_, report)] = store.runs(1)
    day = DayCoverage(day=NIGHT, category="cs.CL", listed=1, complete=False, reason="cut")
    partial = {
        "one": {"failures": (Failure(paper_id="a", reason="long " * 500),)},
        "three": {"by_hand": (ByHand(paper_id="a", leaf="1.1", entry="long " * 500, reason="none"),)},
        "two": {"coverage": (day, day.model_copy(update={"complete": True})), "notes": ("long " * 500,)},
    }
    for name, missing in partial.items():
        changed = report.model_copy(update={"run_id": f"night-{name}", "drafts": (), **missing})
        store.finish_run(changed, {}, (), NOON)
    finish(store, 91 * 24, {})
    short = store.reports_of("night-")
    assert [each.partial for each in short] == [True] * 3
    assert (short[0].failures, short[2].coverage, short[2].notes) == ((Failure(paper_id="a", reason=""),), (day,), ())


def test_decisions_come_back_as_they_were_made_and_can_be_taken_back(store: Store) -> None:
    finish(store, 1, dict.fromkeys(["a", "b", "c", "d"], Bucket.DRAFTED))
    made = [
        Decision(paper_id="b", kind=DecisionKind.MOVED, section="1.2", by="editor", note="/triage move by editor"),
        Decision(paper_id="a", kind=DecisionKind.REJECTED, note="the line was removed"),
        Decision(paper_id="c", kind=DecisionKind.ACCEPTED, section="1.1"),
    ]
    for minute, decision in enumerate(made):
        store.decide(decision, NOON + timedelta(minutes=minute))
    assert store.decisions() == tuple((draft(each.paper_id), each) for each in made)
    assert [each.paper_id for each in store.open_drafts()] == ["d"]
    assert {each.paper_id for each in store.changeable_drafts()} == {"a", "b", "d"}
    assert store.drafted() == {"a", "b", "c", "d"}
    store.decide(Decision(paper_id="b", kind=DecisionKind.UNDECIDED), NOON, instead_of=made[0])
    store.reopen(["a"], NOON)
    assert [each.paper_id for each in store.open_drafts()] == ["a", "b", "d"]


def test_a_decision_that_a_reviewer_replaced_meanwhile_is_not_overwritten(store: Store) -> None:
    finish(store, 1, dict.fromkeys(["a"], Bucket.DRAFTED))
    read = Decision(paper_id="a", kind=DecisionKind.ACCEPTED, section="1.1", by="ann", unlisted=True)
    refused = Decision(paper_id="a", kind=DecisionKind.REJECTED, by="ann")
    store.take_step("a", PaperState(draft=draft("a"), decision=read), "ann", NOON)
    store.take_step("a", PaperState(draft=draft("a"), decision=refused), "ann", NOON)
    store.decide(read.model_copy(update={"unlisted": False}), NOON, instead_of=read)
    store.decide(read, NOON)
    assert [decision for _, decision in store.decisions()] == [refused]
    assert [row.kind for row in read_log(store)] == ["accepted", "rejected"]


def test_the_queue_loses_what_is_drafted_or_dismissed_and_gets_it_back_when_recalled(store: Store) -> None:
    ids = ["2511.00001", "2511.00002", "2511.00003"]
    store.save_papers(map(paper, ids))
    finish(store, 1, dict.fromkeys(ids, Bucket.QUEUED))
    store.take_step(ids[0], PaperState(draft=draft(ids[0])), "ann", NOON)
    store.take_step(ids[1], PaperState(dismissed=True), "ann", NOON)
    assert [each.id for each in store.queued()] == [ids[2]]
    step = store.last_step("ann")
    assert step is not None
    store.undo_step(step, NOON)
    assert [each.id for each in store.queued()] == [ids[2], ids[1]]


def test_coverage_comes_back_from_a_day_on(store: Store) -> None:
    rows = [
        Coverage(day=NIGHT + timedelta(days=n), category="cs.CL", source="rss", listed=n, complete=True)
        for n in range(3)
    ]
    finish(store, 1, {}, *rows)
    assert store.coverage(NIGHT + timedelta(days=1)) == tuple(rows[1:])


def test_two_lists_in_one_database_know_nothing_of_each_other(engine: Engine, tmp_path: Path) -> None:
    one, other = (Store(tmp_path, engine, name) for name in ("gardens", "kitchens"))
    for store, title in ((one, "One"), (other, "Other")):
        store.save_papers([paper("a", title=title), paper("b")])
        store.save_judgments([(paper("a"), judgment("a", 0.9))])
        finish(store, 1, {"a": Bucket.DRAFTED, "b": Bucket.QUEUED})
        store.put("key", {"title": title})
        store.save_arxiv_answers({"a": paper("a", title=title), "b": None})
    one.decide(Decision(paper_id="a", kind=DecisionKind.REJECTED), NOON)
    one.take_step("b", PaperState(dismissed=True), "ann", NOON)
    assert [row.kind for row in read_log(one)] == ["rejected", "dismissed"]
    assert (read_log(other), other.unpublished(), other.last_step("ann")) == ([], (), None)
    assert (one.queued(), [each.id for each in other.queued()]) == ((), ["b"])
    assert [each.paper_id for each in other.open_drafts()] == ["a"]
    assert other.arxiv_answers(["a", "b", "c"]) == {"a": paper("a", title="Other"), "b": None}
    assert (one.get("key"), other.get("key")) == ({"title": "One"}, {"title": "Other"})
    assert [(len(each.decisions()), len(each.drafted())) for each in (one, other)] == [(1, 1), (0, 1)]


def test_every_decision_is_logged_in_its_order_and_only_if_it_changed_something(store: Store) -> None:
    finish(store, 1, dict.fromkeys(["a"], Bucket.DRAFTED))
    store.decide(Decision(paper_id="a", kind=DecisionKind.REJECTED, by="editor", note="no"), NOON)
    store.decide(Decision(paper_id="unknown", kind=DecisionKind.REJECTED), NOON)
    store.reopen(["a", "unknown"], NOON + timedelta(hours=1))
    made = [(row.paper_id, row.kind, row.section, row.note, row.by) for row in read_log(store)]
    assert made == [
        ("a", "rejected", None, "no", "editor"),
        ("a", "reopened", None, "", None),
    ]
    assert read_log(store)[-1].decided_at == NOON + timedelta(hours=1)


def test_what_the_first_runs_judged_comes_first_and_stays_the_same(store: Store) -> None:
    store.save_papers([paper(each) for each in ("late", "off", "old", "twice")])
    finish(store, 3, {"late": Bucket.QUEUED, "twice": Bucket.DRAFTED})
    finish(store, 1, {"twice": Bucket.REJECTED, "old": Bucket.REJECTED, "off": Bucket.OFF_CATEGORY})
    assert [each.id for each in store.first_judged(2)] == ["old", "twice"]
    assert [each.id for each in store.first_judged(9)] == ["late", "old", "twice"]
