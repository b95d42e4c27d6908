"""``triage review`` as a person starts and stops it."""

from __future__ import annotations

import json
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import pytest

from agent.commands.review import tools_of
from agent.settings import load_settings
from tests.conftest import ROOT
from tests.support.browser import Browser
from tests.support.cli import Commands
from tests.support.desk import DRAFT, HOMELESS, OTHER_DRAFT, Desk
from tests.support.processes import Child, triage_heard


def start(desk: Desk, *options: str) -> AbstractContextManager[tuple[Child, TextIO]]:
    command = ["review", "--config", desk.home / "triage.toml", "--no-open", "--state", desk.folder]
    return triage_heard(*command, *options, err=desk.home / "err.txt", folder=ROOT)


def enter(printed: TextIO) -> Browser:
    browser = Browser(printed.readline().rstrip("\n"))
    browser.enter()
    return browser


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_address_stands_alone_on_its_line_and_a_signal_ends_the_page_cleanly(
    desk: Desk, stop: signal.Signals, code: int
) -> None:
    with start(desk, "--reader", "ann") as (served, printed):
        browser = enter(printed)
        assert urlsplit(browser.url).hostname == "127.0.0.1"
        browser.decide("reject", DRAFT)
        browser.post("/labels/2025-11-13/label", ("paper", OTHER_DRAFT), ("grade", "0"))
        served.signal(stop)
        assert printed.read() == ""
        assert served.wait() == code
    assert len(served.err.read_text().splitlines()) == 1
    assert set(desk.drafts()) == {OTHER_DRAFT}
    assert (desk.folder / "labels" / "ann.jsonl").exists()


def test_a_decision_is_on_disk_when_its_answer_arrives_and_undone_after_a_kill(desk: Desk) -> None:
    with start(desk, "--reader", "ann") as (served, printed):
        browser = enter(printed)
        browser.decide("accept", DRAFT, "sense")
        browser.decide("reject", OTHER_DRAFT)
        served.kill()
    assert {paper_id: decision.kind.value for paper_id, decision in desk.decisions().items()} == {
        DRAFT: "moved",
        OTHER_DRAFT: "rejected",
    }
    with desk.serve() as server:
        later = Browser(server.url)
        later.enter()
        later.post("/undo", ("tab", "drafts"))
        later.post("/undo", ("tab", "drafts"))
    assert set(desk.drafts()) == {DRAFT, OTHER_DRAFT}


def test_a_user_without_a_name_as_in_a_container_is_called_reader(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)  # no such user is known to the system
    settings = load_settings(desk.home / "triage.toml", desk.folder)
    assert tools_of(settings, None, None).labels == desk.folder / "labels" / "reader.jsonl"


def test_json_is_one_object_and_label_opens_at_the_night(desk: Desk, tmp_path: Path) -> None:
    with start(desk, "--json", "--label", "2025-11-13", "--labels", str(tmp_path / "mine.jsonl")) as started:
        served, printed = started
        told = json.loads(printed.readline())
        browser = Browser(told["url"])
        assert browser.enter().headers["location"] == "/labels/2025-11-13"
        browser.post("/labels/2025-11-13/label", ("paper", DRAFT), ("grade", "0"))
        served.signal(signal.SIGTERM)
        served.wait()
    assert told["labels"] == str(tmp_path / "mine.jsonl")
    assert (tmp_path / "mine.jsonl").exists()


def test_what_was_decided_on_the_page_holds_in_the_next_run_until_the_list_has_it(
    triage: Commands, desk: Desk, tmp_path: Path
) -> None:
    entry = f"* **[Typed by Hand](https://arxiv.org/abs/{HOMELESS})** (2025)"
    with desk.serve() as server:
        browser = Browser(server.url)
        browser.enter()
        browser.decide("reject", OTHER_DRAFT)
        browser.decide("accept", DRAFT, "sense")
        browser.decide("accept", HOMELESS, "prune", tab="queue", entry=entry)
    (tmp_path / "quiet.jsonl").write_text("")
    config = ["--config", desk.home / "triage.toml"]
    options = [*config, "--source", tmp_path / "quiet.jsonl", "--judge", "local", "--json"]
    patch = Path(triage("run", *options, state=desk.folder).json["patch"])
    added = [line[1:] for line in patch.read_text().splitlines() if line.startswith("+") and not line.startswith("++")]
    assert len(added) == 2
    assert added[0] == entry
    assert DRAFT in added[1]
    listed = desk.list.read_text().replace("## Sensing", f"{entry}\n\n## Sensing") + added[1] + "\n"
    desk.list.write_text(listed)
    again = triage("run", *options, state=desk.folder).json["patch"]
    assert again is None, Path(again).read_text()
    desk.list.write_text(listed.replace(f"{entry}\n", ""))
    again = triage("run", *options, state=desk.folder).json["patch"]
    assert again is None, Path(again).read_text()  # taking it out again is up to people


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "80"], "--port 80"),
        (["--port", "x"], "--port"),
        (["--labels", "/"], "--labels /"),
        (["--reader", "../x"], "--reader '../x'"),
        (["--label", "2025-11-12"], "the nights are 2025-11-13"),
        (["--label", "yesterday"], "YYYY-MM-DD"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_2(triage: Commands, desk: Desk, options: list[str], said: str) -> None:
    ended = triage("review", "--config", desk.home / "triage.toml", "--no-open", *options, state=desk.folder)
    assert (ended.code, said in ended.line, ended.out) == (2, True, "")
