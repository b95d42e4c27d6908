"""Among which entries a paper goes that is not the newest of its section."""

from __future__ import annotations

from datetime import date

import pytest

from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.parse import Heading
from tests.support.catalogs import a_paper

HEADINGS = {"sowing": Heading(title="Sowing"), "watering": Heading(title="Watering")}
NAMES = ["Carrots", "Dill in Rows", "Onions at Noon", "Peas"]


def a_list(sowing: list[str], watering: list[str]) -> str:
    return "\n".join(["# Garden", "", "## Sowing", *sowing, "", "## Watering", *watering, ""])


def place_of(text: str, **fields: object) -> int:
    """Return how many entries of its section a paper was put behind."""
    edit = insert(text, HEADINGS, [Addition(leaf="sowing", paper=a_paper("Melons for Everyone Everywhere", **fields))])
    return edit.inserted[0].line - 4


def entries(days: list[str]) -> list[str]:
    return [
        f"- [{day}] [{name} and More](https://arxiv.org/abs/{day[2:4]}{day[5:7]}.0000{at})"
        for at, (day, name) in enumerate(zip(days, NAMES, strict=False))
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2025-10-02", "2025-08-20", "2025-06-01", "2025-01-09"], 1),
        (["2025-01-09", "2025-06-01", "2025-08-20", "2025-10-02"], 3),
        (["2025-07", "2025-06", "2025-05", "2025-04"], 0),
        (["2025-12", "2025-11", "2025-10", "2025-08"], 4 - 1),
    ],
)
def test_an_older_paper_goes_where_its_date_belongs(days: list[str], expected: int) -> None:
    text = a_list(entries(days), entries(days[:2]))
    assert place_of(text, id="2509.00009", announced=date(2025, 9, 9)) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2025-01-09", "2025-06-01", "2025-08-20", "2025-10-02"], 1),
        (["2025-07-09", "2025-08-01", "2025-10-20", "2025-06-02"], 0),
    ],
)
def test_where_no_months_are_printed_the_ids_tell_the_place_if_they_are_in_order(
    days: list[str], expected: int
) -> None:
    undated = [f"- {entry.split('] ', 1)[1]}" for entry in reversed(entries(days))]
    text = a_list(undated, sorted(undated, key=lambda entry: entry[-11:], reverse=True))
    assert place_of(text, id="2509.00009", announced=date(2025, 9, 9)) == expected


def test_numbered_entries_are_not_parted() -> None:
    days = ["2025-01-09", "2025-06-01", "2025-08-20", "2025-10-02"]
    numbered = [f"{at}. {entry[2:]}" for at, entry in enumerate(entries(days), 1)]
    assert place_of(a_list(numbered, numbered[:2]), id="2507.00009", announced=date(2025, 7, 9)) == 4


def test_short_sections_are_alphabetical_together() -> None:
    titles = ["Apples", "Kale", "Plums", "Quinces"]
    alphabetical = [
        f"- [{title} and More](https://arxiv.org/abs/{month}.00001)"
        for title, month in zip(titles, ("2407", "2403", "2409", "2401"), strict=True)
    ]
    watering = [
        f"- [{title} under Glass](https://arxiv.org/abs/{month}.00002)"
        for title, month in zip(titles, ("2402", "2408", "2404", "2411"), strict=True)
    ]
    assert place_of(a_list(alphabetical, watering)) == 2


def test_two_dates_by_chance_in_order_do_not_hide_that_of_the_names() -> None:
    dated = {
        "Ladle": " [arXiv](https://arxiv.org/abs/2403.00001)",
        "Whisk": " [arXiv](https://arxiv.org/abs/2402.00002)",
    }
    names = ("Basin", "Ewer", "Ladle", "Pan", "Sieve", "Whisk")
    tools = [
        f"- [{name}](https://tools.org/{name.lower()}) - A tool for kitchens.{dated.get(name, '')}" for name in names
    ]
    assert place_of(a_list(tools, tools[:3])) == 3


def test_a_heading_that_is_counted_gets_the_next_number_below_its_year() -> None:
    def entry(number: int, name: str) -> str:
        return (
            f"### {number}. {name} and More\n**Authors**: A. Miller, B. Chen\n\n[Paper](https://arxiv.org/abs/{name})\n"
        )

    years = ["## 2025:", entry(1, "2501.00001"), "## 2024:", entry(1, "2402.00001"), "<br>\n", entry(2, "2401.00002")]
    text = "\n".join(["# Garden", "", "# Sowing", *years])
    edit = insert(text, HEADINGS, [Addition(leaf="sowing", paper=a_paper("Melons for Everyone"))])
    new = "### 2. Melons for Everyone\n**Authors**: A. One, B. Two\n\n[Paper](https://arxiv.org/abs/2511.00001)\n"
    assert edit.text == text.replace("## 2024:", f"<br>\n\n{new}\n## 2024:")


@pytest.mark.parametrize(("comment", "expected"), [("", 5), ("Accepted to ACL 2025", 2)])
def test_a_preprint_goes_among_preprints_that_stand_apart_from_what_is_published(comment: str, expected: int) -> None:
    told = [("ICLR'24", "2310.00001"), ("WWW'24", "2402.00002")]
    told += [("arXiv 2023.10", "2310.00003"), ("arXiv 2023.12", "2312.00004"), ("arXiv 2024.01", "2401.00005")]
    listed = [f"- (*{venue}*) {n} Long Rows of Peas [[paper](https://arxiv.org/abs/{n})]" for venue, n in told]
    assert place_of(a_list(listed, []), comment=comment) == expected
    by_date = [listed[0], listed[1].replace("2402", "2311"), *listed[3:]]
    assert place_of(a_list(by_date, []), comment=comment) == len(by_date)
    years = [entry.replace("'24", " 2023").replace("2023.12", "2023") for entry in (listed[0], listed[1], *listed[3:])]
    assert place_of(a_list(years, []), comment=comment) == len(years)


def test_what_is_published_first_by_chance_stays_in_the_order_of_its_titles() -> None:
    told = [("ACL 2024", "2310.00001"), ("ICML 2024", "2402.00002"), ("WWW 2023", "2301.00003")]
    told += [("arXiv 2023", "2305.00004"), ("arXiv 2024", "2401.00005")]
    names = ["Apples", "Beans", "Carrots", "Onions", "Peas"]
    listed = [
        f"- {name} in Long Rows ({venue}) [[paper](https://arxiv.org/abs/{n})]"
        for name, (venue, n) in zip(names, told, strict=True)
    ]
    assert place_of(a_list(listed, [])) == 3
