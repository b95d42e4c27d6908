"""The labels of a night as a file that a person's answers are written to, one JSON line per paper."""

from __future__ import annotations

import codecs
import json
import threading
from operator import methodcaller
from pathlib import Path
from tempfile import TemporaryFile

from agent.errors import ConfigError
from agent.files import replace_file
from agent.records import Label
from agent.sources.files.json_lines import read_row
from agent.sources.files.rows import label_from_row


class LabelFile:
    """Reads and rewrites one labels file; lines that no one labels again stay as they are, unknown fields included."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError when the file holds a bad line, or it cannot be written beside itself."""
        self.path = path
        self._target = path.resolve()
        self._lock = threading.Lock()
        if path.suffix == ".gz":
            raise ConfigError(f"--labels {path}: labels are written as plain text; give a path that ends in .jsonl")
        try:
            self.read()
            # Not the file of a save: that may be under way in another process.
            with TemporaryFile(dir=self._target.parent):
                pass
        except OSError as error:
            raise ConfigError(f"--labels {path}: {error.strerror}; give a writable file path") from None
        except ValueError as error:
            raise ConfigError(f"--labels {error}; put that line right, or give another path") from None

    def read(self) -> dict[str, Label]:
        """Return the labels by paper id. Raises ValueError, naming path and line, for what is no label; OSError."""
        return {paper_id: label for paper_id, (_, label) in self._lines().items()}

    def save(self, label: Label) -> None:
        """Add the label, or put it in the place of the paper's earlier one. Raises what ``read`` raises.

        The file is replaced as a whole: whenever this is killed, it holds either all old or all new lines.
        """
        with self._lock:
            lines = self._lines()
            told = label.model_dump(mode="json", exclude={"reader", "chosen"})  # said of a model's labels only
            lines[label.id] = (json.dumps(told, ensure_ascii=False), label)
            text = "".join(f"{line}\n" for line, _ in lines.values())
            replace_file(self._target, methodcaller("write", text.encode()))

    def _lines(self) -> dict[str, tuple[str, Label]]:
        try:
            content = self._target.read_bytes().removeprefix(codecs.BOM_UTF8)
        except FileNotFoundError:
            return {}
        lines: dict[str, tuple[str, Label]] = {}
        for number, line in enumerate(content.split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                label = label_from_row(read_row(line))
            except ValueError as error:
                raise ValueError(f"{self.path}, line {number}: {error}") from None
            if label.id in lines:
                raise ValueError(f"{self.path}, line {number}: {label.id} is labelled twice")
            lines[label.id] = (line.decode(), label)
        return lines
