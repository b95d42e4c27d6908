"""Fields that a model wrote as lines: a name and its value, under headings, in a list or in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.core.notation.fences import FENCED

_LONGEST = 16_000
_FEWEST = 3
"""Fields: fewer may be prose that begins with the name."""
_NAME = r"(?P<name>[A-Za-z][\w ]{0,30}?)"
_LINE = re.compile(
    rf"^(?P<shape>[ \t>]*(?:[^\w\s|#{{}}\"'`*_]{{1,2}}[ \t]+|\*[ \t]+)?(?:#{{1,6}}[ \t]+)?(?:\d{{1,2}}[.)][ \t]+)?"
    rf"(?:(?:const|let|var)[ \t]+)?)(?P<mark>[*_`\"':]{{0,3}}){_NAME}[*_`\"']{{0,3}}[ \t]*+"
    r"(?:(?:::|[:=\uff1a]|->|=>|\u2192|(?<=[ \t])[-\u2013\u2014](?=[ \t]|$)|(?<=\t)|,(?=\S))"
    r"[*_]{0,2}[ \t]*(?P<value>.*)"
    r"|(?P<bare>))$"
)
_BULLET = re.compile(r"^[ \t]*(?:[-*+\u2022]|\d{1,2}[.)])[ \t]+")
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s:|-]+")
_BETWEEN_CELLS = re.compile(r"</t[dh]>\s{0,40}<t[dh]\b[^<>]{0,80}>", re.IGNORECASE)
_BETWEEN_ROWS = re.compile(r"</?(?:table|thead|tbody|tr|t[dh])\b[^<>]{0,80}>", re.IGNORECASE)
"""Of a table in HTML, which becomes one of lines with bars."""
_AROUND = " \t*_`"
_NOTHING = ("", "-", "[]", "none", "n/a")


def find_fields(text: str, key: str) -> Mapping[str, Any] | None:
    """Return the fields by their names in lower case, of which one is ``key``; values are texts, or lists of them.

    None: there are fewer than three fields, several of that name, or words behind them, which may say that all before
    is only quoted.
    """
    if len(text) > _LONGEST or key not in text.casefold():
        return None
    if "<td" in text:
        text = _BETWEEN_ROWS.sub("\n", _BETWEEN_CELLS.sub(" | ", text))
    blocks = [block for block in reversed(FENCED.findall(text)) if key in block.casefold()]
    for block in blocks or [text]:
        for fields in (_in_table(block, key), _in_lines(block.splitlines(), key)):
            if fields and len(fields) >= _FEWEST:
                return fields
    return None


def _in_lines(lines: Sequence[str], key: str) -> dict[str, Any] | None:
    """Return the fields of lines; a line begins one if it has the form of the line with ``key``."""
    read = [_LINE.match(line.rstrip(" \r")) for line in lines]
    keyed = [found for found in read if found and found["name"].strip().casefold() == key]
    named = rf"(?:^|[{{,])[ \t]*[\"'`*_]{{0,3}}{key}[\"'`*_]{{0,3}}[ \t]*[:=]"
    if len(keyed) != 1 or len(re.findall(named, "\n".join(lines), re.IGNORECASE | re.MULTILINE)) > 1:
        return None
    form = _form(keyed[0])
    fields: dict[str, list[str]] = {}
    name = ""
    for line, found in zip(lines, read, strict=True):
        if found and _form(found) == form:
            name = found["name"].strip().casefold()
            fields[name] = [found["value"] or ""]
        elif name:
            fields[name].append(line)
    spoken = [fields[name]] if keyed[0]["bare"] is not None else [*fields.values()]
    if any(_goes_on(said) for said in spoken):
        return None
    return {name: _value(said) for name, said in fields.items()}


def _goes_on(lines: Sequence[str]) -> bool:
    """Tell whether a paragraph, no item of a list, stands behind a value, with an empty line between them."""
    said = [line.strip().strip("`{}") for line in lines]
    begin = next((n for n, line in enumerate(said) if line), len(said))
    gap = next((n for n in range(begin, len(said)) if not said[n]), len(said))
    return any(line and not _BULLET.match(line) for line in said[gap:])


def _form(found: re.Match[str]) -> tuple[str, str, bool]:
    return re.sub(r"\d+", "1", found["shape"]), found["mark"], found["bare"] is not None


def _value(lines: Sequence[str]) -> str | list[str]:
    """Return the value of a field: a list where it is one of bullets, else one text, without the quotes around it."""
    first, *others = (line.strip().rstrip(",;").strip() for line in lines)
    said = [line for line in (first, *others) if line not in ("", "{", "}")]
    if not first and said and all(_BULLET.match(line) for line in said):
        return [_BULLET.sub("", line).strip(_AROUND) for line in said]
    whole = "\n".join(said).strip(_AROUND)
    if len(whole) > 1 and whole[0] == whole[-1] and whole[0] in "\"'":
        whole = whole[1:-1]
    return [] if whole.casefold() in _NOTHING else whole


def _in_table(text: str, key: str) -> dict[str, Any] | None:
    """Return the fields of a table with a field in each row, or in each column of its one row."""
    rows = list(_rows(text))
    heads = [[cell.strip(_AROUND).casefold() for cell in row] for row in rows]
    if rows and key in heads[0] and len(rows) == 2 and len(rows[1]) == len(rows[0]):
        return dict(zip(heads[0], map(_cell, rows[1]), strict=True))
    fields = [(head[0], _cell(row[1])) for head, row in zip(heads, rows, strict=True) if len(row) == len(rows[0]) > 1]
    return dict(fields) if [name for name, _ in fields].count(key) == 1 else None


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if "|" in line and not _RULE.fullmatch(line):
            yield [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]


def _cell(text: str) -> str | list[str]:
    return _value([text.replace("<br>", "\n")])
