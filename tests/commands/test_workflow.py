"""``triage init --workflow``: a short workflow that uses the composite action, and a night of its steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agent.wiring.github_actions.workflow_file import WORKFLOW
from tests.conftest import ROOT
from tests.replicas.git_server import Bare, GitServer
from tests.replicas.github_server import GitHubServer
from tests.support.cli import Commands
from tests.support.small_list import TOKEN

LIST = """# Awesome Pots

## Clay Firing
- [Firing Clay Pots with Language Models](https://arxiv.org/abs/2301.00001). arXiv 2023.
- [Kilns that Plan: Firing Clay by Agents](https://arxiv.org/abs/2305.00002). arXiv 2023.

## Glass Blowing
- [Blowing Glass with Robots](https://arxiv.org/abs/2401.00004). arXiv 2024.
- [Glass Blowing in Zero Gravity](https://arxiv.org/abs/2404.00006). arXiv 2024.
"""
PAPER = {
    "id": "2511.00010",
    "title": "Clay Firing Schedules for Kilns that Plan",
    "abstract": "We fire clay pots in kilns. We propose an agent that plans the firing of clay pots.",
    "categories": ["cs.AI"],
    "announced": "2025-11-13",
    "authors": ["Ada Potter"],
}
ACTION_USED = "pot-lovers/paper-triage@v0.1.0"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "pots"
    path.mkdir()
    (path / "README.md").write_text(LIST, encoding="utf-8")
    monkeypatch.chdir(path)
    return path


def test_the_workflow_is_short_pinned_and_least_privileged(triage: Commands, folder: Path) -> None:
    assert triage("init", "--workflow", "--action", ACTION_USED).code == 0
    text = (folder / WORKFLOW).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 25
    made = yaml.safe_load(text)
    [job] = made["jobs"].values()
    assert made["permissions"] == {}
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}
    checkout, night = job["steps"]
    assert checkout["with"] == {"persist-credentials": False}
    assert night["uses"] == ACTION_USED
    assert set(night["with"]) <= set(ACTION["inputs"])


@pytest.mark.parametrize("action", ["pot-lovers/paper-triage", "paper-triage@v1", "pot-lovers/paper triage@v1", "@v1"])
def test_an_action_without_repository_or_version_is_refused_before_anything_is_written(
    triage: Commands, folder: Path, action: str
) -> None:
    ended = triage("init", "--workflow", "--action", action)
    assert (ended.code, "write OWNER/REPO@REF" in ended.line) == (2, True)
    assert [path.name for path in folder.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("uses", "said"),
    [("OWNER/paper-triage@v0.1.0", "names no account"), ("pot-lovers/paper-triage", "names no version")],
)
def test_the_doctor_names_a_workflow_that_cannot_run(triage: Commands, folder: Path, uses: str, said: str) -> None:
    assert triage("init", "--workflow", "--action", ACTION_USED).code == 0
    assert triage("doctor", "--offline").code == 0
    file = folder / WORKFLOW
    file.write_text(file.read_text(encoding="utf-8").replace(ACTION_USED, uses), encoding="utf-8")
    ended = triage("doctor", "--offline", "--json")
    [fault] = [check for check in json.loads(ended.out)["checks"] if not check["ready"]]
    assert (ended.code, fault["subject"]) == (2, "workflow")
    assert said in fault["found"]


def test_a_workflow_is_added_to_a_list_that_is_set_up_and_nothing_else_changes(triage: Commands, folder: Path) -> None:
    assert triage("init").code == 0
    survey = folder / "taxonomy" / "survey.yaml"
    survey.write_text(survey.read_text("utf-8") + "# my words\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert triage("init", "--workflow", "--action", ACTION_USED).code == 0
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after.keys() - before.keys() == {folder / WORKFLOW}
    assert all(after[path] == text for path, text in before.items())
    again = triage("init", "--workflow", "--action", ACTION_USED)
    assert (again.code, "exists: keep it" in again.line) == (2, True)


def test_a_workflow_of_ones_own_is_not_overwritten_by_a_set_up(triage: Commands, folder: Path) -> None:
    (folder / WORKFLOW).parent.mkdir(parents=True)
    (folder / WORKFLOW).write_text("mine", encoding="utf-8")
    ended = triage("init", "--workflow", "--action", ACTION_USED)
    assert (ended.code, "--force" in ended.line) == (2, True)
    assert (folder / WORKFLOW).read_text(encoding="utf-8") == "mine"
    assert not (folder / "triage.toml").exists()


def test_the_steps_of_the_action_open_a_draft_pull_request(triage: Commands, folder: Path, tmp_path: Path) -> None:
    assert triage("init").code == 0
    (folder / "night.jsonl").write_text(json.dumps(PAPER) + "\n", encoding="utf-8")
    steps = {step.get("name"): step for step in ACTION["runs"]["steps"]}
    bare = Bare.holding(tmp_path / "pots.git", {"README.md": LIST})
    with GitServer(tmp_path, {TOKEN: "write"}) as git, GitHubServer(bare, {TOKEN: "write"}) as hub:
        defaults = {name.upper().replace("-", "_"): str(given["default"]) for name, given in ACTION["inputs"].items()}
        environment = {
            **os.environ,
            **defaults,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JUDGE": "local",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "TRIAGE_GITHUB_API_URL": hub.url,
            "TRIAGE_GITHUB_REPOSITORY": "owner/list",
            "TRIAGE_GITHUB_REMOTE": git.url("pots"),
            "TRIAGE_GITHUB_BASE": "main",
            "TRIAGE_SOURCE_KIND": "night.jsonl",
            "TRIAGE_REVIEW_MIN_SCORE": "0",
        }
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", steps["Night"]["run"]],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        [pull] = hub.pulls
    assert (tmp_path / "output").read_text() == f"pr-url={pull['html_url']}\n"
    assert (pull["draft"], PAPER["title"] in pull["body"]) == (True, True)
    assert PAPER["title"] in (tmp_path / "summary.md").read_text(encoding="utf-8")
