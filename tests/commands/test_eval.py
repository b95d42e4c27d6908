"""``triage eval``: judge elsewhere and bring the answers back, compare, and every bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.sources.files.records import read_summaries
from tests.conftest import ROOT
from tests.replicas.openai_answers import plain_answer
from tests.replicas.openai_server import OpenAIServer
from tests.support.cli import Commands

LABEL = {"id": "2511.90001", "grade": 3, "primary": "water", "secondary": []}


@pytest.fixture
def gardens(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "tests" / "fixtures" / "gardens", tmp_path / "garden")
    return tmp_path / "garden" / "triage.toml"


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answer(line: dict[str, Any]) -> dict[str, Any]:
    """Return the line of Batch output that answers one line of Batch input."""
    content = json.dumps(plain_answer(line["custom_id"], line["body"]))
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    body = {"model": line["body"]["model"], "choices": [choice]}
    return {"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}}


def figures(result: dict[str, Any]) -> dict[str, Any]:
    return {part: result[part] for part in ("placement", "relevance", "failed")}


def test_answers_from_elsewhere_give_the_figures_of_the_live_path(
    triage: Commands, gardens: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    labels = lines(tmp_path / "l.jsonl", [LABEL, LABEL | {"id": "2511.90003", "grade": 0, "primary": None}])
    on = ("--config", gardens, "--night", gardens.parent / "night.jsonl", "--labels", labels)
    asked = triage("eval", "--judge", "openai", *on, "--requests", tmp_path / "q.jsonl", "--json")
    assert asked.code == 0
    requests = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    ids = {line["body"]["messages"][-1]["content"]: line["custom_id"] for line in requests}
    assert len(ids) == len(requests)

    # The live server finds a paper by its whole prompt, so its answers are those of the file, paper by paper; the live
    # path asks about the list's own papers, too.
    def scripted(_: str, body: Any) -> dict[str, Any]:
        return plain_answer(ids.get(body["messages"][-1]["content"], "a listed paper"), body)

    with OpenAIServer(answers=scripted) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        live = triage("eval", "--judge", "openai", *on, "--json", state=tmp_path / "live")
    monkeypatch.delenv("OPENAI_BASE_URL")
    answers = lines(tmp_path / "a.jsonl", [answer(line) for line in reversed(requests)])
    back = triage("eval", "--judge", "openai", *on, "--answers", answers, "--json")
    # What is asked for elsewhere is the night alone: the catalog's papers would be paid for, too.
    assert set(ids.values()) == {"2511.90001", "2511.90003"} and back.json["placement"] is None
    assert figures(back.json)["relevance"] == figures(live.json)["relevance"]
    assert (live.json["failed"], back.json["failed"]) == (0, 0)
    some = lines(tmp_path / "some.jsonl", [answer(line) for line in requests[1:]])
    short = triage("eval", "--judge", "openai", *on, "--answers", some, "--json")
    assert (short.code, short.json["failed"]) == (4, 1)
    assert short.json["relevance"]["n"] == back.json["relevance"]["n"]


def test_a_report_of_answers_from_elsewhere_holds_what_was_asked_and_no_night_besides(
    triage: Commands, gardens: Path, tmp_path: Path
) -> None:
    (gardens.parent / "data" / "labels").mkdir(parents=True)
    shutil.copy(gardens.parent / "night.jsonl", gardens.parent / "data" / "sample_listing.jsonl")
    lines(gardens.parent / "data" / "labels" / "night.jsonl", [LABEL])
    on = ("eval", "--judge", "openai", "--config", gardens)
    triage(*on, "--requests", tmp_path / "q.jsonl")
    answers = [answer(json.loads(line)) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    back = triage(*on, "--answers", lines(tmp_path / "a.jsonl", answers), "--report", tmp_path / "out", "--json")
    assert (back.json["failed"], back.json["relevance"]) == (0, None)
    own = triage("eval", "--judge", "local", "--config", gardens, "--report", tmp_path / "out", "--json")
    assert own.json["relevance"]["n"] == 1


def test_a_dry_run_says_what_asking_would_take_and_asks_nobody(triage: Commands, gardens: Path, tmp_path: Path) -> None:
    labels = lines(tmp_path / "l.jsonl", [LABEL])
    on = ("--config", gardens, "--night", gardens.parent / "night.jsonl", "--labels", labels)
    found = triage("eval", "--judge", "openai", *on, "--dry-run", "--json").json
    triage("eval", "--judge", "openai", *on, "--requests", tmp_path / "q.jsonl")
    assert found["papers"] >= len((tmp_path / "q.jsonl").read_text().splitlines()) > 0
    assert found["usage"]["output_tokens"] == 500 * found["papers"]
    assert 0 < float(found["usage"]["usd"]) < float(found["worst_usd"])
    assert triage("eval", "--judge", "local", *on, "--dry-run", "--json").json["papers"] == 0


def test_a_comparison_says_when_there_is_no_evidence_of_a_difference(
    triage: Commands, gardens: Path, tmp_path: Path
) -> None:
    first = triage("eval", "--judge", "local", "--config", gardens, "--json")
    (tmp_path / "old.json").write_text(first.out)
    ended = triage("eval", "--judge", "local", "--config", gardens, "--compare", tmp_path / "old.json", "--json")
    assert (ended.code, ended.json["comparison"]["verdict"]) == (0, "no evidence of a difference")


def test_a_comparison_in_words_says_how_many_papers_it_is_of(triage: Commands, gardens: Path, tmp_path: Path) -> None:
    on = ("eval", "--judge", "local", "--config", gardens)
    old = json.loads(triage(*on, "--json").out)
    del old["placement"]["items"][0]
    (tmp_path / "old.json").write_text(json.dumps(old))
    said = triage(*on, "--compare", tmp_path / "old.json").out
    assert f"placement: {len(old['placement']['items'])} papers judged by both, 1 by one alone" in said


def test_a_comparison_of_other_texts_says_so(triage: Commands, gardens: Path, tmp_path: Path) -> None:
    row = {"key": "a", "title": "Robots", "abstract": "We water plants.", "section_ids": ["water"]}
    on = ("eval", "--judge", "local", "--config", gardens, "--entries")
    old, new = lines(tmp_path / "old", [row]), lines(tmp_path / "new", [row | {"abstract": "Sensors measure soil."}])
    (tmp_path / "old.json").write_text(triage(*on, old, "--json").out)
    same, other = (triage(*on, entries, "--compare", tmp_path / "old.json").out for entries in (old, new))
    assert ("are not the same" in same, "are not the same" in other) == (False, True)


def test_what_cannot_be_compared_or_written_is_refused_before_a_model_is_asked(
    triage: Commands, gardens: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {"key": "a", "title": "Robots", "abstract": "We water.", "section_ids": ["water"]}
    other = triage("eval", "--judge", "local", "--config", gardens, "--entries", lines(tmp_path / "e", [row]), "--json")
    (tmp_path / "other.json").write_text(other.out)
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        for option, path in (("--compare", "other.json"), ("--report", "other.json/page")):
            ended = triage("eval", "--judge", "openai", "--config", gardens, option, tmp_path / path)
            assert (ended.code, option in ended.line) == (2, True)
        assert not server.calls


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_page_that_cannot_be_written_after_all_does_not_hide_the_result(
    triage: Commands, gardens: Path, tmp_path: Path
) -> None:
    (tmp_path / "report.html").symlink_to("/dev/full")
    ended = triage("eval", "--judge", "local", "--config", gardens, "--report", tmp_path, "--json")
    assert (ended.code, ended.json["placement"]["n"] > 0, "--report" in ended.line) == (4, True, True)


def test_entries_of_one_s_own_are_placed_instead_of_the_catalog_s(
    triage: Commands, gardens: Path, tmp_path: Path
) -> None:
    row = {
        "key": "a",
        "title": "Watering robots",
        "abstract": "We water plants by drip irrigation.",
        "section_ids": ["water"],
    }
    ended = triage("eval", "--judge", "local", "--config", gardens, "--entries", lines(tmp_path / "e", [row]), "--json")
    assert ended.json["placement"]["n"] == 1
    assert ended.json["placement"]["items"][0]["key"] == "a"
    assert ended.json["relevance"] is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no label"),
        ([LABEL | {"primary": "roof"}], "roof"),
        ([LABEL | {"id": "2511.99999"}], "none of the"),
        ([LABEL | {"grade": 7}], "grade"),
    ],
    ids=["empty", "unknown leaf", "no paper labelled", "bad grade"],
)
def test_bad_labels_are_one_line_and_exit_2(
    triage: Commands, gardens: Path, tmp_path: Path, rows: list[Any], said: str
) -> None:
    labels = lines(tmp_path / "l.jsonl", rows)
    night = gardens.parent / "night.jsonl"
    ended = triage("eval", "--judge", "local", "--config", gardens, "--night", night, "--labels", labels)
    assert (ended.code, said in ended.line) == (2, True)


def test_labels_that_match_in_part_are_counted_and_used(triage: Commands, gardens: Path, tmp_path: Path) -> None:
    labels = lines(tmp_path / "l.jsonl", [LABEL, LABEL | {"id": "2511.99999"}])
    night = gardens.parent / "night.jsonl"
    ended = triage("eval", "--judge", "local", "--config", gardens, "--night", night, "--labels", labels, "--json")
    assert ended.json["relevance"]["n"] == 1


def test_the_tables_come_with_how_many_failed_and_what_was_not_counted(
    triage: Commands, gardens: Path, tmp_path: Path
) -> None:
    labels = lines(tmp_path / "l.jsonl", [LABEL, LABEL | {"id": "2511.99999"}])
    on = ("eval", "--config", gardens, "--night", gardens.parent / "night.jsonl", "--labels", labels)
    nobody = lines(tmp_path / "a.jsonl", [{"custom_id": "2511.99999"}])
    ended = triage(*on, "--judge", "openai", "--answers", nobody)
    assert (ended.code, "1 judgments failed" in ended.out) == (4, True)
    judged = triage(*on, "--judge", "local")
    assert "failed" not in judged.out
    assert "not counted: 6 papers without a label, 1 labels without a paper" in judged.out


def test_a_report_leaves_out_a_sample_that_the_lists_labels_are_not_of(
    triage: Commands, gardens: Path, tmp_path: Path
) -> None:
    (gardens.parent / "data" / "labels").mkdir()
    shutil.copy(gardens.parent / "night.jsonl", gardens.parent / "data" / "sample_listing.jsonl")
    lines(gardens.parent / "data" / "labels" / "earlier.jsonl", [LABEL | {"id": "2401.00001"}])
    ended = triage("eval", "--judge", "local", "--config", gardens, "--report", tmp_path / "out", "--json")
    assert (ended.code, ended.json["relevance"]) == (0, None)


def test_every_committed_summary_belongs_to_an_entry() -> None:
    assert all(summary.record.entries for summary in read_summaries(ROOT / "data" / "summaries.jsonl"))


def test_two_prompts_are_compared_entry_by_entry_from_recorded_answers(
    triage: Commands, gardens: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = gardens.parent / "prompts" / "judge"
    (folder / "next.yaml").write_text((folder / "garden.yaml").read_text().replace("judge/garden", "judge/next"))
    on = ("eval", "--judge", "openai", "--config", gardens, "--json")
    results = []
    for prompt, leaf in (("judge/garden", "sense"), ("judge/next", "water")):
        monkeypatch.setenv("TRIAGE_JUDGE_PROMPT", prompt)
        triage(*on, "--requests", tmp_path / "q.jsonl")
        answers = [answer(json.loads(line)) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
        for row in answers:
            message = row["response"]["body"]["choices"][0]["message"]
            said = json.loads(message["content"]) | {"relevance": "core", "leaves": [leaf]}
            message["content"] = json.dumps(said)
        old = [] if not results else ["--compare", tmp_path / "old.json"]
        results.append(triage(*on, "--answers", lines(tmp_path / "a.jsonl", answers), *old))
        (tmp_path / "old.json").write_text(results[0].out)
    change = results[1].json["comparison"]["placement"]
    assert results[1].json["judge"]["prompt"].startswith("judge/next@")
    assert (len(change["fixed"]), len(change["broken"])) == (2, 1)
    assert results[1].json["comparison"]["verdict"] == "no evidence of a difference"


@pytest.mark.parametrize("given", [("--dry-run",), ("--report", "page"), ("--compare", "old.json")])
def test_what_asking_elsewhere_would_leave_undone_is_refused(
    triage: Commands, gardens: Path, tmp_path: Path, given: tuple[str, ...]
) -> None:
    requests = tmp_path / "q.jsonl"
    ended = triage("eval", "--config", gardens, "--requests", requests, *given)
    assert (ended.code, f"--requests {requests} and {given[0]}: " in ended.line, requests.exists()) == (2, True, False)
