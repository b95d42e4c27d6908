"""Sets up the folder of a list: ``triage.toml``, ``taxonomy/``, ``prompts/judge/``, a line in ``.gitignore``, and the
nightly workflow if it is asked for."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from operator import methodcaller
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from agent.core.arxiv.categories import guess_categories
from agent.core.papers.matching import identifiers_in
from agent.core.survey.drafting.draft_files import invented_lines, to_files
from agent.core.survey.drafting.draft_records import TaxonomyDraft
from agent.errors import ConfigError, DiskFullError, is_disk_full
from agent.files import exists, is_file, is_folder, list_files, path_text, write_beside
from agent.settings import CONFIG_NAME, GithubSettings, SourceSettings
from agent.wiring.github_actions.clone import find_top, read_clone
from agent.wiring.github_actions.program_source import Action
from agent.wiring.github_actions.workflow_file import WORKFLOW, workflow_text
from agent.wiring.lists import INVENTED_FILE, read_text
from agent.wiring.shipped import shipped_prompts

STATE_FOLDER: Final = ".triage"
_FILES_SHOWN: Final = 5
_FEWEST_PAPERS: Final = 5
"""Papers that make a linked file a part of the list; a guide for contributors may show one."""
_LINKED: Final = re.compile(r"\]\((?![a-z]+:|/)(?P<path>[^)#\s]{1,200}\.md)[)#\s]", re.IGNORECASE)


def find_list(given: Path | None, folder: Path) -> Path:
    """Return the file of the list: the one given, else the README.md of the folder, however it is written.

    Raises ConfigError when there is none.
    """
    if given is not None:
        if path_text(given).encode() != os.fsencode(given):
            raise ConfigError(f"{given}: its name is not UTF-8, as triage.toml has to be; give the file another name")
        if is_folder(given):
            raise ConfigError(f"{given}: a folder{_lists_in(given)}")
        if not is_file(given):
            raise ConfigError(
                f"{given}: no such file, or unreadable; give the file of the list, as in `triage init README.md`"
            )
        return given
    with _designed_errors(folder):
        found = sorted(path for path in folder.iterdir() if path.name.lower() == "readme.md")
    if not found:
        raise ConfigError(f"no README.md in {folder}{_lists_in(folder)}")
    return found[0]


def _lists_in(folder: Path) -> str:
    """Return the request for the file of the list, with the Markdown files in a folder and the folders in it."""
    with _designed_errors(folder):
        there = [*sorted(folder.glob("*.md")), *sorted(folder.glob("*/*.md"))]
    if not there:
        return "; give the file of the list, as in `triage init docs/papers.md`"
    names = ", ".join(path.relative_to(folder).as_posix() for path in there[:_FILES_SHOWN])
    more = ", ..." if len(there) > _FILES_SHOWN else ""
    example = there[0].relative_to(Path.cwd()) if there[0].is_relative_to(Path.cwd()) else there[0]
    typed = f"triage init {shlex.quote(str(example))}"
    return f"; Markdown files in it: {names}{more}; give the file of the list, as in `{typed}`"


def find_parts(readme: Path, text: str) -> dict[str, int]:
    """Return the Markdown files beside or below a list that it links to and that name papers of their own, each with
    the number of these papers. A translation of the list names none.
    """
    listed, parts = identifiers_in(text), {}
    for link in dict.fromkeys(unquote(found["path"]) for found in _LINKED.finditer(text)):
        path = readme.parent / link
        try:
            if not path.resolve().is_relative_to(readme.parent.resolve()) or not is_file(path):
                continue
            others = identifiers_in(read_text(path, damaged=True)) - listed
        except (OSError, ValueError, RuntimeError, ConfigError):
            continue  # a name that no file can have, links that go round in circles, a file that may not be read
        if len(others) >= _FEWEST_PAPERS:
            parts[Path(link).as_posix()] = len(others)
    return parts


class Written(NamedTuple):
    """The files of a list's folder that were written, and the copies, in the folder ``kept_in``, of those that stood
    there and read otherwise."""

    files: list[Path]
    replaced: list[Path]
    kept_in: Path


def write_list(
    home: Path, readme: Path, draft: TaxonomyDraft, *, force: bool, action: Action | None, time: datetime
) -> Written:
    """Write all files of a list's folder. ``force`` replaces those that are there, the whole ``taxonomy/`` included,
    and keeps them in a folder named by the ``time``: a person may have written them. With an ``action`` a nightly
    workflow that uses it is one of them.

    Raises ConfigError, before anything is written, when one of them exists, and when one cannot be written or kept.
    """
    files = {
        home / CONFIG_NAME: _config(home, readme, _categories(draft)),
        **{home / "taxonomy" / name: text for name, text in to_files(draft).items()},
        **{home / "prompts" / f"{name}.yaml": text for name, text in shipped_prompts().items()},
        **({home / WORKFLOW: workflow_text(action)} if action else {}),
    }
    older = [*list_files(home / "taxonomy", ".yaml"), *filter(exists, [home / "taxonomy" / INVENTED_FILE])]
    there = sorted({*filter(exists, files), *older})
    if there and not force:
        names = ", ".join(str(path.relative_to(home)) for path in there[:5]) + (", ..." if len(there) > 5 else "")
        raise ConfigError(
            f"{home} is set up already: {names}; `triage init --check` compares list and taxonomy, --force writes anew"
        )
    kept_in = home / STATE_FOLDER / "replaced" / f"{time:%Y%m%d-%H%M%S-%f}"
    replaced = {
        kept_in / path.relative_to(home): held
        for path in there
        if (held := _held(path)) != (files[path].encode() if path in files else None)
    }
    _write(replaced | {path: text.encode() for path, text in files.items()})
    for path in older:
        if path not in files:
            with _designed_errors(path):
                path.unlink()
    return Written([*files, *_ignore_state(home)], list(replaced), kept_in)


def _held(path: Path) -> bytes:
    with _designed_errors(path):
        return path.read_bytes()


def is_set_up(home: Path) -> bool:
    """Say whether the folder has a triage.toml already."""
    return exists(home / CONFIG_NAME)


def write_workflow(home: Path, action: Action) -> Path:
    """Write the nightly workflow of a list that lives on GitHub, and return its path.

    Raises ConfigError when the file exists and when it cannot be written.
    """
    path = home / WORKFLOW
    if exists(path):
        raise ConfigError(f"{path} exists: keep it, or take it away and run `triage init --workflow` again")
    _write({path: workflow_text(action).encode()})
    return path


def refuse_workflow_below_top(home: Path) -> None:
    """Raises ConfigError for a folder inside of a repository: GitHub reads the workflows of its top folder alone."""
    top = find_top(home)
    if top not in (None, home.resolve()):
        raise ConfigError(
            f"--workflow: GitHub runs the workflows of a repository's top folder alone, which is {top}; "
            "run `triage init PATH/TO/LIST.md --workflow` there"
        )


def write_taxonomy(home: Path, draft: TaxonomyDraft) -> list[Path]:
    """Write the files of ``taxonomy/`` again, with the papers that were invented for the leaves if there are any, and
    return them.

    Raises ConfigError when that is not possible.
    """
    files = to_files(draft) | ({INVENTED_FILE: invented} if (invented := invented_lines(draft)) else {})
    paths = {home / "taxonomy" / name: text.encode() for name, text in files.items()}
    _write(paths)
    return list(paths)


def _write(files: Mapping[Path, bytes]) -> None:
    """Write all of the files, or none where there is no room for one: what is there is replaced at the end, in
    this order."""
    written: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            with _designed_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                written[path] = write_beside(path, methodcaller("write", content))
        for path, new in written.items():
            with _designed_errors(path):
                new.replace(path.resolve())
    finally:
        for new in written.values():
            new.unlink(missing_ok=True)


def _ignore_state(home: Path) -> list[Path]:
    path = home / ".gitignore"
    with _designed_errors(path):
        text = path.read_text("utf-8", errors="surrogateescape") if path.exists() else ""
        if STATE_FOLDER in {line.strip().strip("/") for line in text.splitlines()}:
            return []
        with path.open("a", encoding="utf-8") as file:
            file.write(("" if not text or text.endswith("\n") else "\n") + f"{STATE_FOLDER}/\n")
    return [path]


@contextmanager
def _designed_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a ConfigError that names the file or folder, or a DiskFullError."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise DiskFullError(path) from None
        raise ConfigError(f"{path}: {error.strerror}; make it readable and its folder writable") from None


def _categories(draft: TaxonomyDraft) -> tuple[str, ...]:
    """Return the categories that are read by default, and those that the list's own words speak of."""
    titles = [entry.title for leaf in draft.leaves for row in leaf.rows for entry in row.entries]
    return tuple(dict.fromkeys((*SourceSettings().categories, *guess_categories(titles, draft.title))))


