"""Files of public npm packages, fetched when a test needs them and kept outside of the repository."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path


@functools.cache
def unpack(package: str, *members: str) -> Path | None:
    """Return a folder that holds these files of ``name@version``; None when npm is not at hand or cannot get it.

    A member that ends in ``/`` is a folder. What was fetched once is taken from the folder for temporary files.
    """
    kept = Path(tempfile.gettempdir()) / f"paper-triage-npm-{os.getuid()}" / package.replace("/", "_")
    if kept.exists():
        return kept
    if shutil.which("npm") is None:
        return None
    kept.parent.mkdir(exist_ok=True)
    # Each test process fetches into a folder of its own and moves it in place whole: several may run at once.
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        try:
            subprocess.run(
                ["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, timeout=120
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        [packed] = Path(folder).glob("*.tgz")
        own = Path(folder) / "files"
        with tarfile.open(packed) as archive:
            for member in archive.getmembers():
                name = member.name.removeprefix("package/")
                if name in members or any(wanted.endswith("/") and name.startswith(wanted) for wanted in members):
                    archive.extract(member, own, filter="data")
        try:
            (own / "package").rename(kept)
        except OSError:
            if not kept.exists():
                raise
    return kept
