"""Read a list's folder: its taxonomy, its catalog, its own words on the papers it lists, its prices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from agent.core.judging import costs
from agent.core.survey import taxonomy
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.errors import ConfigError, SourceError
from agent.files import exists, is_file, list_files, path_text
from agent.records import InventedPaper, Record, Summary
from agent.settings import AUTO_PROMPT, CONFIG_NAME, Settings
from agent.sources.files.records import read_invented, read_summaries
from agent.wiring import shipped

Row = TypeVar("Row", bound=Record)

INVENTED_FILE: Final = "invented.jsonl"
"""The papers that were invented for the leaves, in ``taxonomy/``."""


def load_taxonomy(settings: Settings) -> taxonomy.Taxonomy:
    """Return the taxonomy of the list. Raises ConfigError for files that cannot be read or do not fit together."""
    folder = settings.home / "taxonomy"
    files = {path.name: read_text(path) for path in list_files(folder, ".yaml")}
    for misnamed in list_files(folder, ".yml"):
        raise ConfigError(f"{misnamed}: files of the taxonomy end in .yaml; rename it, or it is not read")
    if not files:
        raise ConfigError(
            f"{folder}: no taxonomy files here; it needs survey.yaml and one file per section: "
            "`triage init --force` drafts them from the list, and triage.toml anew"
        )
    return taxonomy.parse(files)


def load_invented(settings: Settings, tree: taxonomy.Taxonomy) -> tuple[InventedPaper, ...]:
    """Return the papers that were invented for the leaves, if the list has any. Raises ConfigError for a file that
    cannot be read, and for a leaf that is not in the taxonomy."""
    path = settings.home / "taxonomy" / INVENTED_FILE
    invented = _read_own(path, read_invented)
    known = frozenset(tree.leaf_ids)
    for each in invented:
        if each.leaf not in known:
            raise ConfigError(f"{path}: {each.title!r} is of {tree.unknown(each.leaf)}")
    return invented


def load_survey(settings: Settings, store: Store) -> Survey:
    """Read the list under care: its taxonomy, its catalog, and all that is known of the papers it lists.

    Raises ConfigError for a file that cannot be read.
    """
    tree = load_taxonomy(settings)
    return Survey.of(
        tree,
        read_catalog(settings),
        records=store.records(),
        summaries=load_summaries(settings),
    )


def load_summaries(settings: Settings) -> tuple[Summary, ...]:
    """Return what the list says of its papers in its own words, if it has that file. Raises ConfigError for one that
    cannot be read."""
    return _read_own(settings.home / "data" / "summaries.jsonl", read_summaries)


def _read_own(path: Path, read: Callable[[Path], tuple[Row, ...]]) -> tuple[Row, ...]:
    """Return the rows of a file that belongs to the list, none when it is not there. Raises ConfigError."""
    try:
        return read(path) if exists(path) else ()
    except SourceError as error:
        raise ConfigError(f"{error}; put that line right, or take the file away") from None


def read_catalog(settings: Settings) -> str:
    """Return the text of the list itself. Raises ConfigError, which names the setting, when it cannot be read."""
    if not is_file(settings.catalog_path):
        raise ConfigError(
            f"{settings.catalog_path}: the list is not there; correct [catalog] path in {settings.home / CONFIG_NAME}, "
            "make it readable, or give --catalog FILE"
        )
    return read_text(settings.catalog_path)


def read_text(path: Path, *, damaged: bool = False) -> str:
    """Return a text file as it is, line ends included. Raises ConfigError when it cannot be read as UTF-8.

    ``damaged``: bytes that are no UTF-8 are replaced; they cost the line they are in, not the file.
    """
    try:
        return path.read_bytes().decode("utf-8", "replace" if damaged else "strict")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; check the path") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def load_prices(settings: Settings) -> dict[str, costs.Price]:
    """Return what models cost: as the list's own ``data/prices.toml`` says, else as the program knows it."""
    path = settings.home / "data" / "prices.toml"
    text = read_text(path).removeprefix("\ufeff") if exists(path) else shipped.shipped_prices()
    return costs.read_prices(text, path_text(path))


def read_prompts(settings: Settings) -> dict[str, str]:
    """Return the texts of the prompts to choose from, by name: the one that the settings name, or for ``auto`` all of
    the list's own in ``prompts/judge``. Where the list has none, those that the program ships take their place.

    Raises ConfigError when a prompt that is named is in neither place.
    """
    folder, wanted = settings.home / "prompts", settings.judge.prompt
    if wanted == AUTO_PROMPT:
        own = list_files(folder / "judge", ".yaml")
        return {f"judge/{path.stem}": read_text(path) for path in own} or shipped.shipped_prompts()
    path = folder / f"{wanted}.yaml"
    if exists(path):
        return {wanted: read_text(path)}
    if (ours := shipped.shipped_prompt(wanted)) is None:
        here = {f"judge/{each.stem}" for each in list_files(folder / "judge", ".yaml")}
        known = ", ".join([AUTO_PROMPT, *sorted(here | shipped.shipped_prompts().keys())])
        raise ConfigError(f"[judge] prompt {wanted!r}: there is no {path}; allowed: {known}")
    return {wanted: ours}
