"""Every command block of the README and of docs/ is run, or says why it cannot be; what it shows is what it prints.

``make docs`` writes what the commands print now into the pages.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.replicas.arxiv_corpus import read_listing
from tests.replicas.arxiv_server import ArxivServer
from tests.support.transcripts import Block, agrees, read_blocks, run_step, shorten, steps_of
from tests.support.triage_at import NOW

WHALES = ROOT / "tests" / "fixtures" / "whales"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SHELL = ("", "console", "sh", "bash", "shell")
BLOCKS = [block for page in PAGES for block in read_blocks(page) if block.kind in SHELL]
LAID_OUT = ("Makefile", "triage.toml", "data", "prompts", "taxonomy", "evals")
UPDATE = bool(os.environ.get("UPDATE_DOCS"))

Run = Callable[[str], str]


def named(block: Block) -> str:
    return f"{block.page.name}:{block.line}"


@pytest.mark.parametrize("block", BLOCKS, ids=named)
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    assert block.mark, "write <!-- run: SCENE --> or <!-- not run: REASON --> on a line of its own before the block"
    kind, said = block.mark
    assert said in SCENES if kind == "run" else len(said.split()) >= 3


@pytest.fixture
def whales(tmp_path: Path, arxiv: dict[str, str]) -> Run:
    """A folder that holds nothing but the README of a small list; arXiv is a replica on a night of 2025."""
    shutil.copy(WHALES / "README.md", tmp_path)
    return lambda command: run_step(command, tmp_path, arxiv)


@pytest.fixture
def set_up(whales: Run, tmp_path: Path) -> Run:
    """The same after `triage init`, with a file of no answers."""
    whales("triage init")
    (tmp_path / "answers.jsonl").write_text("", encoding="utf-8")
    return whales


@pytest.fixture
def checkout(tmp_path: Path, arxiv: dict[str, str]) -> Run:
    """A copy of what a clone holds besides code; the program is the one that runs the tests."""
    for name in LAID_OUT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    ready = f"make -o .venv/ready BIN={Path(sys.executable).parent}"
    return lambda command: run_step(command.replace("make ", f"{ready} ", 1), tmp_path, arxiv)


@pytest.fixture
def arxiv() -> Iterator[dict[str, str]]:
    """Return the environment of a person without keys, for whom arXiv announced 51 papers this night."""
    papers = [*read_listing(ROOT / "data" / "sample_listing.jsonl"), *read_listing(WHALES / "night.jsonl")]
    with ArxivServer(papers) as server:
        yield {
            NOW: "2025-11-13T05:23:11+00:00",
            "COLUMNS": "110",
            "PYTHONPATH": str(ROOT),
            "TRIAGE_ARXIV_API_URL": server.api_url,
            "TRIAGE_ARXIV_RSS_URL": server.rss_url,
            "TRIAGE_ARXIV_PAUSE_SECONDS": "0",
        }


SCENES = {"whales", "set_up", "checkout"}


RUN = [
    pytest.param(block, id=named(block), marks=[] if block.kind == "console" else pytest.mark.slow)
    for block in BLOCKS
    if block.mark and block.mark[0] == "run"
]


@pytest.mark.parametrize("block", RUN)
def test_a_block_prints_what_it_shows(block: Block, request: pytest.FixtureRequest) -> None:
    assert block.mark
    run: Run = request.getfixturevalue(block.mark[1])
    steps = steps_of(block)
    assert steps
    made = []
    for step in steps:
        printed = run(step.command)
        shown = step.shown if block.kind != "console" or agrees(step, printed) else shorten(printed, step.shown)
        made.append(f"$ {step.command}\n{shown}")
        assert UPDATE or shown == step.shown, f"$ {step.command} prints this now (`make docs` writes it):\n{printed}"
    if UPDATE and block.kind == "console":
        text = block.page.read_text(encoding="utf-8")
        block.page.write_text(text.replace(block.text, "".join(made), 1), encoding="utf-8")
