"""``triage review`` as a person starts and stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT
from tests.support.browser import Browser
from tests.support.cli import Commands
from tests.support.desk import DRAFT, GARDENS, OTHER_DRAFT, Desk


def start(desk: Desk, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agent.cli", "review", "--config", str(GARDENS / "triage.toml")]
    return subprocess.Popen(
        [*command, "--state", str(desk.folder), *options],
        cwd=ROOT,
        env=dict(os.environ),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_address_stands_alone_on_its_line_and_a_signal_ends_the_page_cleanly(
    desk: Desk, stop: signal.Signals, code: int
) -> None:
    with start(desk) as served:
        assert served.stdout and served.stderr
        url = served.stdout.readline().rstrip("\n")
        assert urlsplit(url).hostname == "127.0.0.1"
        browser = Browser(url)
        browser.submit("/refuse", DRAFT)
        browser.submit("/label", OTHER_DRAFT, ("grade", "0"))
        served.send_signal(stop)
        assert served.stdout.read() == ""
        assert len(served.stderr.read().splitlines()) == 1
    assert served.returncode == code
    assert set(desk.drafts()) == {OTHER_DRAFT}
    assert desk.labels.exists()


def test_json_is_one_object_with_the_address_and_the_labels_file(desk: Desk, tmp_path: Path) -> None:
    with start(desk, "--json", "--labels", str(tmp_path / "mine.jsonl")) as served:
        assert served.stdout
        told = json.loads(served.stdout.readline())
        browser = Browser(told["url"])
        browser.submit("/label", DRAFT, ("grade", "0"))
        served.terminate()
    assert told["labels"] == str(tmp_path / "mine.jsonl")
    assert (tmp_path / "mine.jsonl").exists()


def test_what_was_decided_on_the_page_holds_in_the_next_run(triage: Commands, desk: Desk, tmp_path: Path) -> None:
    with start(desk) as served:
        assert served.stdout
        browser = Browser(served.stdout.readline().rstrip("\n"))
        browser.submit("/refuse", OTHER_DRAFT)
        browser.submit("/place", DRAFT, ("leaf", "sense"))
        served.terminate()
    (tmp_path / "quiet.jsonl").write_text("")
    options = ["--config", GARDENS / "triage.toml", "--source", tmp_path / "quiet.jsonl", "--judge", "local", "--json"]
    patch = Path(triage("run", *options, state=desk.folder).json["patch"]).read_text()
    added = [line for line in patch.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert len(added) == 1
    assert DRAFT in added[0]
    assert patch.index("## Sensing") < patch.index(added[0])


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--port", "80"], "--port 80"), (["--port", "x"], "--port"), (["--labels", "/"], "--labels /")],
)
def test_a_wrong_option_is_one_line_and_exit_2(triage: Commands, desk: Desk, options: list[str], said: str) -> None:
    ended = triage("review", "--config", GARDENS / "triage.toml", *options, state=desk.folder)
    assert (ended.code, said in ended.line, ended.out) == (2, True, "")
