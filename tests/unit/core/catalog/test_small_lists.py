"""Small lists in many styles: each takes a new paper as if its maintainers had written the entry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Addition, Edit, insert
from agent.core.catalog.parse import Heading, parse
from agent.records import Paper
from tests.support.catalogs import SPOON, STIR, read, without_inserted

LISTS = Path(__file__).resolve().parents[3] / "fixtures" / "lists"
STYLES = sorted((LISTS / "styles").glob("*.md"))
CASES = sorted((LISTS / "cases").iterdir())
HEADINGS = ("23rd June 2026", "Section I:  Tool Use", "工具使用", "Tool Use")
EXPECTED: Mapping[str, tuple[int, str, str]] = json.loads((LISTS / "styles" / "expected.json").read_text("utf-8"))
"""By the name of a list: the first new line's number, and what is new for each of the two papers."""


def headings_of(text: str) -> dict[str, Heading]:
    found = {"tool": Heading(title=next(title for title in HEADINGS if title in text))}
    return found | ({"agent": Heading(title="Agents")} if "## Agents" in text else {})


def new_lines(edit: Edit) -> str:
    lines = split_lines(edit.text)
    return "".join(lines[number - 1] for number in edit.added_lines)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_a_new_entry_looks_like_its_siblings(path: Path) -> None:
    text = read(path)
    line, spoon, stir = EXPECTED[path.stem]
    for paper, expected in ((SPOON, spoon), (STIR, stir)):
        edit = insert(text, headings_of(text), [Addition(leaf="tool", paper=paper)])
        assert new_lines(edit) == expected
        assert without_inserted(edit, text) == text
        assert edit.inserted[0].added[0] == line or paper is STIR


@pytest.mark.parametrize("path", [*STYLES, *(case / "list.md" for case in CASES)], ids=str)
def test_no_word_of_another_paper_comes_into_a_new_entry(path: Path) -> None:
    text = read(path)
    headings = headings_of(text)
    for paper in (SPOON, STIR):
        edit = insert(text, headings, [Addition(leaf="tool", paper=paper)])
        told = new_lines(edit).casefold()
        for entry in parse(text, headings).entries:
            ids = re.findall(r"\d{4}\.\d{5}", entry.raw)
            names = [word for author in entry.authors for word in re.findall(r"\w{4,}", author)]
            own = set(re.findall(r"\w{4,}", entry.title.casefold())) - {"tool", "from", "with"}
            assert not [word for word in {*ids, *names, *own} if word.casefold() in told]


@pytest.mark.parametrize("path", [*STYLES, *(case / "list.md" for case in CASES)], ids=str)
@pytest.mark.parametrize("end", ["\r\n", "none", "bom"])
def test_line_ends_the_last_line_and_the_byte_order_mark_stay(path: Path, end: str) -> None:
    text = read(path)
    text = {"\r\n": text.replace("\n", "\r\n"), "none": text.rstrip("\n"), "bom": "\ufeff" + text}[end]
    edit = insert(text, headings_of(text), [Addition(leaf="tool", paper=paper) for paper in (SPOON, STIR)])
    assert [one.paper_id for one in edit.inserted] == ["2511.90000", "2511.90001"]
    assert without_inserted(edit, text) == text
    again = insert(edit.text, headings_of(text), [Addition(leaf="tool", paper=SPOON)])
    assert again.already == ("2511.90000",)


NEW = {
    "01": "3. SpoonPick: Tool Use from Examples. _Ada Miller et al._ arXiv 2025. [[paper]({})]\n",
    "03": '\n4. **SpoonPick**: "SpoonPick: Tool Use from Examples" [2025-11] [[paper]({})]\n',
    "04": "- SpoonPick: Tool Use from Examples (Arxiv, Nov. 2025) [[Paper]]({})\n",
    "06": "[SpoonPick: Tool Use from Examples]({})\n\n---\n\n",
    "07": "\n    [SpoonPick: Tool Use from Examples]({})\n",
    "08": "\n3. **SpoonPick: Tool Use from Examples**\n\n   *Ada Miller, Bo Chen, Carla Diaz.* [[abs]({})], 2025.11\n",
    "10": "- [2025/11/13] **SpoonPick: Tool Use from Examples** | [[paper]]({}) | [code]\n\n",
    "12": "| **SpoonPick** | [SpoonPick: Tool Use from Examples](https://arxiv.org/pdf/2511.90000) |  |  |\n",
    "13": "| [**SpoonPick: Tool Use from Examples**]({}) | arXiv | 2025-11-13 | - |\n",
    "18": "- [SpoonPick: Tool Use from Examples]({}). arXiv 2025.\n",
    "19": "  - [SpoonPick: Tool Use from Examples]({}). arXiv 2025.\n",
    "22": "- [SpoonPick: Tool Use from Examples]({}). arXiv 2025.\n",
    "23": "2. SpoonPick: Tool Use from Examples. _Ada Miller et al._ arXiv 2025. [[paper]({})]\n"
    "- [SpoonAgent: Agents that Stir](https://arxiv.org/abs/2511.90001). arXiv 2025.\n",
}
KNOWN = {"03": 3, "06": 1, "07": 1, "08": 1, "12": 1, "15": 1}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_night_ends_as_the_maintainers_of_the_list_would_have_it(case: Path) -> None:
    text = read(case / "list.md")
    papers = [Paper.model_validate_json(line) for line in read(case / "night.jsonl").splitlines()]
    additions = [Addition(leaf="agent" if "agents" in p.abstract else "tool", paper=p) for p in papers]
    edit = insert(text, headings_of(text), additions)
    number = case.name[:2]
    if number == "20":  # the similar title has another arXiv id
        assert [one.paper_id for one in edit.inserted] == ["2511.90007"]
        return
    assert len(edit.already) == KNOWN.get(number, 0)
    assert new_lines(edit) == NEW.get(number, "").format("https://arxiv.org/abs/2511.90000")
    assert edit.by_hand == ()
    if number in ("06", "10", "13"):  # the newest first
        assert edit.inserted[0].line < parse(text, headings_of(text)).entries[0].line + 1
