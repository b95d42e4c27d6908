"""The architecture, kept: who may import whom, how long a file may be, and which names are no names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# kind of module -> what it may import from the project ("agent.core" covers everything below it)
MAY_IMPORT: dict[str, set[str]] = {
    "agent/errors.py": set(),
    "agent/records.py": set(),
    "agent/settings.py": {"agent.errors"},
    "agent/ports.py": {"agent.core", "agent.records", "agent.store"},
    "agent/people.py": {"agent.core", "agent.errors", "agent.ports"},
    "agent/printing.py": {"agent.core", "agent.records"},
    "agent/core": {"agent.core", "agent.records", "agent.errors"},
    "agent/sources": {"agent.core", "agent.records", "agent.errors", "agent.sources.json_lines"},
    "agent/judges": {"agent.core", "agent.records", "agent.errors"},
    "agent/deliveries": {"agent.core", "agent.records", "agent.errors", "agent.ports"},
    "agent/review": {"agent.core", "agent.records", "agent.errors", "agent.store"},
    "agent/store.py": {"agent.core", "agent.records", "agent.errors"},
    "agent/workflow.py": {"agent.core", "agent.records", "agent.errors", "agent.people", "agent.ports"},
    "agent/ledger.py": {
        "agent.core",
        "agent.records",
        "agent.errors",
        "agent.ports",
        "agent.sources.listing_file",
        "agent.store",
    },
    "agent/wiring.py": {"agent"},
    "agent/syncing.py": {"agent"},
    "agent/planning.py": {"agent"},
    "agent/backfilling.py": {"agent"},
    "agent/auditing.py": {"agent"},
    "agent/hosted.py": {"agent"},
    "agent/cli.py": {"agent", "evals"},
    "agent/cli_options.py": {"agent.settings", "agent.errors"},
    "evals": {"evals", "agent"},
    "evals/benchmarks": {"evals", "agent", "tests.servers"},
}
# third-party packages with exactly one owner
OWNERS = {
    "langgraph": {"agent/workflow.py"},
    "openai": {"agent/judges/openai_judge.py"},
    "arxiv": {"agent/sources/arxiv_api.py"},
}
NO_NAMES = {"utils", "helpers", "common", "base"}
MAX_LINES = 300

FILES = sorted(
    path.relative_to(ROOT).as_posix() for folder in ("agent", "evals") for path in (ROOT / folder).rglob("*.py")
)


def imports(file: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rule_of(file: str) -> str:
    """The longest matching rule; a package's registry (``__init__.py``) follows the rule of its folder."""
    return max((rule for rule in MAY_IMPORT if file == rule or file.startswith(f"{rule}/")), key=len, default="")


@pytest.mark.parametrize("file", [file for file in FILES if file != "agent/__init__.py"])
def test_a_file_imports_only_what_its_layer_may(file: str) -> None:
    rule = rule_of(file)
    assert rule, f"{file} has no rule in MAY_IMPORT"
    allowed = MAY_IMPORT[rule]
    own = Path(file).with_suffix("").as_posix().replace("/", ".")
    for name in imports(file):
        if name.split(".")[0] in {"agent", "evals", "tests"}:
            inside = any(name == a or name.startswith(f"{a}.") for a in allowed)
            assert inside or _same_package(name, own, rule), f"{file} imports {name}; allowed: {sorted(allowed)}"


def _same_package(name: str, own: str, rule: str) -> bool:
    """A part of one source, judge or delivery may be split over files that share its first word."""
    package = rule.replace("/", ".")
    if not name.startswith(f"{package}.") or not own.startswith(f"{package}."):
        return False
    theirs, ours = name[len(package) + 1 :], own[len(package) + 1 :]
    return theirs.split("_")[0] == ours.split("_")[0] or ours == "__init__"


@pytest.mark.parametrize(("package", "owners"), OWNERS.items())
def test_a_package_with_one_owner_is_imported_nowhere_else(package: str, owners: set[str]) -> None:
    users = {file for file in FILES if any(name.split(".")[0] == package for name in imports(file))}
    assert users <= owners, f"{package} is imported by {sorted(users - owners)}; only {sorted(owners)} may"


def test_no_file_is_longer_than_a_reader_s_patience() -> None:
    lines = {file: (ROOT / file).read_text(encoding="utf-8").count("\n") for file in FILES}
    assert {file: count for file, count in lines.items() if count > MAX_LINES} == {}


def test_every_file_is_named_for_what_it_holds() -> None:
    assert [file for file in FILES if Path(file).stem in NO_NAMES] == []


def test_the_command_line_names_evals_only_inside_its_eval_command() -> None:
    tree = ast.parse((ROOT / "agent/cli.py").read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not any("evals" in ast.unparse(node) for node in top)