def _config(home: Path, readme: Path, categories: Sequence[str]) -> str:
    listed = readme.resolve()
    inside = listed.is_relative_to(home.resolve())
    path = _as_toml(Path(os.path.relpath(listed, home.resolve())))
    unset, clone = GithubSettings(), read_clone(home)
    remote = f"https://github.com/{clone.repository}.git" if clone.repository else unset.remote
    top = find_top(home)
    in_repository = _as_toml(listed.relative_to(top) if top and listed.is_relative_to(top) else Path(readme.name))
    branch = unset.branch
    if top and top != home.resolve():  # another list of the repository, whose drafts are not this one's
        folder = _as_toml(home.resolve().relative_to(top))
        name = re.sub(r"\W+", "-", folder).strip("-") or sha256(folder.encode()).hexdigest()[:8]
        branch = f"{branch}-of-{name}"
    named = ", ".join(map(json.dumps, categories))
    return f"""\
# What list is served, and how. Every key can also be given as TRIAGE_<SECTION>_<KEY> in the environment.

[catalog]
path = {json.dumps(path, ensure_ascii=False)} # the list itself, relative to this file

[source]
categories = [{named}] # of the arXiv announcements to read
cross_lists = true # papers of other categories that are cross-listed in these

[judge]
max_cost_usd = 1.0 # a night, for --judge openai

[review]
budget = 10 # drafts a night
min_score = 0.5

[github]
repository = {json.dumps(clone.repository or unset.repository)}
remote = {json.dumps(remote)}
base = {json.dumps(clone.base or unset.base)}
branch = {json.dumps(branch, ensure_ascii=False)} # of the drafts; each list of a repository needs one of its own
catalog_path = {json.dumps(path if inside and not top else in_repository, ensure_ascii=False)}
"""


def _as_toml(path: Path) -> str:
    """Return a path as triage.toml writes it: with ``/`` on every system, and no other text than UTF-8."""
    return path_text(path).replace(os.sep, "/")
