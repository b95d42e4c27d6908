"""The wheel and the source distribution: what they hold, and a wheel at work where nothing else is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

LIST = """# Awesome Pots

## Clay Firing
- [Firing Clay Pots with Language Models](https://arxiv.org/abs/2301.00001). arXiv 2023.
- [Kilns that Plan: Firing Clay by Agents](https://arxiv.org/abs/2305.00002). arXiv 2023.
"""
WITH_THE_CODE = (".html", ".j2", ".css", ".js", ".svg", ".yaml", ".mako")


def run(*words: object, folder: Path = ROOT) -> str:
    """Run a command away from this checkout's own settings and return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRIAGE_", "OPENAI_", "PYTHON"))}
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both distributions of the files that git knows, in a folder of their own."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    names = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--outdir", dist, source)
    return dist


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def triage(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment and return its command."""
    empty = tmp_path_factory.mktemp("empty")
    venv.create(empty, with_pip=True, symlinks=True)
    pip = (empty / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "-c", ROOT / "constraints.txt", wheel)
    return empty / "bin" / "triage"


def test_the_wheel_holds_every_file_that_stands_beside_the_code(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in ("agent", "evals")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", *WITH_THE_CODE) and "benchmarks" not in path.parts and "results" not in path.parts
    }
    assert len([name for name in wanted if not name.endswith(".py")]) > 20
    assert not wanted - held


def test_the_wheel_holds_prompts_prices_and_migrations(wheel: Path) -> None:
    held = ZipFile(wheel)
    for shipped in ("prompts/LOCK", "prompts/judge/v1.yaml", "prompts/judge/v3.yaml", "data/prices.toml"):
        assert held.read(f"agent/shipped/{shipped}") == (ROOT / shipped).read_bytes()
    for folder in ("versions", "fleet_versions"):
        assert [name for name in held.namelist() if name.startswith(f"agent/database/migrations/{folder}/v")]


def test_the_wheel_holds_no_list_no_results_and_no_tests(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"agent", "evals", "paper_triage"}
    assert not [name for name in names if "/results/" in name or "/benchmarks/" in name or "test" in name.lower()]
    assert not [name for name in names if name.endswith((".jsonl", ".gz", ".md"))]
    assert wheel.stat().st_size < 1_000_000


def test_the_source_distribution_holds_what_the_wheel_is_built_from(built: Path) -> None:
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"pyproject.toml", "setup.py", "README.md", "LICENSE", "data/prices.toml", "prompts/LOCK"}
    assert wanted <= names
    assert not [name for name in names if name.startswith(("tests/", "evals/results/", "data/labels"))]


def test_an_installed_wheel_tells_the_version_of_its_file(triage: Path, wheel: Path) -> None:
    version = wheel.name.split("-")[1]
    assert run(triage, "--version") == f"paper-triage {version}\n"


def test_an_installed_wheel_serves_a_list_that_it_has_never_seen(triage: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(LIST, encoding="utf-8")
    (tmp_path / "night.jsonl").write_text(
        '{"id": "2511.00010", "title": "Clay Firing Schedules for Kilns that Plan", "abstract": "We fire clay pots in '
        'kilns. We propose an agent that plans the firing of clay pots.", "categories": ["cs.AI"], '
        '"announced": "2025-11-13"}\n',
        encoding="utf-8",
    )
    run(triage, "init", folder=tmp_path)
    run(triage, "run", "--source", "night.jsonl", "--judge", "local", folder=tmp_path)
    [ended] = json.loads(run(triage, "status", "--json", folder=tmp_path))["runs"]
    assert ended["listed"] == 1
    messages = run(triage, "run", "--source", "night.jsonl", "--show-prompt", "2511.00010", "--json", folder=tmp_path)
    assert "Kilns that Plan" in messages
    assert "ready" in run(triage, "doctor", "--offline", folder=tmp_path)
