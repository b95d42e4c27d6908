"""Entries of one style as text: a block of them, as it stands below a heading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evals.benchmarks.styles.grammar.papers import Invented
from evals.benchmarks.styles.grammar.pieces import PLAIN, Variation
from evals.benchmarks.styles.grammar.style import Column, Style, Table, print_line


class Written(NamedTuple):
    """A paper as a list has it."""

    paper: Invented
    variation: Variation = PLAIN


def print_block(style: Style, entries: Sequence[Written]) -> str:
    """Return the entries of one heading, without a line end behind the last."""
    if style.table:
        return "\n".join([*_header(style.table), *(print_entry(style, one, at) for at, one in enumerate(entries, 1))])
    text = style.between.join(print_entry(style, one, at) for at, one in enumerate(entries, 1))
    return f"<ul>\n{text}\n</ul>" if style.container == "li" else text


def print_entry(style: Style, entry: Written, number: int) -> str:
    """Return the lines of one entry; ``number`` is its place in its block, from 1 on."""
    if style.table:
        return _row(style.table, [_cell(style, column, entry, number) for column in style.table.columns])
    lines = [print_line(style.forms, slots, entry.paper, entry.variation) for slots in style.lines]
    lines = [line for line in lines if line]
    if style.container == "li":
        return f"  <li>{lines[0]}</li>"
    marker = style.marker.replace("1", str(number)) if style.container == "number" else style.marker
    if style.container in ("sub", "keyed"):
        sub = f"\n{style.indent}{marker if not marker[0].isdigit() else '- '}"
        return f"{marker}{sub.join(lines)}"
    indent = style.indent if style.container == "continued" else ""
    return marker + f"{style.line_end}\n{indent}".join(lines)


def _header(table: Table) -> list[str]:
    return [
        _row(table, [column.header for column in table.columns]),
        _row(table, [table.rule for _ in table.columns]),
    ]


def _cell(style: Style, column: Column, entry: Written, number: int) -> str:
    if not column.slots:
        return str(number)
    return print_line(style.forms, column.slots, entry.paper, entry.variation) or column.empty


def _row(table: Table, cells: list[str]) -> str:
    if table.padded:
        return f"| {' | '.join(cells)} |" if table.edge else " | ".join(cells)
    return f"|{'|'.join(cells)}|" if table.edge else "|".join(cells)
