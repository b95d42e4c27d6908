"""arXiv, a model server, a git host and GitHub in one process: ``python -m tests.replicas.world FOLDER LIST``.

LIST is the Markdown file that the repository holds. The first line on stdout is JSON: the environment of a ``triage``
that is to use these servers. Each line on stdin is ``{"do": METHOD, ...}``, a public method of ``World`` with its
arguments; each is answered by one line of JSON. The end of stdin ends the process.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

from agent.records import Paper
from tests.replicas.arxiv_corpus import Deposit, submitted
from tests.replicas.arxiv_faults import API_FAULTS, RSS_FAULTS
from tests.replicas.arxiv_server import ArxivServer
from tests.replicas.git_server import Bare, GitServer
from tests.replicas.github_server import Fault as HubFault
from tests.replicas.github_server import GitHubServer
from tests.replicas.openai_faults import Fault as ModelFault
from tests.replicas.openai_server import OpenAIServer

BRANCH, LIST, TOKEN = "triage/drafts", "lists/list.md", "ghp_writer0123456789abcdef"
MAINTAINER = "maintainer"
MOST_LATENCY = 5.0
"""Seconds within which every request to the model has its answer."""
SLOW = ("hang", "drip", "drip in the head")
"""Faults that cost minutes of waiting, and nothing else."""

MODEL_FAULTS = (
    "rate_limit", "server_error", "unavailable", "reset", "garbled", "web_page", "invalid_json", "wrong_enum",
    "invented_leaf", "bad_quote", "empty", "fenced", "chatty", "refusal", "length", "content_filter",
)  # fmt: skip
HUB_STEPS = (
    "GET /pulls", "POST /pulls", "PATCH /pulls/N", "GET /issues/N/comments", "GET /issues/N/events",
    "POST /issues/N/labels", "GET /pulls/N/comments", "GET /collaborators/maintainer/permission",
)  # fmt: skip
GIT_STEPS = ("discover git-upload-pack", "discover git-receive-pack", "git-receive-pack", "git-upload-pack")
BROKEN = {"message": "broken on purpose"}


class World:
    """The four servers, what people do there, and what was seen."""

    def __init__(self, folder: Path, text: str, latency: float) -> None:
        self._bare = Bare.holding(folder / "list.git", {LIST: text, "notes.txt": "one\n"})
        self._git = GitServer(folder, {TOKEN: "write"})
        self._hub = GitHubServer(self._bare, {TOKEN: "write"}, {MAINTAINER: "admin", "passer-by": "read"})
        self._arxiv = ArxivServer(())
        self._model = OpenAIServer(latency=latency)
        self._git_faults = 0
        self._git_seen = 0

    def open(self, stack: ExitStack) -> dict[str, str]:
        for server in (self._git, self._hub, self._arxiv, self._model):
            stack.enter_context(server)
        return {
            "TRIAGE_ARXIV_API_URL": self._arxiv.api_url,
            "TRIAGE_ARXIV_RSS_URL": self._arxiv.rss_url,
            "TRIAGE_ARXIV_PAUSE_SECONDS": "0",
            "OPENAI_BASE_URL": self._model.base_url,
            "OPENAI_API_KEY": "sk-none",
            "TRIAGE_GITHUB_REPOSITORY": "owner/list",
            "TRIAGE_GITHUB_REMOTE": self._git.url("list"),
            "TRIAGE_GITHUB_BASE": "main",
            "TRIAGE_GITHUB_BRANCH": BRANCH,
            "TRIAGE_GITHUB_CATALOG_PATH": LIST,
            "TRIAGE_GITHUB_API_URL": self._hub.url,
            "GITHUB_TOKEN": TOKEN,
        }

    def announce(self, day: str, papers: list[dict[str, Any]]) -> None:
        """A day begins, with its announcements; every paper was submitted in time for it."""
        today = date.fromisoformat(day)
        for row in papers:
            given = {**row, "categories": tuple(row["categories"]), "authors": ("Ada Example",)}
            self._arxiv.papers.append(
                Deposit(**given, announced=today, published=submitted(row["id"], today))  # type: ignore[arg-type]
            )
            paper = Paper(id=row["id"], title=row["title"], abstract=row["abstract"], announced=today)
            self._model.know(paper)
        self._arxiv.papers.sort(key=lambda paper: (paper.published, paper.id))
        self._arxiv.today = today
        self._hub.clock = max(self._hub.clock, datetime.combine(today, time(3), UTC))

    def break_things(self, seed: str, share: float) -> None:
        """Choose what will go wrong from now on: ``share`` is how likely a request to arXiv fails."""
        chance = random.Random(seed)
        self._count_git()

        def plan(kind: str, number: int) -> str:
            draw = random.Random(f"{seed} {kind} {number}")
            names = [name for name in (API_FAULTS if kind == "api" else RSS_FAULTS) if name not in SLOW]
            return draw.choice(names) if draw.random() < share else ""

        self._arxiv.plan = plan
        self._model.faults = [
            ModelFault(
                kind,
                share=share / 6,
                seed=chance.randrange(2**32),
                # Web pages for minutes are what a wrong address serves, which ends a run by design.
                attempts=chance.choice((1, 1, 2, 2 if kind == "web_page" else 6)),
            )
            for kind in MODEL_FAULTS
        ]
        self._hub.faults = [
            HubFault(step, chance.choice((500, 502, 503)), BROKEN, times=1, acts=chance.random() < 0.5)
            for step in HUB_STEPS
            if chance.random() < share
        ]
        self._git.faults = {step: chance.choice((500, 503)) for step in GIT_STEPS if chance.random() < share / 4}

    def mend(self) -> None:
        """GitHub and its git work again; arXiv and the model go on as they were."""
        self._count_git()
        self._hub.faults, self._git.faults = [], {}

    def _count_git(self) -> None:
        self._git_faults += sum(step in self._git.faults for step in self._git.steps[self._git_seen :])
        self._git_seen = len(self._git.steps)

    def seen(self, calls_from: int) -> dict[str, Any]:
        """Return the files and open pull requests, the calls to the model from a number on, and all faults so far."""
        self._count_git()
        # What was in flight when a run was killed belongs to that run, not to the next one.
        self._model.wait_for_records(MOST_LATENCY)
        model = Counter(call.outcome for call in self._model.calls)
        return {
            "main": self._bare.text("main", LIST),
            "branches": {
                pull["head"]["ref"]: self._bare.text(pull["head"]["ref"], LIST) for pull in self._hub.open_pulls()
            },
            "pulls": [pull["number"] for pull in self._hub.open_pulls()],
            "calls": [[call.paper_id, call.outcome] for call in self._model.calls[calls_from:]],
            "faults": {
                "arxiv": sum(bool(call.fault) for call in self._arxiv.calls),
                "model": sum(count for outcome, count in model.items() if outcome != "answer"),
                "github": sum(call.answer == BROKEN for call in self._hub.calls),
                "git": self._git_faults,
            },
        }

    def requests(self) -> dict[str, Any]:
        """Return every request to arXiv (seconds, how many were open at once) and to the model (model, paper)."""
        return {
            "arxiv": [[call.at, call.together] for call in self._arxiv.calls],
            "model": [[call.model, call.paper_id] for call in self._model.calls],
        }

    def edit(self, branch: str, text: str) -> None:
        self._bare.edit(branch, lambda _: text, "A reviewer's edit", LIST)

    def edit_notes(self, line: str) -> None:
        """Someone changes another file of the base branch."""
        self._bare.edit("main", lambda text: f"{text}{line}\n", "A note", "notes.txt")

    def comment(self, number: int, login: str, text: str) -> None:
        self._hub.comment(number, login, text)

    def merge(self, number: int, how: Literal["merge", "squash", "rebase"]) -> None:
        self._hub.merge(number, how)

    def close(self, number: int) -> None:
        self._hub.close(number)

    def delete_branch(self, branch: str) -> None:
        self._bare.delete(branch)


def main() -> None:
    folder, text = Path(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8")
    world = World(folder, text, latency=float(sys.argv[3]))
    with ExitStack() as stack:
        say(world.open(stack))
        for line in sys.stdin:
            order = json.loads(line)
            say(getattr(world, order.pop("do"))(**order))


def say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
