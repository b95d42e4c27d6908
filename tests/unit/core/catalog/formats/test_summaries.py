"""Columns and lines that sum up a paper hold what we say of a new one, never another paper's words."""

from __future__ import annotations

import pytest

from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.inserting.reread import is_balanced
from agent.core.catalog.parse import Heading, parse
from tests.support.catalogs import SPOON, a_paper

HEADING = {"sow": Heading(title="Sowing")}
SUMMARY = "A robot learns to pick up spoons."
LISTS = {
    "a column": (
        "| Title | Venue | TL;DR | Keywords |\n|---|---|---|---|\n"
        "| [SeedBot: Sowing](https://arxiv.org/abs/2409.00001) | arXiv 2024 | A robot sows with both arms. | arms |\n"
        "| [Rows for Everyone](https://arxiv.org/abs/2410.00003) | arXiv 2024 | Rows are learnt from drones. | - |\n",
        "| [SpoonPick: Tool Use from Examples](https://arxiv.org/abs/2511.90000) | arXiv 2025 "
        "| A robot learns to pick up spoons. | - |\n",
    ),
    "a sentence behind the links": (
        "- **Sowing with Two Arms** [[Paper](https://arxiv.org/abs/2411.00006)] - Sows with both of its arms\n"
        "- **Weeds in Rows** [[Paper](https://arxiv.org/abs/2411.00007)] - Finds weeds between straight rows\n"
        "- **Weed or Not** [[Paper](https://arxiv.org/abs/2412.00008)] - A benchmark of weeds with pictures\n",
        "- **SpoonPick: Tool Use from Examples** [[Paper](https://arxiv.org/abs/2511.90000)] "
        "- A robot learns to pick up spoons\n",
    ),
    "an item below": (
        "- [Pruning Trees from Far Away](https://arxiv.org/abs/2411.00010) (arXiv 2024)\n"
        "  - **TL;DR**: Trees are pruned by a drone.\n"
        "- [Cutting Roses Without Fear](https://arxiv.org/abs/2411.00011) (arXiv 2024)\n"
        "  - **TL;DR**: A robot cuts roses without hurting itself.\n",
        "- [SpoonPick: Tool Use from Examples](https://arxiv.org/abs/2511.90000) (arXiv 2025)\n"
        "  - **TL;DR**: A robot learns to pick up spoons.\n",
    ),
    "words with their key behind the links": (
        "- **Sowing with Two Arms** [[Paper](https://arxiv.org/abs/2411.00006)] "
        "TL;DR: Two arms sow faster than one.\n"
        "- **Weeds in Rows** [[Paper](https://arxiv.org/abs/2411.00007)] TL;DR: Weeds are found between rows.\n",
        "- **SpoonPick: Tool Use from Examples** [[Paper](https://arxiv.org/abs/2511.90000)] "
        "TL;DR: A robot learns to pick up spoons.\n",
    ),
    "remarks on a few papers only": (
        "- [Pruning Trees from Far Away](https://arxiv.org/abs/2411.00010)\n"
        "- [Cutting Roses Without Fear](https://arxiv.org/abs/2411.00011) - This one is the best of them all.\n"
        "- [Branches as Graphs](https://arxiv.org/abs/2411.00012)\n",
        "- [SpoonPick: Tool Use from Examples](https://arxiv.org/abs/2511.90000)\n",
    ),
    "a column of keywords": (
        "| Title | Keywords |\n|---|---|\n"
        "| [SeedBot: Sowing](https://arxiv.org/abs/2409.00001) | arms, robots that sow, seeds |\n"
        "| [Rows for Everyone](https://arxiv.org/abs/2410.00003) | rows, drones, straight lines |\n",
        "| [SpoonPick: Tool Use from Examples](https://arxiv.org/abs/2511.90000) |  |\n",
    ),
}


@pytest.mark.parametrize(("entries", "new"), LISTS.values(), ids=LISTS)
def test_a_new_entry_is_summed_up_where_its_siblings_are(entries: str, new: str) -> None:
    text = f"# List\n\n## Sowing\n\n{entries}"
    edit = insert(text, HEADING, [Addition(leaf="sow", paper=SPOON, summary=SUMMARY)])
    assert edit.text == text + new


