"""Standard output and error that take whatever is printed, whoever reads them."""

from __future__ import annotations

import errno
import io
import sys
from typing import TextIO


class _Pipe(io.FileIO):
    """A stream whose reader may go away, as ``head`` does, or whose disk may be full: the work goes on without it."""

    full = False

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            pass
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
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


def flush_stdout() -> bool:
    """Write out what was printed; return whether the disk had room for all of it."""
    if sys.stdout is None:
        return True
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return not (isinstance(raw, _Pipe) and raw.full)


def _tolerant(stream: TextIO, original: TextIO | None) -> TextIO:
    if stream is None or stream is not original:
        return stream
    try:
        raw = _Pipe(stream.fileno(), "wb", closefd=False)
    except (OSError, ValueError):  # ValueError: it has no file number
        return stream
    buffered = io.BufferedWriter(raw)
    return io.TextIOWrapper(buffered, stream.encoding, errors="backslashreplace", line_buffering=True)
