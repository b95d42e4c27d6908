"""The lists that catalog tests read: the one under care, and three written for the tests in other styles."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Edit
from agent.core.catalog.parse import Heading
from agent.records import Paper

_TESTS = Path(__file__).resolve().parents[1]
_LISTS = _TESTS / "fixtures" / "lists"


def read(path: Path) -> str:
    """Return the text with its line ends as they are in the file."""
    return path.read_bytes().decode()


SPOON = Paper(
    id="2511.90000",
    title="SpoonPick: Tool Use from Examples",
    abstract="We study.",
    authors=("Ada Miller", "Bo Chen", "Carla Diaz"),
    announced=date(2025, 11, 13),
)
STIR = Paper(
    id="2511.90001",
    title="Learning to Stir with Few Demonstrations",
    abstract="Code is at https://github.com/stir/stir.",
    comment="Accepted to ICML 2026",
    authors=("Ada Miller", "Bo Chen"),
    announced=date(2025, 11, 13),
)
SEED = read(_TESTS.parent / "data" / "catalog.md")
SEED_HEADINGS = {
    **{
        number: Heading(title=f"{number} {words.strip()}")
        for number, words in re.findall(r"(?:^#+ |\[)(\d\.\d\.\d) ([^\]\n]*)", SEED, re.MULTILINE)
    },
    "1.selection": Heading(title="Data Selection", parent="1. Surveys"),
    "1.generation": Heading(title="Generation", parent="1. Surveys"),
    "1.blogs": Heading(title="Blogs", parent="1. Surveys"),
}
LISTS: dict[str, tuple[str, dict[str, Heading]]] = {
    "seed": (SEED, SEED_HEADINGS),
    "badges": (
        read(_LISTS / "badges.md"),
        {
            "surveys": Heading(title="📚 Surveys"),
            "seeds": Heading(title="Seeds", parent="🌱 Planting"),
            "soil": Heading(title="Soil", parent="🌱 Planting"),
            "water": Heading(title="💧 Watering"),
            "evaluation": Heading(title="📊 Evaluation"),
        },
    ),
    "tables": (
        read(_LISTS / "tables.md"),
        {name.casefold(): Heading(title=name) for name in ("Folding", "Cutting", "Gluing", "Reading")},
    ),
    "crlf": (
        read(_LISTS / "crlf.md"),
        {
            "sundials": Heading(title="Sundials"),
            "2.2": Heading(title="2.2 Stopping"),
            "2.3": Heading(title="2.3 Starting"),
            "2.methods": Heading(title="Methods", parent="2. Pendulums"),
            "3.methods": Heading(title="Methods", parent="3. Hourglasses"),
            "3.data": Heading(title="Data", parent="3. Hourglasses"),
        },
    ),
}


def a_paper(title: str = "A Fresh Paper", id: str = "2511.00001", **fields: object) -> Paper:
    given: dict[str, object] = {"authors": ("A. One", "B. Two"), "announced": date(2025, 11, 13), **fields}
    return Paper.model_validate({"id": id, "title": title, "abstract": "", **given})


def without_inserted(edit: Edit, original: str) -> str:
    """Take all new lines out, with the line end that set them off if they are the last of a file without one."""
    gone = set(edit.added_lines)
    text = "".join(line for number, line in enumerate(split_lines(edit.text), 1) if number not in gone)
    if original.endswith(("\n", "\r")) or edit.text.endswith(("\n", "\r")):
        return text
    last = len(split_lines(edit.text))
    return text.removesuffix("\n").removesuffix("\r") if last in gone else text
