"""The error tree: what went wrong, what it costs, and the exit code of each.

TriageError
├── ConfigError      bad configuration, arguments, taxonomy, prompt or catalog: nothing was done      exit 2
│   └── InUseError   another run has the list                                                         exit 2
├── SourceError      the listing could not be read or fetched at all: nothing was judged              exit 3
├── DeliveryError    judged, but not delivered                                                        exit 5
├── DiskFullError    done in part: there was no room to keep more                                     exit 4
├── StateError       done in part: the state could not be read or written in the middle               exit 4
├── DatabaseLostError  done in part: the session with the database ended                              exit 4
└── JudgeError       one paper has no valid judgment; the run goes on                                 (recorded)
    ├── AnswerPending  it is asked about in a batch that is not finished
    ├── CapReached   the cost cap allows no further call about it
    └── PaperRefused the model, or a filter before it, refused to judge it

A run that was done in part is a result, not an error: it returns a report and exit code 4 (``PARTIAL``).
``agent/cli.py`` turns a ``TriageError`` into its exit code. What serves several lists or requests (jobs, review page,
evals) catches it to go on with the others; whoever asks about one paper turns a ``JudgeError`` into a ``Failure``.
"""

import errno
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

OK = 0
FOUND = 1
PARTIAL = 4


class TriageError(Exception):
    """Root of all designed errors. The message says what was wrong, its value, what is allowed, what to do."""

    exit_code = 2


class ConfigError(TriageError):
    """Bad configuration, arguments, taxonomy, prompt or catalog. Nothing was done."""

    exit_code = 2


class InUseError(ConfigError):
    """Another run has the list. Nothing was done."""


class SourceError(TriageError):
    """The listing could not be read or fetched at all. Nothing was judged."""

    exit_code = 3


class DeliveryError(TriageError):
    """Papers were judged, but the drafts were not delivered."""

    exit_code = 5


class DiskFullError(TriageError):
    """There was no room to keep more. What was kept so far is whole."""

    exit_code = PARTIAL

    def __init__(self, where: object) -> None:
        super().__init__(f"{where}: the disk is full: make room; what was done so far is kept, run again")


def is_disk_full(error: OSError) -> bool:
    """Return whether there was no room on the disk, or none left of what the user may take of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class StateError(TriageError):
    """The state could not be read or written in the middle of a run. What was kept so far is whole."""

    exit_code = PARTIAL

    def __init__(self, problem: object) -> None:
        super().__init__(f"{problem}; what was done so far is kept, run again")


class DatabaseLostError(TriageError):
    """The session with the database ended in the middle. What was kept so far is whole."""

    exit_code = PARTIAL

    def __init__(self, where: object) -> None:
        super().__init__(f"{where}: the connection was lost; what was done so far is kept, run again")


class JudgeError(TriageError):
    """One paper has no valid judgment. The message becomes the reason of its ``Failure``."""

    exit_code = 4


class AnswerPending(JudgeError):
    """The paper is asked about in a batch that is not finished. It has not failed: a later run reads the answer."""


class CapReached(JudgeError):
    """The cost cap allows no further call. Nobody refused the paper: the next run asks about it."""


class PaperRefused(JudgeError):
    """The model, or a filter before it, refused to judge the paper."""


_NEEDED: Final = {
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a record of keys and values",
    "model_type": "a record of keys and values",
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
IN_QUOTES: Final = "write it in quotes: it is a text"
_TOO_SHORT: Final = ("too_short", "string_too_short")


def say_what_is_needed(refused: Mapping[str, Any]) -> str:
    """Return what is needed in place of a value that pydantic ``refused`` (one of a ValidationError's errors)."""
    kind: str = refused["type"]
    value: object = refused["input"]
    if kind == "string_type" and isinstance(value, int | float | date):
        return IN_QUOTES
    if kind in _NEEDED:
        return f"{_NEEDED[kind]} is needed here"
    if kind in _TOO_SHORT:
        least = refused["ctx"]["min_length"]
        return "it is empty" if least == 1 else f"at least {least} are needed here"
    return str(refused["msg"]).removeprefix("Value error, ")
