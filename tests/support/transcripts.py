"""The command blocks of the docs: how each is marked, what it shows, and a folder in which it is run.

A line ``<!-- run: SCENE -->`` or ``<!-- not run: REASON -->`` stands before each block; readers do not see it. In a
block of the kind ``console`` a line that begins with ``$`` is a command, and what follows is what it prints, where
``...`` stands for any lines. In any other kind every line is a command, which has to end well.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from markdown_it import MarkdownIt

from tests.support import triage_at
from tests.support.processes import Child

_MARK = re.compile(r"<!-- (?P<kind>run|not run): (?P<said>.+) -->")
_CHANGING = {
    r"\d{8}-\d{6}-\d{6}": "20251113-052311-000000",
    r"learned-[0-9a-f]{12}": "learned-22c9174ec6cb",
    r"at least 0 s apart": "at least 3 s apart",
}
"""What differs from run to run, as the docs print it: the time of a run, the digest of what was learned, and the pause
between requests, which arXiv's terms ask for and a replica does not."""

DONE = (0, 4)


class Block(NamedTuple):
    """A block of a page: the 1-based line of its fence, its kind (``console``), its mark, its text."""

    page: Path
    line: int
    kind: str
    mark: tuple[str, str] | None
    text: str


class Step(NamedTuple):
    """A command and what it is said to print."""

    command: str
    shown: str


def read_blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, each with the mark that stands before it."""
    before = None
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "fence" and token.map:
            yield Block(page, token.map[0] + 1, token.info, before, token.content)
        found = _MARK.fullmatch(token.content.strip()) if token.type == "html_block" else None
        before = (found["kind"], found["said"]) if found else None


def steps_of(block: Block) -> list[Step]:
    """Return the commands of a block in their order."""
    if block.kind != "console":
        return [Step(line, "") for line in block.text.splitlines() if line and not line.startswith("#")]
    parts = re.split(r"^\$ (.*)\n?", block.text, flags=re.MULTILINE)[1:]
    return [Step(command, shown) for command, shown in zip(parts[::2], parts[1::2], strict=True)]


def _without_make(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what a make above the tests tells one below them: it would name its folders."""
    return {name: value for name, value in environment.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def run_step(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command in a folder and return what it printed, first stdout, then stderr, with what changes made equal."""
    words = shlex.split(command, comments=True)
    given = {**_without_make(os.environ), **environment}
    run = _run_triage if words[:1] == ["triage"] else _run_program
    code, out, err = run(words, folder, given)
    assert code in DONE, f"$ {command}\n{out}\n{err}"
    return as_shown(out + err)


def _run_program(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def _run_triage(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the program in a forked process; what it prints goes to files outside of the folder, which it may list."""
    with TemporaryDirectory() as beside:
        out, err = Path(beside) / "out.txt", Path(beside) / "err.txt"
        code = Child(triage_at.run, words[1:], err, out, folder, environment).wait()
        return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def as_shown(printed: str) -> str:
    """Return what was printed as a page shows it."""
    for pattern, same in _CHANGING.items():
        printed = re.sub(pattern, same, printed)
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


def agrees(step: Step, printed: str) -> bool:
    """Say whether a command printed what the page shows."""
    return doctest.OutputChecker().check_output(step.shown, printed, doctest.ELLIPSIS)


def shorten(printed: str, shown: str) -> str:
    """Return what was printed, cut like what the page shows: as many lines before its ``...`` and after it."""
    lines, old = printed.splitlines(keepends=True), shown.splitlines()
    if "..." not in old:
        return printed
    head, tail = old.index("..."), len(old) - old.index("...") - 1
    return "".join([*lines[:head], "...\n", *(lines[-tail:] if tail else [])])
