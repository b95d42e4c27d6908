"""``triage review``: the review page of this machine."""

from __future__ import annotations

import getpass
import re
import webbrowser
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.core.survey.survey import Survey
    from agent.database.store import Store
    from agent.records import Draft
    from agent.review.session import Nearest, Tools
    from agent.settings import Settings

_NAME: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)


def tools_of(settings: Settings, reader: str | None, labels: Path | None) -> Tools:
    """Return what the page is given. Raises ConfigError for a reader's name that is no file name."""
    from agent.commands.options import now
    from agent.database.store import open_store
    from agent.review.session import Tools
    from agent.wiring import night as wiring

    name = reader or re.sub(r"[^A-Za-z0-9_.-]+", "-", getpass.getuser()).strip(".-") or "reader"
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ConfigError(f"--reader {name!r}: give a name of letters, digits, '-', '_' or '.', at most 40")

    def open_list() -> AbstractContextManager[Store]:
        return open_store(settings.state, exclusive=False)

    def build_nearest() -> Nearest:
        with open_list() as store:
            return wiring.build_local(wiring.load_survey(settings, store), store).nearest

    def preview(survey: Survey, store: Store, drafts: Sequence[Draft]) -> str:
        return wiring.build_patch(settings, survey, store).preview(drafts)

    return Tools(
        open_store=open_list,
        load_survey=lambda store: wiring.load_survey(settings, store),
        build_nearest=build_nearest,
        build_delivery=lambda survey, store, kind: wiring.build_delivery(settings, survey, store, kind),
        preview=preview,
        catalog=settings.catalog_path,
        labels=labels or _labels_of(settings, name),
        reader=name,
        now=now,
    )


def _labels_of(settings: Settings, reader: str) -> Path:
    """Return the labels file of a reader in the state folder. Raises ConfigError when there can be none."""
    folder = settings.state / "labels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"state folder {folder}: {error.strerror}; give a writable folder with --state") from None
    return folder / f"{reader}.jsonl"


def serve(settings: Settings, *, port: int, tools: Tools, label: str | None, opens: bool, told: object) -> None:
    """Serve the page until a signal; ``told`` is called with the address once it can be opened."""
    from agent.review.server import ReviewServer

    server = ReviewServer(tools, port)
    assert callable(told)
    told(server.url)
    if opens:
        webbrowser.open(server.url)
    server.serve()
