"""The meaning of a table's columns, told by its header and by the cells of its first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.arxiv.ids import base_id
from agent.core.catalog.blocks import Table
from agent.core.catalog.formats.style import Column
from agent.core.catalog.formats.summaries import hold_sentences, names_summary
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.labels import label_of, leads_to_paper
from agent.core.catalog.pieces.venues import find_venue
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import is_meta_text
from agent.core.catalog.reading.titles.nicknames import nickname_of

_WORDS: Final[tuple[tuple[Column, str], ...]] = (
    ("link", "link links url pdf arxiv doi 链接 论文链接 论文地址 링크 リンク enlace ссылка"),
    (
        "title",
        """
        title titles paper papers work works article titel titre
        标题 题目 论文标题 论文题目 论文名称 文章标题 论文 제목 논문 논문명
        論文 タイトル 論文名 título artículo artigo название статья
        """,
    ),
    ("authors", "author authors 作者 저자 著者 autor autores авторы автор autoren auteurs"),
    (
        "venue",
        """
        venue conference conf journal published publication source pub proceedings 会议 发表 학회 학회명 学会 会議
        conferencia revista конференция журнал
        """,
    ),
    (
        "date",
        """
        year date time month released 日期 时间 年份 연도 년도 날짜 발표일 年 年度 発表年 日付 año fecha ano
        год дата jahr datum année
        """,
    ),
    ("code", "code github repo repository implementation 代码 代码链接 开源代码 코드 コード código код"),
    ("page", "project page website homepage"),
    (
        "name",
        """
        name model method dataset acronym abbreviation abbr benchmark system approach
        名称 模型 이름 모델 モデル 手法 nombre modelo модель метод
        """,
    ),
)
"""The words of headers, in the languages that lists are written in."""
_HEADERS: Final = {word: column for column, words in _WORDS for word in words.split()}
_ORDER: Final[tuple[Column, ...]] = ("code", "page", "link", "date", "venue", "authors", "title", "name")
_PAPER: Final = frozenset({"paper", "papers", "\u8bba\u6587", "\ub17c\ubb38", "\u8ad6\u6587"})
_OTHERS: Final = frozenset({"target", "base", "backbone", "victim", "teacher", "student", "evaluated", "underlying"})
"""What stands before the name of something that a paper did not make."""
_LINK_NAME: Final = re.compile(r"(?<!!)\[+([^\[\]]+)\]+\(")
_ID: Final = re.compile(r"(?:arxiv:)?\d{4}\.\d{4,5}", re.IGNORECASE)
_SAMPLE: Final = 8


def header_columns(table: Table) -> tuple[Column, ...]:
    """Return what each column holds, as far as the header tells."""
    columns: list[Column] = []
    for header in table.header:
        words = re.findall(r"[^\W_]+", header.casefold())
        if len(words) > 1:
            words = [word for word in words if word != "source"]  # ``Paper / Source`` names no venue
        if not _OTHERS.isdisjoint(words):
            words = []  # ``Target Model``
        kinds = [_HEADERS[word] for word in words if word in _HEADERS]
        kind: Column = min(kinds, key=_ORDER.index) if kinds else "summary" if names_summary(header) else "other"
        if kind == "link" and re.search(r"\btitle\b", header, re.IGNORECASE):
            kind = "title"
        if kind == "title" and kind in columns and "link" not in columns and header.strip().casefold() in _PAPER:
            kind = "link"  # beside the titles, a column called ``Paper`` holds their links
        columns.append(kind if kind == "name" or kind not in columns else "other")
    if "title" not in columns and columns.count("name") == 1:
        columns[columns.index("name")] = "title"
    return tuple(
        column if column != "name" or columns.index("name") == i else "other" for i, column in enumerate(columns)
    )


def read_columns(table: Table) -> tuple[Column, ...]:
    """Return what each column holds; if no header names the title it is the first linked column, else the first.

    A column of papers may hold but their links, as ``[[arXiv 2025]](...)``: then the name is all that is listed.
    """
    columns = list(header_columns(table))
    sample = [row.cells for row in table.rows[:_SAMPLE]]
    if "title" not in columns:
        linked = (
            i
            for cells in sample
            for i, cell in enumerate(cells)
            if i < len(columns) and columns[i] in ("other", "name") and _LINK_NAME.search(cell)
        )
        named = columns.index("code") if "code" in columns and _hold_names(sample, columns.index("code")) else 0
        titled = columns.index("link") if "link" in columns and _hold_titles(sample, columns.index("link")) else named
        columns[next(linked, titled)] = "title"
    at = columns.index("title")
    counts = [sum(_has_title(cells[i]) for cells in sample if i < len(cells)) for i in range(len(columns))]
    named = sum(_names_paper(cells[at]) for cells in sample if at < len(cells))
    if sample and 2 * named < len(sample):
        best = max(range(len(columns)), key=lambda i: (counts[i], -i))
        if best != at and 2 * counts[best] >= len(sample) and columns[best] in ("other", "name"):
            columns[best], columns[at] = "title", "name" if "name" not in columns else "other"
        elif "name" in columns:
            columns[columns.index("name")] = "title"
            columns[at] = "link"
        elif at > 0 and columns[0] == "other" and not named and _hold_papers(sample, at) and _hold_words(sample):
            columns[0], columns[at] = "title", "link"
    _settle_names(columns, sample)
    _settle_others(columns, sample)
    return tuple(columns)


def _settle_others(columns: list[Column], sample: Sequence[Sequence[str]]) -> None:
    """Correct which columns hold summaries, venues or links, from what their cells hold."""
    for i, column in enumerate(columns):
        if column == "summary" and sample and not hold_sentences([cells[i] for cells in sample if i < len(cells)]):
            columns[i] = "other"
    if "venue" in columns and "date" not in columns and _hold_dates(sample, columns.index("venue")):
        columns[columns.index("venue")] = "date"  # ``Published`` above days
    if "venue" not in columns:
        venues = (i for i, column in enumerate(columns) if column == "other" and _hold_venues(sample, i))
        if (at := next(venues, -1)) >= 0:
            columns[at] = "venue"
    at = columns.index("title")
    if "link" not in columns and not any("](" in cells[at] for cells in sample if at < len(cells)):
        papers = (i for i, column in enumerate(columns) if column == "other" and _hold_papers(sample, i))
        if (at := next(papers, -1)) >= 0:
            columns[at] = "link"


def _settle_names(columns: list[Column], sample: Sequence[Sequence[str]]) -> None:
    """Correct which column holds nicknames: one whose words begin the titles does, one of labels such as ``HF`` not."""
    if "name" in columns and (
        _hold_labels(sample, columns.index("name")) or _hold_one_name(sample, columns.index("name"))
    ):
        columns[columns.index("name")] = "other"
    if "name" not in columns and (name := _column_of_names(sample, columns)) >= 0:
        columns[name] = "name"


def _column_of_names(sample: Sequence[Sequence[str]], columns: Sequence[Column]) -> int:
    """Return the column, whatever it is called, that repeats the nicknames which titles begin with; -1 for none."""
    title = columns.index("title")
    rows = [(cells, _nickname_in(cells[title])) for cells in sample if title < len(cells)]
    named = [(cells, name.casefold()) for cells, name in rows if name]
    for i, column in enumerate(columns):
        same = sum(i < len(cells) and cells[i].strip("*_` ").casefold() == name for cells, name in named)
        if column == "other" and same > 1 and 2 * same > len(named):
            return i
    return -1


def _nickname_in(cell: str) -> str:
    reading = read_entry(cell, 0, len(cell), {})
    return reading.nickname or nickname_of(reading.title)


def _hold_labels(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether the links of a column are all called ``HF`` or the like, so that they name nothing."""
    names = [name for cells in sample if at < len(cells) for name in _LINK_NAME.findall(cells[at])]
    return bool(names) and all(label_of(name) is not None for name in names)


