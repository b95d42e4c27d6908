"""Links to code or a project page that the nearest entry lacks are added as other entries print them."""

from __future__ import annotations

import pytest

from agent.core.catalog.parse import Heading, parse
from agent.core.catalog.printing.candidates import format_entry
from tests.support.catalogs import a_paper

PAPER = a_paper("T: U", abstract="Code: https://github.com/one/two. Page: https://one.github.io/two.", authors=())


def printed(*entries: str) -> str:
    """Return the paper as it is printed below these entries."""
    return format_entry(PAPER, parse("\n".join(["# A", *entries, ""]), {"a": Heading(title="A")}).sections["a"].style)


LINK = "[T: U](https://arxiv.org/abs/2511.00001)"
PAGE, CODE = "[Website](https://old.github.io/{0})", "[Source](https://github.com/old/{0})"
NEW_PAGE, NEW_CODE = "[Website](https://one.github.io/two)", "[Source](https://github.com/one/two)"


@pytest.mark.parametrize("sign", [" | ", " ", " / ", ", "])
def test_a_page_and_code_that_no_entry_has_both_of_stand_apart_as_each_does_elsewhere(sign: str) -> None:
    entries = [
        f"- [Old Seeds in Rows](https://arxiv.org/abs/2401.00001){sign}{PAGE.format('a')}",
        f"- [Old Soil in Rows](https://arxiv.org/abs/2401.00002){sign}{CODE.format('b')}",
        f"- [Old Hoes in Rows](https://arxiv.org/abs/2401.00003){sign}{PAGE.format('c')}",
        f"- [Old Pots in Rows](https://arxiv.org/abs/2401.00004){sign}{CODE.format('d')}",
        "- [Old Cans in Rows](https://arxiv.org/abs/2401.00005)",
    ]
    assert printed(*entries) == f"- {LINK}{sign}{NEW_CODE}{sign}{NEW_PAGE}"


def test_a_link_is_called_as_most_are() -> None:
    entries = [
        f"- [Old Seeds in {n} Rows](https://arxiv.org/abs/2401.0000{n}) [{name}](https://github.com/old/{n})"
        f" [Website](https://old.github.io/{n})"
        for n, name in enumerate(["Repository", "Source", "Source"], 1)
    ]
    without = "- [Old Cans in Rows](https://arxiv.org/abs/2401.00008) [Website](https://old.github.io/8)"
    assert printed(*entries, without) == f"- {LINK} {NEW_CODE} {NEW_PAGE}"


def test_a_page_stands_behind_as_many_links_to_the_paper_as_elsewhere() -> None:
    badge = "\n  [![arXiv](https://img.shields.io/badge/arXiv-b31b1b.svg)](https://arxiv.org/abs/{0})"
    star = "\n  [![Star](https://img.shields.io/github/stars/{0}.svg)](https://github.com/{0})"
    web = "\n  [![Web](https://img.shields.io/badge/Web-9cf)]({0})"
    old = ["2401.00001", "2401.00002", "2401.00003"]
    seeds, soil, hoes = (f"+ [Old {n} in Rows](https://arxiv.org/abs/{old[i]})  " for i, n in enumerate("ABC"))
    entries = [
        seeds + star.format("old/a") + badge.format(old[0]),
        soil + badge.format(old[1]) + web.format("https://old.github.io/b"),
        hoes + badge.format(old[2]) + web.format("https://old.github.io/c"),
    ]
    new = badge.format("2511.00001") + web.format("https://one.github.io/two")
    assert printed(*entries) == f"+ {LINK}  " + star.format("one/two") + new


def test_a_name_that_only_the_nearest_link_to_code_has_gives_way_to_the_usual_one() -> None:
    old, code = "https://arxiv.org/abs/2401.0000", "https://github.com/old/"
    rows = [f"| [Old Seeds in {n} Rows]({old}{n}) | [Github]({code}{n}) |" for n in "123"]
    nearest = rows[0].replace("Github", "Link").replace("00001", "00009")
    new = "| [T: U](https://arxiv.org/abs/2511.00001) | [Github](https://github.com/one/two) |"
    assert printed("| Title | Code |", "|--|--|", *rows, nearest) == new
