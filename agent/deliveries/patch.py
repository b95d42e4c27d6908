"""Delivers drafts as a patch that ``git apply`` accepts, with the review text beside it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.core.catalog.edits import Edit, InsertPapers
from agent.core.night.decisions import WantedEntry
from agent.core.night.review_text import for_patch, with_hand_insertions
from agent.deliveries.git_process import Git
from agent.errors import DeliveryError, is_disk_full
from agent.files import path_text
from agent.records import Decision, Delivered, Draft

GIT_SECONDS: Final = 60


class PatchDelivery:
    """Writes ``<folder>/<run_id>.patch`` and ``.md``. The catalog itself is only read."""

    def __init__(self, folder: Path, catalog: Path, insert: InsertPapers, git: Git) -> None:
        self._git = git
        self._folder = folder
        self._catalog = catalog
        self._insert = insert

    def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
        """Return no paper: a patch that was written stays as it is, and the next one holds what is decided by then."""
        return ()

    def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
        """Return no decision: a patch tells nothing back, and that it was applied is seen in the catalog itself."""
        return ()

    def preview(self, drafts: Sequence[Draft]) -> str:
        """Return the patch that ``deliver`` would write of these drafts. Raises DeliveryError."""
        before, edit = self._insert_all(drafts, "load the page again")
        try:
            diff = _diff(self._git, _path_in_repository(self._catalog), before, edit.text.encode())
        except OSError as error:
            raise DeliveryError(f"{error.filename or 'git diff'}: {_why(error)}; load the page again") from None
        return diff.decode("utf-8", "replace")

    def deliver(self, run_id: str, drafts: Sequence[Draft], body: str) -> Delivered:
        """Write all undecided drafts as one patch. There is none without any, nor when all are left to people: then
        only the text is written, and a note says where. Raises DeliveryError.
        """
        if not drafts:
            return Delivered()
        patch = self._folder / f"{run_id}.patch"
        before, edit = self._insert_all(drafts, "the drafts are kept: put it right, then run again")
        try:
            text = with_hand_insertions(for_patch(body), edit.by_hand)
            written = write_patch(self._git, patch, self._catalog, before, edit.text.encode(), text)
        except OSError as error:
            raise DeliveryError(
                f"{path_text(patch)}: {_why(error)}; the drafts are kept: run again once it is writable"
            ) from None
        if not written:
            note = f"there is no patch: {path_text(patch.with_suffix('.md'))} holds what is to be inserted by hand"
            return Delivered(notes=(note,), by_hand=edit.by_hand)
        return Delivered(patch=path_text(patch), by_hand=edit.by_hand)

    def _insert_all(self, drafts: Sequence[Draft], remedy: str) -> tuple[bytes, Edit]:
        """Return the catalog as it is, and what it is with the entries of these drafts.

        Raises DeliveryError, which ends with the ``remedy``, when it can be read no more.
        """
        try:
            before = self._catalog.read_bytes()
            text = before.decode("utf-8")
        except OSError as error:
            raise DeliveryError(f"{self._catalog}: {_why(error)}; {remedy}") from None
        except UnicodeDecodeError as error:
            raise DeliveryError(f"{self._catalog}: not UTF-8 at byte {error.start}; {remedy}") from None
        return before, self._insert(text, [(draft.paper_id, draft.section) for draft in drafts])


def _why(error: OSError) -> str:
    return "the disk is full" if is_disk_full(error) else error.strerror or str(error)


def write_patch(git: Git, patch: Path, catalog: Path, before: bytes, after: bytes, body: str) -> bool:
    """Write the patch from one state of the catalog to the other, and the text that explains it beside it, as ``.md``.

    Return whether there is a patch: git takes none that changes nothing. Raises OSError, and DeliveryError without git
    or when it fails.
    """
    patch.parent.mkdir(parents=True, exist_ok=True)
    diff = _diff(git, _path_in_repository(catalog), before, after)
    try:
        patch.with_suffix(".md").write_text(f"{body.rstrip()}\n", encoding="utf-8")
        if diff:
            patch.write_bytes(diff)
    except OSError:  # half a patch would be taken for a whole one
        patch.unlink(missing_ok=True)
        patch.with_suffix(".md").unlink(missing_ok=True)
        raise
    return bool(diff)


def _path_in_repository(catalog: Path) -> str:
    """Return the catalog's path from the top of its git repository, or its bare name outside of one."""
    resolved = catalog.resolve()
    for folder in resolved.parents:
        if (folder / ".git").exists():
            return resolved.relative_to(folder).as_posix()
    return resolved.name


def _diff(git: Git, name: str, before: bytes, after: bytes) -> bytes:
    """Let git itself write the patch: it knows about missing final newlines, CRLF and odd file names."""
    with tempfile.TemporaryDirectory() as folder:
        for side, content in (("a", before), ("b", after)):
            path = Path(folder, side, name)
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
        words = ["-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "diff", "--no-index"]
        words += ["--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=", "--dst-prefix="]
        # git apply takes neither lines without their neighbours nor a file that the user's attributes call binary.
        words += ["--unified=3", "--text"]
        try:
            done = git.run(*words, "--", f"a/{name}", f"b/{name}", cwd=Path(folder), timeout=GIT_SECONDS)
        except FileNotFoundError:
            raise DeliveryError("git is not installed; it writes the patch: install git, then run again") from None
        except subprocess.TimeoutExpired:
            raise DeliveryError(f"git diff took over {GIT_SECONDS} s; the drafts are kept: run again") from None
        if done.returncode not in (0, 1):
            raise DeliveryError(f"git diff failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout


class NoDelivery:
    """Delivers nowhere."""

    def deliver(self, run_id: str, drafts: Sequence[Draft], body: str) -> Delivered:
        return Delivered()

    def publish(self, wanted: Sequence[WantedEntry]) -> tuple[str, ...]:
        return ()

    def read_back(self, proposed: Sequence[Draft]) -> tuple[Decision, ...]:
        return ()
