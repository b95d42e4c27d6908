"""A small list in a real repository, people who edit it, and nights that deliver to it, for the pull request tests.

The list has its own two-line parser here, so that these tests say nothing about the catalog's.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pydantic import SecretStr

from agent.core.catalog.edits import Edit, InsertPapers
from agent.core.night.decisions import changeable, is_news
from agent.deliveries.github.pull_request import LABELS, PullRequestDelivery
from agent.deliveries.github.rolling_branch import build_branch
from agent.records import Decision, DecisionKind, Delivered, Draft, Entry, JudgeIdentity
from tests.replicas.git_server import Bare, GitServer
from tests.replicas.github_server import GitHubServer

TOKEN = "ghp_writer0123456789abcdef"
READER = "ghp_reader0123456789abcdef"
LEAVES = ("1", "2")

README = """\
# A small list

## 1 Alpha

- [An old paper](https://arxiv.org/abs/2001.00001) arXiv 2020.
- [Another old paper](https://arxiv.org/abs/2001.00002) arXiv 2020.

## 2 Beta

- [A third old paper](https://arxiv.org/abs/2001.00003) arXiv 2020.

The end.
"""


def read_entries(text: str) -> list[Entry]:
    entries, section = [], ""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"## (\S+)", line):
            section = heading[1]
        elif bullet := re.match(r"- \[(.*?)\]\((.*?)\)", line):
            entries.append(
                Entry(line=number, end_line=number, section_id=section, title=bullet[1], url=bullet[2], raw=line)
            )
    return entries


def line_of(paper_id: str) -> str:
    return f"- [Paper {paper_id}](https://arxiv.org/abs/{paper_id}) arXiv 2025."


def insert(text: str, wanted: Sequence[tuple[str, str]]) -> Edit:
    """Put the line of each paper at the end of its section's entries, unless the list has it."""
    for paper_id, leaf in wanted:
        text = _insert(text, paper_id, leaf)
    return Edit(text=text, inserted=(), already=())


def _insert(text: str, paper_id: str, leaf: str) -> str:
    entries = read_entries(text)
    if any(entry.url == f"https://arxiv.org/abs/{paper_id}" for entry in entries):
        return text
    lines = text.splitlines(keepends=True)
    after = max(entry.line for entry in entries if entry.section_id == leaf)
    return "".join([*lines[:after], f"{line_of(paper_id)}\n", *lines[after:]])


def draft(paper_id: str, section: str = "1", title: str = "") -> Draft:
    return Draft(
        paper_id=paper_id,
        title=title or f"Paper {paper_id}",
        section=section,
        score=0.9,
        entry=line_of(paper_id),
        evidence=("We select data.",),
        announced=date(2025, 11, 13),
        judge=JudgeIdentity(name="local", model="tfidf", prompt="-", taxonomy="small@1"),
    )


def review(drafts: Sequence[Draft]) -> str:
    lines = "\n".join(f"- {one.paper_id}: {one.title}" for one in drafts)
    return f"# Triage: {len(drafts)} drafts\n\n{lines}\n"


class World:
    """The repository with its two servers, and what a state folder would remember between nights."""

    def __init__(self, folder: Path, bare: Bare, git: GitServer, hub: GitHubServer) -> None:
        self.folder = folder
        self.bare = bare
        self.git = git
        self.hub = hub
        self.open: dict[str, Draft] = {}
        self.decided: dict[str, Decision] = {}
        self.slept: list[float] = []
        self.wait: Callable[[float], object] = self.slept.append
        self.insert: InsertPapers = insert

    def delivery(
        self,
        token: str = TOKEN,
        *,
        branch: str = "triage/drafts",
        state: str = "state",
        environment: Mapping[str, str] = os.environ,
        **other: str,
    ) -> PullRequestDelivery:
        drafts = build_branch(
            folder=self.folder / state / "github.git",
            environment=environment,
            sleep=self.sleep,
            token=SecretStr(token),
            branch=branch,
            labels=LABELS,
            **{**self.places(), **other},
        )
        return PullRequestDelivery(drafts, self.insert, read_entries, LEAVES)

    def sleep(self, seconds: float) -> None:
        self.wait(seconds)

    def places(self) -> dict[str, str]:
        return {
            "repository": "owner/list",
            "remote": self.git.url("list"),
            "base": "main",
            "catalog_path": "README.md",
            "api_url": self.hub.url,
        }

    def read_back(self) -> dict[str, Decision]:
        """Ask for decisions, store what is news as the workflow does before it drafts, and return that."""
        again = [one for one in self.decided.values() if changeable(one)]
        drafts = {**self.open, **{one.paper_id: self.drafts[one.paper_id] for one in again}}
        heard = self.delivery().read_back(tuple(drafts.values()))
        found = {one.paper_id: one for one in heard if is_news(self.decided.get(one.paper_id), one)}
        for one in found.values():
            if one.kind is DecisionKind.UNDECIDED:
                self.open[one.paper_id] = self.drafts[one.paper_id]
                self.decided.pop(one.paper_id, None)
            elif one.kind is not DecisionKind.PROMOTED:
                self.decided[one.paper_id] = one
                self.open.pop(one.paper_id, None)
        return found

    def night(self, *drafts: Draft) -> Delivered:
        """One whole night: read back, draft, deliver, remember. A day passes."""
        self.hub.later(days=1)
        self.read_back()
        self.propose(*drafts)
        return self.deliver()

    def begin(self, *drafts: Draft) -> None:
        """Let a first night with these drafts, which nothing disturbed, be over: it is made once, and copied."""
        made = _first_night(drafts)
        shutil.copytree(made.folder.name, self.folder, dirs_exist_ok=True)
        self.hub.resume(made.hub)
        self.propose(*drafts)

    def propose(self, *drafts: Draft) -> None:
        self.open |= {one.paper_id: one for one in drafts}
        self.drafts |= self.open

    def deliver(self) -> Delivered:
        drafts = tuple(self.open.values())
        return self.delivery().deliver("run-1", drafts, review(drafts))

    drafts: dict[str, Draft]

    def list(self, branch: str = "triage/drafts") -> dict[str, str]:
        """Return the new papers on a branch: id -> section."""
        entries = read_entries(self.bare.text(branch))
        ids = {entry: re.search(r"25\d\d\.\d{5}", entry.raw) for entry in entries}
        return {found[0]: entry.section_id for entry, found in ids.items() if found}

    def kinds(self) -> dict[str, str]:
        return {paper_id: one.kind.value for paper_id, one in self.decided.items()}

    def state(self) -> object:
        """Return all that people can see: files, commit messages, and the pull requests with their comments."""
        self.hub.look()
        branches = [name for name in ("triage/drafts", "triage/drafts-2") if self.bare.head(name)]
        return {
            "files": {name: self.bare.text(name) for name in ["main", *branches]},
            "commits": {name: self.bare.log(name, "%an%n%B") for name in branches},
            "pulls": [
                {key: pull[key] for key in ("number", "state", "title", "body", "draft")}
                | {"labels": [label["name"] for label in pull["labels"]]}
                for pull in self.hub.pulls
            ],
            "comments": [row["body"] for rows in self.hub.comments.values() for row in rows],
        }


class _Night(NamedTuple):
    """What is left of a night: the folder with the two repositories, and what GitHub knows."""

    folder: TemporaryDirectory[str]
    hub: GitHubServer


@cache
def _first_night(drafts: tuple[Draft, ...]) -> _Night:
    folder = TemporaryDirectory()
    with small_world(Path(folder.name)) as world:
        world.night(*drafts)
    return _Night(folder, world.hub)


@contextmanager
def small_world(folder: Path) -> Iterator[World]:
    tokens = {TOKEN: "write", READER: "read"}
    people = {"maintainer": "admin", "editor": "write", "passer-by": "read"}
    bare = Bare.holding(folder / "list.git", {"README.md": README, "notes.txt": "one\ntwo\nthree\n"})
    with GitServer(folder, tokens) as git, GitHubServer(bare, tokens, people) as hub:
        world = World(folder, bare, git, hub)
        world.drafts = {}
        yield world
