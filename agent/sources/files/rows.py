"""Rows of the JSON-lines inputs, checked and made records. Unknown fields are ignored; paper text is kept as it is.

Each reader takes one parsed row and raises ValueError with one line: which field, its value, what is allowed.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agent.core.arxiv.ids import base_id, version_of
from agent.core.arxiv.tex import decode_accents, decode_name
from agent.core.papers.publication import says_withdrawn
from agent.errors import say_what_is_needed
from agent.records import EntryRef, EvalEntry, Grade, InventedPaper, Label, Paper, PaperRecord, Summary


def _clean(text: str) -> str:
    """Drop control characters, lone surrogates and outer blanks; the rest stays verbatim, for quotes to be found."""
    return _UNPRINTABLE.sub("", text).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(re.sub(r"\s+", " ", text)).split())


def _day(value: object) -> object:
    """Accept ``YYYY-MM-DD`` only: pydantic would also take numbers and times."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("allowed is a date YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("there is no such day") from error


def _day_of_moment(value: object) -> object:
    """Accept ``YYYY-MM-DD`` and, as arXiv writes it, ``YYYY-MM-DDThh:mm:ssZ``."""
    return None if value is None else _day(value.partition("T")[0] if isinstance(value, str) else value)


def _filled(text: str) -> str:
    if not text:
        raise ValueError("it is empty; a row needs a value here")
    return text


def _none_if_blank(text: str | None) -> str | None:
    return text or None


def _arxiv_id(text: str) -> str:
    if base_id(text) is None:
        raise ValueError("allowed is an arXiv id such as 2305.10601 or 2305.10601v2")
    return text


def _empty_if_null(value: object) -> object:
    return [] if value is None else value


# Unicode's categories Cc, without tab and line feed, and Cs.
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_Line = Annotated[str, AfterValidator(_one_line), AfterValidator(_filled)]
_Text = Annotated[str, AfterValidator(_clean), AfterValidator(_filled)]
_OptionalLine = Annotated[Annotated[str, AfterValidator(_one_line)] | None, AfterValidator(_none_if_blank)]
_OptionalText = Annotated[Annotated[str, AfterValidator(_clean)] | None, AfterValidator(_none_if_blank)]
_ArxivId = Annotated[str, AfterValidator(_arxiv_id)]
_Lines = Annotated[list[_Line], BeforeValidator(_empty_if_null), Field(default_factory=list)]
_Day = Annotated[date, BeforeValidator(_day)]
_Moment = Annotated[date | None, BeforeValidator(_day_of_moment)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _PaperRow(_Row):
    id: _ArxivId
    title: _Line
    abstract: _Text
    categories: Annotated[list[_Line], Field(min_length=1)]
    announced: _Day
    authors: _Lines
    version: Annotated[int, Field(strict=True, ge=1)] | None = None
    published: _Moment = None
    comment: _OptionalLine = None
    doi: _OptionalLine = None
    journal_ref: _OptionalLine = None


class _RefRow(_Row):
    line: Annotated[int, Field(strict=True, ge=1)]
    section_id: _Line
    entry_title: _OptionalLine = None


class _RecordRow(_Row):
    key: _Line
    title: _OptionalLine
    abstract: _OptionalText
    authors: _Lines
    arxiv_id: _ArxivId | None = None
    categories: _Lines
    published: _Moment = None
    entries: Annotated[list[_RefRow], BeforeValidator(_empty_if_null), Field(default_factory=list)]


class _SummaryRow(_RecordRow):
    abstract: None = None
    summary: _OptionalText
    operation: _OptionalText


class _LabelRow(_Row):
    id: _ArxivId
    grade: Grade
    primary: _Line | None
    secondary: _Lines
    reader: _Line | None = None
    chosen: bool = False


class _EntryRow(_Row):
    key: _Line
    title: _Line
    abstract: _OptionalText
    section_ids: Annotated[list[_Line], Field(min_length=1)]


class _InventedRow(_Row):
    leaf: _Line
    title: _Line
    abstract: _Text


_RowT = TypeVar("_RowT", bound=_Row)


def _check(model: type[_RowT], row: Mapping[str, Any]) -> _RowT:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"] if isinstance(part, str | int))
    if first["type"] == "missing":
        needed = ", ".join(name for name, info in model.model_fields.items() if info.is_required())
        raise ValueError(f"the field {field!r} is missing; a row needs {needed}")
    value = reprlib.repr(first["input"])
    raise ValueError(f"the field {field!r} is {value}: {say_what_is_needed(first)}")


def paper_from_row(row: Mapping[str, Any]) -> Paper:
    """Return the paper of a row in the listing format, its id without version. Raises ValueError."""
    read = _check(_PaperRow, row)
    return Paper(
        **read.model_dump(exclude={"id", "version", "title", "authors"}),
        id=base_id(read.id) or read.id,
        title=decode_accents(read.title),
        authors=tuple(map(decode_name, read.authors)),
        version=version_of(read.id) or read.version or 1,
        withdrawn=says_withdrawn(read.comment, read.abstract),
    )


def _record(read: _RecordRow) -> PaperRecord:
    return PaperRecord(
        **read.model_dump(exclude={"title", "authors", "arxiv_id", "entries", "summary", "operation"}),
        title=decode_accents(read.title) if read.title else read.title,
        authors=tuple(map(decode_name, read.authors)),
        arxiv_id=base_id(read.arxiv_id) if read.arxiv_id else None,
        entries=tuple(
            EntryRef(line=ref.line, section_id=ref.section_id, entry_title=ref.entry_title or "")
            for ref in read.entries
        ),
    )


def record_from_row(row: Mapping[str, Any]) -> PaperRecord:
    """Return the paper record of a row that has a ``key``; an untitled entry has an empty title. Raises ValueError."""
    return _record(_check(_RecordRow, row))


def summary_from_row(row: Mapping[str, Any]) -> Summary:
    """Return the summary of a row: a paper record, without abstract, and our own words. Raises ValueError."""
    read = _check(_SummaryRow, row)
    return Summary(record=_record(read), summary=read.summary, operation=read.operation)


def label_from_row(row: Mapping[str, Any]) -> Label:
    """Return the label of a row, its id without version. Raises ValueError."""
    read = _check(_LabelRow, row)
    return Label(**read.model_dump(exclude={"id"}), id=base_id(read.id) or read.id)


def eval_entry_from_row(row: Mapping[str, Any]) -> EvalEntry:
    """Return the eval entry of a row. Raises ValueError."""
    return EvalEntry(**_check(_EntryRow, row).model_dump())


def invented_from_row(row: Mapping[str, Any]) -> InventedPaper:
    """Return the invented paper of a row. Raises ValueError."""
    return InventedPaper(**_check(_InventedRow, row).model_dump())
