"""Whatever becomes of stdout or of the disk, the night is done, its exit code stays, nothing is a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import processes
from tests.support.garden import GARDENS


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A list whose best paper has a title that few encodings can write."""
    folder = tmp_path / "garden"
    shutil.copytree(GARDENS, folder)
    rows = [json.loads(line) for line in (folder / "night.jsonl").read_text().splitlines()]
    for row in rows:
        row["title"] = f"Ünïcode 水 {row['title']}"
    (folder / "night.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def night(home: Path) -> tuple[str, ...]:
    return ("run", "--source", str(home / "night.jsonl"), "--judge", "local")


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def triage(home: Path, *words: str, stdout: str = "", encoding: str = "utf-8") -> Ended:
    """Run the command in a process of its own, with this stdout; see ``processes.triage_into``."""
    state, out, err = home / "state", home / "out.txt", home / "err.txt"
    options = ("--config", home / "triage.toml", "--state", state)
    code = processes.triage_into(stdout or str(out), encoding, *words, *options, err=err).wait()
    return Ended(code, out.read_text(encoding) if out.exists() else "", err.read_text())


@pytest.mark.parametrize("encoding", ["ascii", pytest.param("latin-1", marks=pytest.mark.slow), "utf-8"])
def test_a_letter_that_stdout_cannot_write_is_escaped(home: Path, encoding: str) -> None:
    ended = triage(home, *night(home), encoding=encoding)
    assert (ended.code, "Traceback" in ended.err) == (0, False)
    assert ended.err.splitlines()[-1].startswith("triage: 7 listed")
    assert ("\\u6c34" in ended.out) == (encoding != "utf-8")
    again = triage(home, *night(home), "--rejudge", "--reconsider", "--json", encoding=encoding)
    assert json.loads(again.out)["listed"] == 7, "still JSON"


@pytest.mark.parametrize("stdout", ["reader gone", "closed", "both closed"])
def test_a_stdout_that_nobody_reads_changes_no_exit_code(home: Path, stdout: str) -> None:
    ended = triage(home, *night(home), stdout=stdout)
    assert (ended.code, "Traceback" in ended.err, "Exception" in ended.err) == (0, False, False)
    assert len(list((home / "state" / "patches").glob("*.patch"))) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device without room")
@pytest.mark.parametrize(
    ("words", "stdout", "where"),
    [
        ([], "/dev/full", "stdout"),
        (["--json"], "/dev/full", "stdout"),
        (["--judgments", "/dev/full"], "", "the judgments were not written: /dev/full"),
    ],
)
def test_a_full_disk_is_one_line_and_what_was_judged_is_kept(
    home: Path, words: list[str], stdout: str, where: str
) -> None:
    ended = triage(home, *night(home), *words, stdout=stdout)
    assert (ended.code, "Traceback" in ended.err) == (4, False)
    assert ended.err.splitlines()[-1] == (
        f"triage: {where}: the disk is full: make room; what was done so far is kept, run again"
    )
    status = json.loads(triage(home, "status", "--json").out)
    assert [run["listed"] for run in status["runs"]] == [7]


def test_what_goes_to_stderr_is_json_when_asked_for(home: Path) -> None:
    done = triage(home, *night(home), "--log-json", "--json")
    (line,) = done.err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["message"].split()[1]) == ("info", "listed")
    assert json.loads(done.out)["listed"] == int(told["message"].split()[0])
    wrong = json.loads(triage(home, *night(home), "--log-json", "--budget", "-1").err)
    assert wrong["level"] == "error"
    assert wrong["time"]


def test_a_terminal_obeys_no_title(home: Path) -> None:
    text = (home / "night.jsonl").read_text().replace("\\u6c34", "\\u202e")
    (home / "night.jsonl").write_text(text)
    ended = triage(home, *night(home))
    assert ended.code == 0
    assert "code" in ended.out
    assert "\u202e" not in ended.out + ended.err


def test_a_narrow_terminal_cuts_no_id_and_no_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    drafted = triage(home, *night(home)).out
    ready = triage(home, "doctor", "--offline").out
    assert "\u2026" not in drafted + ready
    (patch,) = (home / "state" / "patches").glob("*.patch")
    assert str(patch) in drafted
