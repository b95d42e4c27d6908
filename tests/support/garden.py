"""A small survey in a real repository behind HTTP, a stateful GitHub, and the nights that ``triage`` runs on it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.replicas.git_server import Bare, GitServer, Hold
from tests.replicas.github_server import GitHubServer
from tests.support import processes
from tests.support.cli import Commands, Ended

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
BRANCH, LIST = "triage/drafts", "lists/garden.md"
TOKEN, WRONG = "ghp_writer0123456789abcdef", "ghp_expired9876543210fedcba"
PEOPLE = {"maintainer": "admin", "passer-by": "read"}

SECOND_NIGHT = [
    {
        "id": "2511.90011",
        "title": "A Balcony Drip Line that Waters by Weight",
        "abstract": "Pots lose weight as they dry. Our drip line weighs every plant and controls irrigation by it.",
        "categories": ["cs.RO"],
        "announced": "2025-11-14",
    },
    {
        "id": "2511.90012",
        "title": "Soil Probes that Report Thirst",
        "abstract": "Soil probes drift. We calibrate a soil sensor against leaf cameras, plants are monitored.",
        "categories": ["eess.SP"],
        "announced": "2025-11-14",
    },
]


class Garden:
    """A list with its repository and GitHub, and the nights that are run on it."""

    def __init__(self, home: Path, triage: Commands, bare: Bare, git: GitServer, hub: GitHubServer) -> None:
        self.home, self.triage, self.bare, self.git, self.hub = home, triage, bare, git, hub

    def options(self, night: str, *more: str) -> list[object]:
        config = ["--config", self.home / "triage.toml", "--source", self.home / f"{night}.jsonl"]
        return [*config, "--judge", "local", "--deliver", "pr", "--json", *more]

    def night(self, night: str, *more: str) -> Ended:
        """Run one night. A day passes."""
        self.hub.later(days=1)
        ended = self.triage("run", *self.options(night, *more))
        self.hub.look()
        return ended

    def decided(self) -> dict[str, tuple[str, str | None]]:
        """Return what people decided, as ``triage status`` knows it: paper -> decision and section."""
        return {row["paper_id"]: (row["kind"], row["section"]) for row in self.status()["decisions"]}

    def status(self) -> Any:
        return self.triage("status", "--decisions", "--config", self.home / "triage.toml", "--json").json

    def remembered(self) -> dict[str, Any]:
        """Return what the state folder holds, less the times and addresses of this very garden."""
        status = self.status()
        keys = ("listed", "buckets", "drafts", "coverage")
        runs = [{key: run[key] for key in keys} for run in status["runs"]]
        return {"runs": runs, "queue": status["queue"], "decisions": status["decisions"]}

    def text(self) -> str:
        return self.bare.text(BRANCH, LIST)

    def line(self, paper_id: str) -> str:
        [line] = [line for line in self.text().splitlines(keepends=True) if paper_id in line]
        return line

    def edit(self, change: Callable[[str], str]) -> str:
        return self.bare.edit(BRANCH, change, path=LIST)

    def places(self) -> dict[str, str]:
        """Return the new papers on the branch with the heading each stands under."""
        found, heading = {}, ""
        for line in self.text().splitlines():
            heading = line[3:] if line.startswith("## ") else heading
            if paper := re.search(r"2511\.9\d{4}", line):
                found[paper[0]] = heading
        return found

    def seen(self) -> dict[str, Any]:
        """Return all that people can see, less the name of the run."""
        keys = ("number", "state", "draft", "title", "body")
        return {
            "list": self.text(),
            "commits": [re.sub(r"Triage-Run: .*", "", message) for message in self.bare.log(BRANCH, "%an%n%B")],
            "pulls": [{key: pull[key] for key in keys} for pull in self.hub.pulls],
            "labels": [[label["name"] for label in pull["labels"]] for pull in self.hub.pulls],
            "comments": [row["body"] for rows in self.hub.comments.values() for row in rows],
        }


@contextmanager
def open_garden(folder: Path, triage: Commands, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garden]:
    home = folder / "garden"
    shutil.copytree(GARDENS, home)
    triage.state = folder / "state"
    (home / "second.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in SECOND_NIGHT))
    (home / "quiet.jsonl").write_text("")
    bare = Bare.holding(folder / "list.git", {LIST: (home / "data" / "list.md").read_text(), "notes.txt": "one\n"})
    tokens = {TOKEN: "write"}
    with GitServer(folder, tokens) as git, GitHubServer(bare, tokens, PEOPLE) as hub:
        for name, value in {
            "TRIAGE_GITHUB_REPOSITORY": "owner/list",
            "TRIAGE_GITHUB_REMOTE": git.url("list"),
            "TRIAGE_GITHUB_BASE": "main",
            "TRIAGE_GITHUB_BRANCH": BRANCH,
            "TRIAGE_GITHUB_CATALOG_PATH": LIST,
            "TRIAGE_GITHUB_API_URL": hub.url,
            "GITHUB_TOKEN": TOKEN,
        }.items():
            monkeypatch.setenv(name, value)
        yield Garden(home, triage, bare, git, hub)


def kill_at(step: str, garden: Garden) -> None:
    """Start a night in a process of its own, and kill it with all its children when a server reaches the step."""
    hold = garden.git.hold = garden.hub.hold = Hold(step)
    child = processes.triage(
        "run", *garden.options("night"), "--state", garden.triage.state, err=garden.home / "err.txt"
    )
    reached = hold.reached.wait(30)
    child.kill()
    assert reached, child.err.read_text()
    hold.let_go.set()
    garden.git.hold = garden.hub.hold = None