@pytest.mark.parametrize("entries", [entries for entries, _ in LISTS.values()], ids=LISTS)
def test_nothing_is_said_of_a_paper_that_nobody_summed_up(entries: str) -> None:
    text = f"# List\n\n## Sowing\n\n{entries}"
    edit = insert(text, HEADING, [Addition(leaf="sow", paper=SPOON)])
    (one,) = edit.inserted
    assert "TL;DR" not in one.entry
    assert not {"robot", "arms", "trees", "weeds", "drones"}.intersection(one.entry.casefold().split())


@pytest.mark.parametrize(("blank", "shown"), [("", "Rows (1 &lt; 2 * b_c: x"), ("\n", "Rows (1 &lt; 2 \\* b\\_c: x")])
def test_an_abstract_unfolds_where_the_others_do(blank: str, shown: str) -> None:
    fold = f"<details><summary><b>📖 Abstract</b></summary>\n{blank}{{}}\n{blank}</details>\n"
    listed = "".join(
        f"\n### [Old Peas in {n} Rows](https://arxiv.org/abs/2401.0000{n})\n{fold.format('It grows (well.')}"
        for n in (1, 2)
    )
    paper = a_paper("T: U", abstract="Rows (1 < 2 * b_c:\nx")
    edit = insert(f"# A\n{listed}", {"a": Heading(title="A")}, [Addition(leaf="a", paper=paper)])
    assert edit.inserted[0].entry == f"### [T: U](https://arxiv.org/abs/2511.00001)\n{fold.format(shown)}".rstrip()


@pytest.mark.parametrize(
    ("header", "entry"),
    [
        ("", "- [Old Peas {n}](https://arxiv.org/abs/2401.0000{n}) {fold}\n"),
        ("| Title | Abstract |\n|--|--|\n", "| [Old Peas {n}](https://arxiv.org/abs/2401.0000{n}) | {fold} |\n"),
    ],
)
def test_nothing_in_an_abstract_is_markdown_where_that_is_read(header: str, entry: str) -> None:
    fold = "<details><summary>Abstract</summary>{}</details>"
    listed = "".join(entry.format(n=n, fold=fold.format("It grows well.")) for n in (1, 2))
    paper = a_paper("T: U", abstract="See [this](/x) | `y")
    edit = insert(f"# A\n{header}{listed}", {"a": Heading(title="A")}, [Addition(leaf="a", paper=paper)])
    assert fold.format(r"See \[this\](/x) \| \`y") in edit.inserted[0].entry


@pytest.mark.parametrize("lead", ["\n\n  ", "\n  ", " "])
@pytest.mark.parametrize(
    ("inside", "new"),
    [
        ("<summary>Abstract</summary>\n\n  {}", "<summary>Abstract</summary>\n\n  Pots are (made."),
        ("<summary>Notes</summary>\n\n  {} See [more](https://x.org/{n}).", None),
        ("<summary>Abstract</summary>\n\n  {}\n\n  [code](https://github.com/x/{n})", None),
        ("<summary>More</summary>\n\n  - {}\n  - [code](https://github.com/x/{n})", None),
    ],
)
def test_what_unfolds_below_an_item_is_closed_or_left_out(lead: str, inside: str, new: str | None) -> None:
    said = ("It grows well.", "They found a new way.", "We compare some soils.")
    fold = f"{lead}<details>{{}}\n\n  </details>"
    listed = "".join(
        f"- [Old Peas {n}](https://arxiv.org/abs/2401.0000{n}){fold.format(inside.format(words, n=n))}\n\n"
        for n, words in enumerate(said)
    )
    paper = a_paper("T: U", abstract="Pots are (made.")
    [one] = insert(f"# A\n{listed}", {"a": Heading(title="A")}, [Addition(leaf="a", paper=paper)]).inserted
    assert one.entry == "- [T: U](https://arxiv.org/abs/2511.00001)" + (fold.format(new) if new else "")


def test_an_entry_that_would_fold_away_what_follows_is_refused() -> None:
    entry = "- [{}](https://arxiv.org/abs/{})"
    listed = parse(f"# A\n{entry.format('Old Peas', '2401.00001')}\n", {"a": Heading(title="A")})
    new = f"{entry.format('T: U', '2511.00001')} <details>"
    style = listed.sections["a"].style
    assert [is_balanced(text, a_paper("T: U"), style) for text in (new, f"{new}</details>")] == [False, True]
