"""Judging by batches: every paper ends judged or failed, and is paid for once, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.core.judging import costs
from agent.core.judging.completions import Unanswered
from agent.errors import AnswerPending, ConfigError, JudgeError
from agent.judges.batches.api import BatchServer
from agent.judges.batches.judge import BatchJudge, Limits
from agent.judges.batches.submissions import Submissions
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.spending_cap import SpendingCap
from agent.records import Judgment, Paper
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import PRICES, Memory, core, judge_all, judge_at, night, questions

NIGHT = night(12)


class Killed(BaseException):
    """The process ends here."""


class MortalMemory(Memory):
    """Dies before the ``dies_at``-th writing (None: never)."""

    dies_at: int | None = None
    writings = 0

    def put(self, key: str, answer: Mapping[str, Any], /) -> None:
        self.writings += 1
        if self.writings == self.dies_at:
            raise Killed
        super().put(key, answer)


@dataclass
class Desk:
    """One state folder over several calls of the program."""

    server: OpenAIServer
    folder: Path
    memory: MortalMemory = field(default_factory=MortalMemory)
    judged: dict[str, Judgment] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    usd: Decimal = Decimal(0)
    key: str = "x"

    def judge(self, **changes: Any) -> BatchJudge:
        given: dict[str, Any] = {"prices": PRICES, "cap": SpendingCap(None), "limits": Limits(requests=5)} | changes
        where = Endpoint(base_url=self.server.base_url, api_key=SecretStr(self.key))
        return BatchJudge(questions(), self.memory, lambda papers: self.judged, where, self.folder, **given)

    async def call(self, papers: Sequence[Paper] = NIGHT, **changes: Any) -> list[str]:
        """Run once over all papers without a judgment; return the ids of those that wait."""
        judge = self.judge(**changes)
        judge.prepare([paper for paper in papers if paper.id not in self.judged])
        waiting = []
        self.failed.clear()
        for paper in papers:
            if paper.id in self.judged:
                continue
            try:
                self.judged[paper.id] = await judge.judge(paper)
            except AnswerPending:
                waiting.append(paper.id)
            except JudgeError as error:
                self.failed[paper.id] = str(error)
        self.usd += judge.usage.usd or 0
        return waiting

    async def finish(self, papers: Sequence[Paper] = NIGHT, **changes: Any) -> None:
        """Call until nothing waits."""
        for _ in range(60):
            if not await self.call(papers, **changes):
                return
        raise AssertionError("papers wait for ever")


def slow(steps: Iterable[int]) -> list[Any]:
    return [pytest.param(step, marks=pytest.mark.slow) for step in steps]


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    faults = getattr(request, "param", [])
    with OpenAIServer(NIGHT, batch_faults=faults) as server:
        yield Desk(server, tmp_path)


def paid(desk: Desk) -> Mapping[str, int]:
    return desk.server.batches.paid


async def test_the_answers_of_a_batch_give_the_judgments_of_the_live_path_at_half_the_price(desk: Desk) -> None:
    live = judge_at(desk.server)
    expected = await judge_all(live, NIGHT)
    assert await desk.call() == [paper.id for paper in NIGHT]
    assert len(desk.server.batches.batches) == 3  # five requests a file
    await desk.finish()
    assert desk.judged == expected
    assert set(paid(desk).values()) == {1}
    tokens = costs.total([live.usage])
    assert tokens.usd is not None
    assert desk.usd > 0
    assert not list((desk.folder / "batches").iterdir())


@pytest.mark.parametrize(
    ("desk", "says"),
    [
        (["expired"], "expired"),
        (["cancelled"], "cancelled"),
        (["failed"], "not parseable"),
        (["error_lines"], "status 500"),
        (["missing_lines"], "completed without an answer"),
        (["lost"], "has lost batch batch_1"),
    ],
    indirect=["desk"],
)
async def test_what_a_batch_does_not_answer_fails_with_the_reason_and_is_asked_again(desk: Desk, says: str) -> None:
    await desk.finish()
    assert desk.judged.keys() | desk.failed.keys() == {paper.id for paper in NIGHT}
    first = [reason for paper_id, reason in desk.failed.items() if paper_id in {paper.id for paper in NIGHT[:5]}]
    assert first
    assert all(says in reason for reason in first)
    before = dict(paid(desk))
    while desk.failed:
        await desk.call()
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    answered = set(before) if says != "has lost batch batch_1" else set()
    assert all(paid(desk)[paper_id] == 1 for paper_id in answered)


@pytest.mark.parametrize("desk", [["create_lost"], ["create_page"]], indirect=True)
async def test_a_batch_whose_creation_was_not_confirmed_is_found_again(desk: Desk) -> None:
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


@pytest.mark.parametrize("desk", [[None, "token_limit"]], indirect=True)
async def test_files_that_a_killed_run_left_behind_are_removed_and_no_others(desk: Desk) -> None:
    await desk.call()
    folder = desk.folder / "batches"
    waiting = set(folder.iterdir())
    for name in ("killed.part", "killed.jsonl"):
        (folder / name).touch()
    await desk.call(collects=False)
    assert waiting and set(folder.iterdir()) == waiting


async def test_what_does_not_fit_among_the_batches_that_wait_is_sent_again_later(desk: Desk) -> None:
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


@pytest.mark.parametrize("desk", [["cut"], ["page"], ["busy"]], indirect=True)
async def test_a_download_that_breaks_off_or_is_no_output_file_is_begun_again(desk: Desk) -> None:
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


async def test_batches_that_are_too_large_each_by_itself_are_sent_in_parts(desk: Desk) -> None:
    desk.server.batches.most_waiting = 4
    await desk.finish(limits=Limits(requests=6))
    # Both days whole, then their halves, of which one fits at a time.
    assert len(desk.server.batches.batches) == 2 + 4 + 3 + 2 + 1
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}
    assert not list((desk.folder / "batches").iterdir())


@pytest.mark.parametrize("step", [*range(5, 15, 2), *slow(range(6, 15, 2))])
async def test_killed_while_a_batch_is_parted_no_paper_is_paid_twice(desk: Desk, step: int) -> None:
    desk.server.batches.most_waiting = 4
    desk.memory.dies_at = step
    for _ in range(60):
        try:
            waiting = await desk.call(NIGHT[:6], limits=Limits(requests=6))
        except Killed:
            continue
        if not waiting and not desk.failed:
            break
    assert desk.judged.keys() == {paper.id for paper in NIGHT[:6]}
    assert set(paid(desk).values()) == {1}


async def test_a_batch_too_large_by_itself_is_not_held_up_by_those_of_each_new_night(desk: Desk) -> None:
    desk.server.batches.most_waiting = 4
    for calls in range(60):
        await desk.call(night(5 + calls // 3))
    assert {paper.id for paper in NIGHT[:5]} <= desk.judged.keys()
    assert set(paid(desk).values()) == {1}


async def test_a_request_too_large_by_itself_fails_with_the_reason(desk: Desk) -> None:
    desk.server.batches.most_waiting = 0
    await desk.finish(NIGHT[:2])
    assert all("Enqueued token limit" in reason for reason in desk.failed.values())
    assert desk.failed.keys() == {paper.id for paper in NIGHT[:2]}


async def test_an_answer_with_a_line_separator_in_its_text_is_one_line(desk: Desk) -> None:
    answer = core(reason="It filters.\u2028It works.\x85\u2029")
    desk.server.answers = {NIGHT[0].id: json.dumps(answer, ensure_ascii=False)}
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


async def test_a_batch_is_waited_for_when_the_key_is_one_of_another_project(desk: Desk) -> None:
    await desk.call()
    batches, files = desk.server.batches.batches, desk.server.batches.files
    desk.server.batches.batches, desk.server.batches.files, desk.key = {}, {}, "y"
    judge = desk.judge()
    judge.prepare(NIGHT)
    with pytest.raises(AnswerPending, match="use the key it was submitted with"):
        await judge.judge(NIGHT[0])
    desk.server.batches.batches, desk.server.batches.files, desk.key = batches, files, "x"
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}
    assert '"x"' not in json.dumps(desk.memory)


@pytest.mark.parametrize("desk", [["create_lost"]], indirect=True)
async def test_what_was_uploaded_with_another_key_is_not_submitted_with_this_one(desk: Desk) -> None:
    await desk.call(NIGHT[:5])
    batches, files = desk.server.batches.batches, desk.server.batches.files
    desk.server.batches.batches, desk.server.batches.files, desk.key = {}, {}, "y"
    assert len(await desk.call(NIGHT[:5])) == 5
    desk.server.batches.batches, desk.server.batches.files, desk.key = batches, files, "x"
    await desk.finish(NIGHT[:5])
    assert set(paid(desk).values()) == {1}


async def test_a_batch_at_another_address_waits_and_only_the_host_is_shown(desk: Desk) -> None:
    await desk.call(NIGHT[:5])
    where = Endpoint(base_url="http://127.0.0.1:9/v1", api_key=SecretStr("x"))
    judge = BatchJudge(
        questions(), desk.memory, lambda papers: {}, where, desk.folder, prices=PRICES, cap=SpendingCap(None)
    )
    judge.prepare([NIGHT[0]])
    host = desk.server.base_url.removesuffix("/v1")
    with pytest.raises(AnswerPending, match=f"another OPENAI_BASE_URL, on {host}$"):
        await judge.judge(NIGHT[0])


async def test_a_key_that_the_server_repeats_is_not_shown(desk: Desk) -> None:
    desk.key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
    desk.server.batches.post = lambda *_: (400, {"error": {"message": f"bad header: {desk.key}"}})  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match=r"takes no such batch \(400\): .*bad header: \*\*\*"):
        await desk.call()


def test_what_cannot_be_fetched_for_thirty_days_is_given_up(desk: Desk) -> None:
    desk.judge().prepare(NIGHT[:5])
    desk.server.batches.batches.clear()
    other = Endpoint(base_url=desk.server.base_url, api_key=SecretStr("y"))
    for days, waiting in ((29, 5), (31, 0)):
        later = datetime.now(UTC) + timedelta(days=days)
        submissions = Submissions(desk.memory, other, desk.folder, lambda later=later: later)  # type: ignore[misc]
        with closing(BatchServer(other)) as server:
            submissions.collect(server)
        assert len(submissions.waiting()) == waiting
    found = submissions.log.held(NIGHT[0], questions().identity)
    assert isinstance(found, Unanswered) and "given up after 30 days" in found.reason


async def test_an_output_file_that_is_gone_fails_its_papers_and_no_others(desk: Desk) -> None:
    await desk.call()
    batches = desk.server.batches
    for batch_id in [*batches.batches] * 4:
        batches.get(f"/v1/batches/{batch_id}", {})
    del batches.files[str(batches.batches["batch_1"].output_file_id)]
    assert not await desk.call()
    assert desk.failed.keys() == {paper.id for paper in NIGHT[:5]}
    assert all("No such File object" in reason for reason in desk.failed.values())
    assert desk.judged.keys() == {paper.id for paper in NIGHT[5:]}


@pytest.mark.parametrize("desk", [["create_down", None, None, "create_refused"]], indirect=True)
async def test_a_batch_that_the_server_refuses_to_create_fails_its_papers_and_no_others(desk: Desk) -> None:
    await desk.call()
    assert await desk.call() == [paper.id for paper in NIGHT[5:]]
    assert all("does not allow it (403)" in desk.failed[paper.id] for paper in NIGHT[:5])
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


async def test_a_key_that_is_refused_is_said_after_all_batches_were_asked_about(desk: Desk) -> None:
    await desk.call()
    refused = desk.server.batches.batches
    answer, asked = desk.server.batches.get, []

    def refuse_one(path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        asked.append(path)
        return (403, {"error": {"message": "no"}}) if path.endswith(next(iter(refused))) else answer(path, query)

    desk.server.batches.get = refuse_one  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match="check OPENAI_API_KEY"):
        await desk.call()
    assert [path.rpartition("/")[2] for path in asked] == list(refused)


@pytest.mark.parametrize(
    "page", [b"<html>sign in</html>", b"sign in", b"null", b"{}", b"[]", b'{"id": ' + b"9" * 5000 + b"}"]
)
async def test_a_gateway_that_answers_for_the_server_costs_nothing(desk: Desk, page: bytes) -> None:
    desk.server.batches.page = page
    with pytest.raises(ConfigError, match="is no answer about a batch"):
        await desk.call()
    desk.server.batches.page = None
    await desk.call()
    desk.server.batches.page = page
    judge = desk.judge()
    judge.prepare(NIGHT)
    with pytest.raises(AnswerPending, match="is no answer about a batch"):
        await judge.judge(NIGHT[0])
    desk.server.batches.page = None
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


@pytest.mark.parametrize("desk", [[], ["expired", None, "error_lines"]], indirect=True)
@pytest.mark.parametrize("step", [1, 3, 6, 13, 31, *slow((2, 5, 11, 20, 37, 49))])
async def test_killed_at_any_writing_no_paper_is_paid_twice(desk: Desk, step: int) -> None:
    desk.memory.dies_at = step
    for _ in range(40):
        try:
            waiting = await desk.call()
        except Killed:
            continue
        if not waiting and not desk.failed:
            break
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert set(paid(desk).values()) == {1}


async def test_the_worst_case_of_a_batch_is_reserved_before_it_is_submitted(desk: Desk) -> None:
    asked = questions()
    price = costs.batch_prices(PRICES)["gpt-6-luna"]
    worst = [costs.most_usage(asked.messages(p), asked.max_output, asked.schema).cost(price) for p in NIGHT]
    cap = SpendingCap(sum(worst[:7], Decimal(0)))
    waiting = await desk.call(cap=cap)
    assert len(waiting) == 7
    assert all("cost cap" in reason for reason in desk.failed.values())
    assert sum(len(file.splitlines()) for file in desk.server.batches.files.values()) == 7
    assert cap.limit is not None
    assert cap.spent <= cap.limit


async def test_an_answer_that_is_stored_already_is_not_asked_for_again(desk: Desk) -> None:
    await judge_all(judge_at(desk.server, desk.memory), NIGHT[:4])
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}
    assert paid(desk).keys() == {paper.id for paper in NIGHT[4:]}


async def test_an_answer_that_was_repaired_live_is_not_asked_for_again(desk: Desk) -> None:
    desk.server.faults = [Fault("wrong_enum")]
    expected = await judge_all(judge_at(desk.server, desk.memory), NIGHT[:1])
    assert not await desk.call(NIGHT[:1])
    assert desk.judged == expected
    assert not desk.server.batches.batches


async def test_a_malformed_answer_gets_no_repair_and_the_next_batch_asks_anew(desk: Desk) -> None:
    desk.server.answers = {NIGHT[0].id: "core, I think"}
    await desk.finish()
    assert "no repair round" in desk.failed[NIGHT[0].id]
    desk.server.answers = {}
    await desk.call()
    await desk.finish()
    assert desk.judged.keys() == {paper.id for paper in NIGHT}


async def test_a_paper_that_a_filter_refuses_in_three_batches_waits_for_a_person(desk: Desk) -> None:
    finish = desk.server.batches.keep
    words = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."

    def refuse_first(rows: list[dict[str, Any]]) -> str | None:
        refused = {"status_code": 400, "body": {"error": {"message": words, "code": "content_filter"}}}
        return finish([row | {"response": refused} if row["custom_id"] == NIGHT[0].id else row for row in rows])

    desk.server.batches.keep = refuse_first  # type: ignore[method-assign]
    for _ in range(2):
        await desk.finish(NIGHT[:2])
        assert "status 400: The response was filtered" in desk.failed[NIGHT[0].id]
    await desk.finish(NIGHT[:2])
    assert not desk.failed
    assert str(desk.judged[NIGHT[0].id].unsure).startswith("not judged in 3 runs: the batch line has status 400")


async def test_a_server_without_batches_is_said_to_have_none(desk: Desk) -> None:
    where = Endpoint(base_url=desk.server.base_url.removesuffix("/v1") + "/v2", api_key=SecretStr("x"))
    judge = BatchJudge(
        questions(), desk.memory, lambda papers: {}, where, desk.folder, prices=PRICES, cap=SpendingCap(None)
    )
    with pytest.raises(ConfigError, match="run without --batch"):
        judge.prepare(NIGHT)
    assert not list((desk.folder / "batches").iterdir())
