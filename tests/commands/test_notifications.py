"""The messages of a night to a watcher of cron jobs and to a chat room, and the status as a monitor reads it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.deliveries.notifications import Notifier
from tests.conftest import ROOT
from tests.replicas.web_hooks import HookServer
from tests.support.cli import Commands

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
NIGHT = ("--config", GARDENS / "triage.toml", "--source", GARDENS / "night.jsonl", "--judge", "local")


def test_a_night_is_announced_to_the_watcher_and_its_summary_to_the_chat(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HookServer() as hooks:
        monkeypatch.setenv("TRIAGE_NOTIFY_PING_URL", f"{hooks.url}/secret-check")
        monkeypatch.setenv("TRIAGE_NOTIFY_WEBHOOK_URL", f"{hooks.url}/room")
        ended = triage("run", *NIGHT)
    assert ended.code == 0
    assert [path for path, _ in hooks.calls] == ["/secret-check/start", "/secret-check", "/room"]
    assert hooks.calls[1][1] == ended.line
    assert json.loads(hooks.calls[2][1]) == {"text": ended.line, "content": ended.line}


def test_a_query_stays_behind_the_path_and_a_long_line_fits_into_the_chat() -> None:
    line = "triage: " + "7 listed; " * 400
    with HookServer() as hooks:
        notifier = Notifier(f"{hooks.url}/key/night?create=1", f"{hooks.url}/room?thread=2")
        with notifier.watching():
            notifier.report_end(line, well=False)
    assert [path for path, _ in hooks.calls] == [
        "/key/night/start?create=1",
        "/key/night/fail?create=1",
        "/room?thread=2",
    ]
    assert hooks.calls[1][1] == line
    assert len(json.loads(hooks.calls[2][1])["content"]) == 2000, "more than Discord takes"


def test_a_night_that_cannot_begin_is_told_as_a_failure(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with HookServer() as hooks:
        monkeypatch.setenv("TRIAGE_NOTIFY_PING_URL", hooks.url)
        ended = triage("run", *NIGHT[:2], "--source", tmp_path / "missing.jsonl", "--judge", "local")
    assert ended.code == 3
    assert [path for path, _ in hooks.calls] == ["/start", "/fail"]
    assert hooks.calls[1][1] == ended.line


@pytest.mark.parametrize("status", [302, 500])
def test_a_watcher_that_refuses_costs_a_line_and_no_secret(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with HookServer(status) as hooks:
        monkeypatch.setenv("TRIAGE_NOTIFY_PING_URL", f"{hooks.url}/secret-check")
        ended = triage("run", *NIGHT)
    assert ended.code == 0
    assert f"{hooks.url} did not take the notification (HTTP {status})" in ended.err
    assert "secret-check" not in ended.err + ended.out


def test_a_failure_that_nobody_could_be_told_of_says_so(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRIAGE_NOTIFY_PING_URL", "http://127.0.0.1:9/secret")
    ended = triage("run", *NIGHT[:2], "--source", tmp_path / "missing.jsonl", "--judge", "local")
    assert ended.code == 3
    assert ended.err.count("127.0.0.1:9 could not be notified (ConnectError)") == 1
    assert "secret" not in ended.err


@pytest.mark.parametrize("address", ["hooks.example/secret-room", "https://[secret", "https://host:99999/secret"])
def test_what_is_no_web_address_is_refused_before_anything_is_done(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("TRIAGE_NOTIFY_WEBHOOK_URL", address)
    ended = triage("run", *NIGHT)
    assert (ended.code, "TRIAGE_NOTIFY_WEBHOOK_URL" in ended.line, "secret" in ended.line) == (2, True, False)


def test_the_status_tells_a_monitor_how_old_the_last_delivered_run_is(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = NIGHT[:2]
    never = triage("status", *config, "--max-age", "26", "--json")
    assert (never.code, never.json["age_hours"]) == (1, None)
    assert triage("run", *NIGHT).code == 0
    fresh = triage("status", *config, "--max-age", "26", "--json")
    assert (fresh.code, fresh.json["age_hours"] < 1) == (0, True)
    monkeypatch.setattr("agent.commands.status.now", lambda: datetime.now(UTC) + timedelta(hours=30))
    old = triage("status", *config, "--max-age", "26")
    assert (old.code, "over --max-age 26" in old.err) == (1, True)
    monkeypatch.setattr("agent.commands.status.now", lambda: datetime.now(UTC) - timedelta(hours=30))
    ahead = triage("status", *config, "--max-age", "26")
    assert (ahead.code, "set the clocks" in ahead.err) == (1, True)


def test_in_github_actions_the_job_summary_has_the_line_and_the_reviewers_text(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    ended = triage("run", *NIGHT)
    assert ended.code == 0
    text = summary.read_text("utf-8")
    assert text.startswith("triage: ")
    assert "# Triage: " in text and "**Coverage**" in text and "**Cost**" in text


def test_a_job_summary_that_cannot_be_written_costs_a_line(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "missing" / "summary.md"))
    ended = triage("run", *NIGHT)
    assert (ended.code, "job summary was not written" in ended.err) == (0, True)