def _hold_one_name(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most rows say the same in a column, so that it names no paper."""
    cells = [cells[at] for cells in sample if at < len(cells) and re.search(r"\w", cells[at])]
    return len(cells) > 1 and 2 * max(map(cells.count, cells)) > len(cells)


def _hold_words(sample: Sequence[Sequence[str]]) -> bool:
    """Return whether all cells of the first column hold words without a link, and no two the same."""
    cells = [cells[0] for cells in sample if cells]
    worded = all(re.search(r"[^\W\d_]{2}", cell) and "](" not in cell for cell in cells)
    return worded and len(set(cells)) == len(cells)


def _hold_names(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most links of a column are called by names, not ``code`` or the like."""
    names = [name for cells in sample if at < len(cells) for name in _LINK_NAME.findall(cells[at])]
    return 2 * sum(label_of(name) is None for name in names) > len(names)


def _hold_titles(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most links of a column are called by titles."""
    cells = [cells[at] for cells in sample if at < len(cells)]
    return 2 * sum(map(_has_title, cells)) > len(cells)


def _hold_venues(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most cells of a column name venues."""
    cells = [cells[at] for cells in sample if at < len(cells)]
    return 2 * sum(find_venue(cell, 0, len(cell), alone=True) is not None for cell in cells) > len(cells)


def _hold_dates(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most cells of a column are but a date."""
    cells = [cell for row in sample if at < len(row) and (cell := row[at].strip("*_` ")) and re.search(r"\w", cell)]
    dated = [any((date.start, date.end) == (0, len(cell)) for date in find_dates(cell)) for cell in cells]
    return 2 * sum(dated) > len(dated)


def _hold_papers(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most cells of a column link papers."""
    cells = [cells[at] for cells in sample if at < len(cells)]
    urls = [re.findall(r"\]\((https?://[^\s)]+)", cell) for cell in cells]
    return 2 * sum(any(leads_to_paper(url) for url in found) for found in urls) > len(cells)


def _has_title(cell: str) -> bool:
    """Return whether a cell holds a linked title, not only a name or the label of a link."""
    reading = read_entry(cell, 0, len(cell), {})
    return len(reading.title.split()) > 2 and any(piece.kind == "address" for piece in reading.pieces)


def _names_paper(cell: str) -> bool:
    """Return whether a cell holds a title, or a name with a link."""
    reading = read_entry(cell, 0, len(cell), {})
    label = label_of(reading.title) or is_meta_text(reading.title)
    told = label and (base_id(reading.title) is None or _ID.fullmatch(reading.title) is not None)
    words = 0 if told else len(reading.title.split())
    return words > 1 or (words == 1 and any(piece.kind == "address" for piece in reading.pieces))
