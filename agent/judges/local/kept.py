"""The space and the solved regressions of the local judge, kept in the state folder from one night to the next.

Plain arrays without any pickle, so that reading a file never runs what is in it. A file is named by the digest of all
that it was learned from; one that cannot be read is learned anew.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agent.files import replace_file
from agent.judges.local.ridge import Remember, Solution, Solve
from agent.judges.local.space import Space, Terms, Text, digest

_FORMAT: Final = "4"
"""To be raised when the space is built or a regression is solved otherwise, so that nothing older is read: the keys of
both begin with it."""

_SPACE: Final = "space"

_UNREADABLE: Final = (
    OSError, EOFError, ValueError, TypeError, LookupError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""Raised by numpy for a file that is empty, cut, damaged, or of another kind."""


def key_of(texts: Iterable[Text]) -> str:
    """Return the digest of the texts, in their order."""
    found = hashlib.sha256(_FORMAT.encode())
    for text in texts:
        found.update(digest(text))
    return found.hexdigest()[:16]


def save(folder: Path, key: str, space: Space) -> None:
    """Keep the space under its key, in place of any other. Nothing is written when the same is there already."""
    names = "\n".join(space.words.names), "\n".join(space.pieces.names)
    texts = sorted(space.seen)
    if _texts_in(_path(folder, _SPACE, key)) == len(texts):
        return
    arrays: dict[str, NDArray[Any]] = {
        "words": np.frombuffer(names[0].encode(), dtype=np.uint8),
        "word_weights": space.words.weights,
        "pieces": np.frombuffer(names[1].encode(), dtype=np.uint8),
        "piece_weights": space.pieces.weights,
        "dimensions": space.dimensions,
        "texts": np.frombuffer(b"".join(texts), dtype=np.uint8),
        "places": np.array([space.seen[text] for text in texts]).reshape(len(texts), -1),
    }
    _write(folder, _SPACE, key, arrays)


def load(folder: Path, key: str, definitions: tuple[str, ...]) -> Space | None:
    """Return the space that was kept under this key, or None when there is none that can be read."""
    try:
        with _path(folder, _SPACE, key).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            words, pieces = (
                Terms(tuple(file[name].tobytes().decode().split("\n")), file[weights])
                for name, weights in (("words", "word_weights"), ("pieces", "piece_weights"))
            )
            texts = file["texts"].tobytes()
            seen = {texts[16 * row : 16 * row + 16]: place for row, place in enumerate(file["places"])}
            return Space(words, pieces, file["dimensions"], definitions, seen)
    except _UNREADABLE:
        return None


def remember(folder: Path, kind: str, space: str) -> Remember:
    """Return what keeps one solution of a kind in the folder: the latest. ``space`` is the key of the space it is
    for."""

    def recall(key: str, solve: Solve) -> Solution:
        key = hashlib.sha256(f"{space} {key}".encode()).hexdigest()[:16]
        try:
            with _path(folder, kind, key).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                return Solution(file["coefficients"], file["diagonal"])
        except _UNREADABLE:
            solution = solve()
        _write(folder, kind, key, solution._asdict())
        return solution

    return recall


def _path(folder: Path, kind: str, key: str) -> Path:
    return folder / f"{kind}-{key}.npz"


def _write(folder: Path, kind: str, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays in place of all older ones of their kind. Where the folder cannot be written, the next night learns
    anew."""
    path = _path(folder, kind, key)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, lambda file: np.savez(file, allow_pickle=False, **arrays))
        for older in folder.glob("*.npz"):
            # A name without a kind is that of a space, as it was kept once.
            if "-" not in older.name or (older != path and older.name.startswith(f"{kind}-")):
                older.unlink(missing_ok=True)
        for unfinished in folder.glob(f".{kind}-*.next"):
            unfinished.unlink(missing_ok=True)  # of a run that was killed while it wrote


def _texts_in(path: Path) -> int:
    """Return how many texts a kept space has places of; -1 where none can be read."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return int(file["texts"].size // 16)
    except _UNREADABLE:
        return -1
