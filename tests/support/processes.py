"""Processes of their own that run the program, for tests to stop or kill: forked where it is imported already.

To import it takes seconds, which is most of the life of a process that is soon killed. The one that forks runs nothing
itself and has no threads (https://docs.python.org/3.11/library/multiprocessing.html#contexts-and-start-methods).
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from agent import cli

_FORKSERVER: Final = multiprocessing.get_context("forkserver")
_LOADED: Final = (
    "wiring.night",
    "commands.output",
    "workflow.graph",
    "deliveries.github.pull_request",
    "judges.local.judge",
    "judges.openai.judge",
    "database.store",
    "database.migrations",
    "review.server",
)
_FORKSERVER.set_forkserver_preload([f"agent.{module}" for module in _LOADED])


class Child:
    """A process that leads a group of its own. ``err`` holds what it and its children print: on stderr, and on stdout
    too unless that goes to ``stdout``, a file or the writing end of a pipe.

    It runs in ``folder``, this process's own if there is none, with ``environment``, also this process's own.
    """

    def __init__(
        self,
        run: Callable[..., None],
        arguments: Sequence[object],
        err: Path,
        stdout: Path | Connection | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.err = err
        start = _Start(str(folder or Path.cwd()), dict(environment or os.environ), str(err), stdout)
        self.process: ForkServerProcess = _FORKSERVER.Process(target=_begin, args=(run, tuple(arguments), start))
        self.process.start()

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def wait(self) -> int:
        """Return the exit code, which is minus the number of the signal for one that was killed."""
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode

    def signal(self, number: int) -> None:
        """Send a signal to it alone; it must have been alive until now."""
        assert self.process.pid and self.alive, self.err.read_text()
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """Kill it (-9) with all its children; it must have been alive until now."""
        assert self.process.pid and self.alive, self.err.read_text()
        os.killpg(self.process.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL, self.err.read_text()


def triage(*words: object, err: Path) -> Child:
    """Start the command line."""
    return Child(_triage, [str(word) for word in words], err)


@contextmanager
def triage_heard(*words: object, err: Path, folder: Path) -> Iterator[tuple[Child, TextIO]]:
    """Start the command line in a folder, and yield it with what it prints on stdout, as it comes. It has ended when
    the context ends, or is killed there.
    """
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, os.fdopen(os.dup(reader.fileno()), encoding="utf-8") as printed:
        with writer:
            child = Child(_triage, [str(word) for word in words], err, writer, folder)
        try:
            yield child, printed
        finally:
            if child.alive:
                child.kill()


def triage_into(stdout: str, encoding: str, *words: object, err: Path) -> Child:
    """Start the command line with a stdout in this encoding: a file, or ``closed``, or ``both closed`` with stderr, or
    ``reader gone``, a pipe that nobody reads.
    """
    return Child(_triage_into, [stdout, encoding, *map(str, words)], err)


class _Start(NamedTuple):
    """How a process starts: where, with which environment, and where its stderr and its stdout go."""

    folder: str
    environment: dict[str, str]
    err: str
    stdout: Path | Connection | None


def _begin(run: Callable[..., None], arguments: Sequence[object], start: _Start) -> None:
    os.setsid()
    os.chdir(start.folder)
    os.environ.clear()
    os.environ.update(start.environment)
    os.dup2(_open_to_write(start.err), 2)
    if isinstance(start.stdout, Connection):
        os.dup2(start.stdout.fileno(), 1)
        start.stdout.close()
    else:
        os.dup2(_open_to_write(start.stdout) if start.stdout else 2, 1)
    run(*arguments)


def _open_to_write(path: str | Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)


def _triage(*words: str) -> None:
    sys.argv = ["triage", *words]
    cli.main()


def _triage_into(stdout: str, encoding: str, *words: str) -> None:
    if stdout == "reader gone":
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1)
    elif stdout in ("closed", "both closed"):
        os.close(1)
        if stdout == "both closed":
            os.close(2)
    else:
        os.dup2(_open_to_write(stdout), 1)
    sys.stdout = sys.__stdout__ = _opened(1, encoding)
    sys.stderr = sys.__stderr__ = _opened(2, "utf-8")
    _triage(*words)


def _opened(number: int, encoding: str) -> io.TextIOWrapper | None:
    """Return the stream of a file number as the interpreter opens it at its start: None when it is closed."""
    try:
        os.fstat(number)
    except OSError:
        return None
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO(number, "w", closefd=False)), encoding)
