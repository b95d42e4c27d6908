"""Standard output and error that take whatever is printed, whoever reads them."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from agent.core.escaping import printable
from agent.errors import is_disk_full

LOG_JSON: Final = "--log-json"


class _TolerantStream(io.FileIO):
    """A stream whose reader may go away, as ``head`` does, or whose disk may be full: the work goes on without it."""

    full = False

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            pass
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.full = True
        return len(memoryview(data))  # type: ignore[arg-type]


def make_tolerant() -> None:
    """Let stdout and stderr escape characters that their encoding lacks, and outlive their reader.

    A night that is done must not end in a traceback, or with another exit code, for the sake of one letter. Streams
    that are closed, or that a test put in their place, are left alone.
    """
    sys.stdout = _tolerant(sys.stdout, sys.__stdout__)
    sys.stderr = _tolerant(sys.stderr, sys.__stderr__)


def writes_unicode() -> bool:
    """Return whether stdout can show every character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"


def logs_json() -> bool:
    """Return whether the command line asks for JSON on stderr, also of an error in the command line itself."""
    return LOG_JSON in sys.argv


def log(message: str, level: str = "info") -> None:
    """Print one message on stderr: as it is, or with --log-json as one object with time, level and message."""
    if logs_json():
        told = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level}
        message = json.dumps(told | {"message": message.removeprefix("triage: ")})
    else:
        message = printable(message)
    if sys.stderr is not None:
        sys.stderr.write(f"{message}\n")


def flush_stdout() -> bool:
    """Write out what was printed; return whether the disk had room for all of it."""
    if sys.stdout is None:
        return True
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return not (isinstance(raw, _TolerantStream) and raw.full)


def _tolerant(stream: TextIO, original: TextIO | None) -> TextIO:
    if stream is None or stream is not original:
        return stream
    try:
        raw = _TolerantStream(stream.fileno(), "wb", closefd=False)
    except (OSError, ValueError):  # ValueError: it has no file number
        return stream
    buffered = io.BufferedWriter(raw)
    return io.TextIOWrapper(buffered, stream.encoding, errors="backslashreplace", line_buffering=True)
