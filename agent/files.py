"""Files as the program finds and replaces them: what may be looked at, and a file that is old or new, never half."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from agent.errors import ConfigError


def exists(path: Path) -> bool:
    """Return whether there is something at a path; not where nobody may look, or no name is so long.

    ``Path.exists`` raises OSError for these two before Python 3.14, as ``is_file`` and ``is_dir`` do.
    """
    return os.path.exists(path)


def is_file(path: Path) -> bool:
    """Return whether there is a file at a path, as ``exists`` does."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Return whether there is a folder at a path, as ``exists`` does."""
    return os.path.isdir(path)


def list_files(folder: Path, ending: str) -> list[Path]:
    """Return the files of a folder whose names end so, by name; none where the folder is not there.

    Hidden ones are left out: editors and systems keep their own there. Raises ConfigError for an unreadable folder.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}; make the folder readable") from None
    return [folder / name for name in names if name.endswith(ending) and not name.startswith(".")]


def path_text(path: Path) -> str:
    """Return a path as text that can be stored: names need not be UTF-8, nor be read as such where the locale is C."""
    return os.fsencode(path).decode("utf-8", "replace")


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Put what ``write`` writes in the place of a file: whenever this is killed, the file is the old or the new one.

    A symbolic link stays one. Raises OSError, and leaves the old file as it was.
    """
    write_beside(path, write).replace(path.resolve())


def write_beside(path: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Write what is to take the place of a file beside it, and return where that is: ``.NAME.PID.next``, with the
    file's permissions. Raises OSError, and what ``write`` raises, and leaves nothing there then.
    """
    target = path.resolve()
    following = target.with_name(f".{target.name}.{os.getpid()}.next")
    try:
        with following.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())  # after a power failure the name must not stand for an empty file
        if exists(target):
            shutil.copymode(target, following)
    except BaseException:
        with suppress(OSError):
            following.unlink()
        raise
    return following
