"""Whatever becomes of stdout or of the disk, the night is done, its exit code stays, nothing is a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.garden import GARDENS

NIGHT = ["run", "--config", "triage.toml", "--source", "night.jsonl", "--judge", "local"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A list whose best paper has a title that few encodings can write."""
    folder = tmp_path / "garden"
    subprocess.run(["cp", "-r", str(GARDENS), str(folder)], check=True)
    rows = [json.loads(line) for line in (folder / "night.jsonl").read_text().splitlines()]
    for row in rows:
        row["title"] = f"Ünïcode 水 {row['title']}"
    (folder / "night.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def triage(home: Path, *words: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own; ``shell`` follows it, such as a redirection."""
    command = subprocess.list2cmdline([sys.executable, "-m", "agent.cli", *words, "--state", str(home / "state")])
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **environment}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {shell}"],
        cwd=home,
        env=given,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_letter_that_stdout_cannot_write_is_escaped(home: Path, encoding: str) -> None:
    ended = triage(home, *NIGHT, PYTHONIOENCODING=encoding)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
    assert ended.stderr.splitlines()[-1].startswith("triage: 7 listed")
    assert ("\\u6c34" in ended.stdout) == (encoding != "utf-8")
    again = triage(home, *NIGHT, "--rejudge", "--reconsider", "--json", PYTHONIOENCODING=encoding)
    assert json.loads(again.stdout)["listed"] == 7, "still JSON"


@pytest.mark.parametrize("shell", ["| true", ">&-", ">&- 2>&-"], ids=["reader gone", "closed", "both closed"])
def test_a_stdout_that_nobody_reads_changes_no_exit_code(home: Path, shell: str) -> None:
    ended = triage(home, *NIGHT, shell=shell)
    assert (ended.returncode, "Traceback" in ended.stderr, "Exception" in ended.stderr) == (0, False, False)
    assert len(list((home / "state" / "patches").glob("*.patch"))) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device without room")
@pytest.mark.parametrize(
    ("words", "shell", "where"),
    [
        ([], ">/dev/full", "stdout"),
        (["--json"], ">/dev/full", "stdout"),
        (["--judgments", "/dev/full"], "", "/dev/full"),
    ],
)
def test_a_full_disk_is_one_line_and_what_was_judged_is_kept(
    home: Path, words: list[str], shell: str, where: str
) -> None:
    ended = triage(home, *NIGHT, *words, shell=shell)
    assert (ended.returncode, "Traceback" in ended.stderr) == (4, False)
    assert ended.stderr.splitlines()[-1] == (
        f"triage: {where}: the disk is full: make room; what was done so far is kept, run again"
    )
    status = json.loads(triage(home, "status", "--config", "triage.toml", "--json").stdout)
    assert [run["listed"] for run in status["runs"]] == [7]
