"""The findings in a list of which nothing is known."""

from __future__ import annotations

from agent.core.catalog.overview import read_overview

LIST = """# Awesome Pots

A curated list of papers on pots and their makers.

## Contents
- [Clay](#clay)

## Clay

Pots of clay are fired in a kiln of some kind.

- [Pots of Brown Clay](https://arxiv.org/abs/2305.00002). ACL 2023. [[doi](https://doi.org/10.1000/x.1)]
- [Pots of Red Clay](https://arxiv.org/abs/2204.00003)
- [Pots of White Clay](https://aclanthology.org/2021.acl-long.7/). ACL 2021.

Read also https://arxiv.org/abs/2101.00009 some day.
<!-- - [Hidden](https://arxiv.org/abs/1901.00001) -->

## Glass
- Jars
  - [A Jar of Glass](https://openreview.net/forum?id=abc)
  - [Another Jar of Glass](https://arxiv.org/abs/2201.00001)
- Cups
  - [A Cup of Glass](https://arxiv.org/abs/2301.00001)
  - [Another Cup of Glass](https://arxiv.org/abs/2302.00001)
"""


def test_each_heading_has_its_entries_links_and_introduction() -> None:
    overview = read_overview(LIST)
    rows = {row.title: row for row in overview.headings}
    assert overview.title == "Awesome Pots" and overview.introduction.startswith("A curated list of papers")
    clay = rows["Clay"]
    assert clay.path == ("Awesome Pots",)
    assert clay.introduction == "Pots of clay are fired in a kiln of some kind."
    assert [entry.title for entry in clay.entries] == ["Pots of Brown Clay", "Pots of Red Clay", "Pots of White Clay"]
    assert clay.links.model_dump() == {"arxiv": 3, "acl": 1, "openreview": 0, "doi": 1}
    assert clay.unread == (LIST.splitlines().index("Read also https://arxiv.org/abs/2101.00009 some day.") + 1,)
    assert rows["Contents"].entries == ()


def test_bullets_that_only_hold_others_are_read_as_headings_too() -> None:
    rows = {(row.kind, row.title): row for row in read_overview(LIST).headings}
    assert len(rows["heading", "Glass"].entries) == 4
    assert [entry.title for entry in rows["bullet", "Jars"].entries] == ["A Jar of Glass", "Another Jar of Glass"]
    assert rows["bullet", "Cups"].path == ("Glass",)


def test_equal_headings_are_told_apart_by_where_they_stand() -> None:
    text = "# L\n## A\n### Others\n- [One](https://arxiv.org/abs/2301.00001)\n## B\n### Others\n- [Two](https://arxiv.org/abs/2301.00002)\n"
    others = [row for row in read_overview(text).headings if row.title == "Others"]
    assert [(row.path[-1], [entry.title for entry in row.entries]) for row in others] == [
        ("A", ["One"]),
        ("B", ["Two"]),
    ]


def test_a_list_without_headings_has_none() -> None:
    assert read_overview("").headings == read_overview("- [One](https://arxiv.org/abs/2301.00001)\n").headings == ()


def test_headings_that_are_linked_titles_are_entries_of_the_heading_above() -> None:
    entry = "### [{} about Pots of Clay](https://arxiv.org/abs/{})\n- **Metrics:** Weight\n- **Comments:** Heavy.\n\n"
    text = "# Pots\n\n## Clay\n\n" + entry.format("Words", "2301.00001") + entry.format("Songs", "2302.00002")
    rows = {row.title: [e.title for e in row.entries] for row in read_overview(text).headings}
    assert rows["Clay"] == ["Words about Pots of Clay", "Songs about Pots of Clay"]
    assert list(rows) == ["Pots", "Clay"]


def test_papers_in_blocks_of_code_are_told_apart_from_entries_and_from_bibtex() -> None:
    text = """# Pots
## Clay
```python
get("https://arxiv.org/abs/2101.00001")
```
- [Pots of Red Clay](https://arxiv.org/abs/2204.00003)

```
[Pots of Brown Clay](https://arxiv.org/abs/2305.00002)
Pots of Blue Clay. A. Potter. https://arxiv.org/abs/2305.00004
no paper here
```

~~~
@article{pots, note={see https://arxiv.org/abs/2305.00005 }}
~~~
"""
    overview = read_overview(text)
    assert overview.fenced == (9, 10)
    assert [row.unread for row in overview.headings] == [(), (4, 15)]
