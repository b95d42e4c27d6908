"""JSON-lines files, plain or ``.gz``, read one row at a time: a hostile file costs one clear line, not the memory."""

from __future__ import annotations

import gzip
import json
import reprlib
import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, TypeVar, cast

from agent.errors import SourceError

MAX_LINE_BYTES: Final = 5_000_000
_LONGEST_NUMBER: Final = 4000
"""Digits. Python reads 4300 by default (https://docs.python.org/3/library/stdtypes.html#int-max-str-digits)."""

_Made = TypeVar("_Made")


def read_rows(
    path: Path, make: Callable[[Mapping[str, Any]], _Made], identify: Callable[[_Made], Hashable]
) -> Iterator[_Made]:
    """Yield what ``make`` makes of each row, in order. Blank lines are skipped; an empty file yields nothing.

    ``make`` raises ValueError for a bad row; two rows with the same ``identify`` are an error.
    Raises SourceError, naming the path, the line and what to do, for anything that cannot be read.
    """
    seen: dict[Hashable, int] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            made = make(read_row(line))
        except ValueError as error:
            raise _bad(path, number, str(error)) from error
        key = identify(made)
        if key in seen:
            raise _bad(path, number, f"{reprlib.repr(key)} was already given in line {seen[key]}; keep one of the two")
        seen[key] = number
        yield made


def _bad(path: Path, number: int, problem: str) -> SourceError:
    return SourceError(f"{path}, line {number}: {problem}")


def _lines(path: Path) -> Iterator[bytes]:
    number = 0
    try:
        with _open(path) as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise _bad(path, number, f"longer than {MAX_LINE_BYTES:,} bytes; give one JSON object per line")
                yield line
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise _bad(path, number + 1, f"the gzip data is damaged ({error}); fetch or make the file again") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; give a readable file of JSON lines") from error


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def read_row(line: bytes) -> Mapping[str, Any]:
    """Return the JSON object of one line. Raises ValueError, saying what is wrong with it and what to do."""
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start + 1}: {error.reason}); save the file as UTF-8") from error
    try:
        row = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON (column {error.colno}: {error.msg}); give one JSON object per line") from error
    except RecursionError as error:
        raise ValueError("nested too deeply; give one flat JSON object per line") from error
    if not isinstance(row, dict):
        raise ValueError(f"a JSON {type(row).__name__}, not an object; give one JSON object per line")
    return row


def _read_whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} digits; give one of at most {_LONGEST_NUMBER}")
    return int(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON; write null or leave the field out")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_int=_read_whole)
"""Made once: that takes as long as to read a short row."""
