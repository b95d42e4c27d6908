"""``triage review``: the review page of this machine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import SharedOptions, now, with_shared_options
from agent.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.core.survey.survey import Survey
    from agent.database.store import Store
    from agent.ports import Nearest
    from agent.records import Draft
    from agent.review.session import Tools
    from agent.settings import Settings


@with_shared_options
def review(
    shared: SharedOptions,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1 (default: any free one).")] = 0,
    label: Annotated[str | None, typer.Option(help="Label this night (YYYY-MM-DD), blind to the judge.")] = None,
    reader: Annotated[str | None, typer.Option(help="Who decides or labels (default: the user's name).")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Labels file (default: labels/READER.jsonl in the state folder).")
    ] = None,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Decide on drafts and the queue, or label a night, in a browser.

    Serves a page on this machine alone; Ctrl-C ends it.
    """
    import webbrowser

    from agent.commands import output
    from agent.commands.options import day_of
    from agent.review.server import ReviewServer

    day_of("--label", label)
    tools = tools_of(shared.settings(), reader, labels)
    _check_night(tools, label)
    server = ReviewServer(tools, port, f"/labels/{label}" if label else "/")
    output.show({"url": server.url, "labels": str(tools.labels)}, shared.as_json, lambda: typer.echo(server.url))
    if opens:
        webbrowser.open(server.url)
    server.serve()


def tools_of(settings: Settings, reader: str | None, labels: Path | None) -> Tools:
    """Return what the page is given. Raises ConfigError for a reader's name that is no file name."""
    from agent.review.session import Tools
    from agent.sources.files.label_file import LabelFile
    from agent.wiring.deliveries import build_delivery, build_patch
    from agent.wiring.judges import build_search
    from agent.wiring.lists import load_survey
    from agent.wiring.state import open_state

    name = _reader(reader)

    def open_list() -> AbstractContextManager[Store]:
        return open_state(settings, exclusive=False)

    def build_nearest() -> Nearest:
        with open_list() as store:
            return build_search(settings, load_survey(settings, store), store).nearest

    def preview(survey: Survey, store: Store, drafts: Sequence[Draft]) -> str:
        return build_patch(settings, survey, store).preview(drafts)

    path = labels or _labels_of(settings, name)
    LabelFile(path)  # says now what would go wrong at the first label
    return Tools(
        open_store=open_list,
        load_survey=lambda store: load_survey(settings, store),
        build_nearest=build_nearest,
        # A clone of its own: a nightly run may use the other one at the same time.
        build_delivery=lambda survey, store, kind: build_delivery(
            settings, survey, store, kind, checkout=f"checkout-review-{name}"
        ),
        preview=preview,
        catalog=settings.catalog_path,
        labels=path,
        reader=name,
        now=now,
    )


def _reader(given: str | None) -> str:
    """Return who reviews: the name given, else the user's. Raises ConfigError for one that cannot name a file."""
    import getpass
    import re

    if given is None:
        try:
            user = getpass.getuser()
        except (KeyError, OSError, ImportError):  # in a container nobody may have a name; which error depends on Python
            user = ""
        return re.sub(r"[^A-Za-z0-9_.-]+", "-", user).strip(".-") or "reader"
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,39}", given):
        raise ConfigError(f"--reader {given!r}: give a name of letters, digits, '-', '_' and '.', at most 40")
    return given


def _labels_of(settings: Settings, reader: str) -> Path:
    """Return the labels file of a reader in the state folder. Raises ConfigError when there can be none."""
    folder = settings.state.folder / "labels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"state folder {folder}: {error.strerror}; give a writable folder with --state") from None
    return folder / f"{reader}.jsonl"


def _check_night(tools: Tools, label: str | None) -> None:
    """Check what the page is to show. Raises ConfigError for a list that cannot be read, and for a night to ``label``
    that no judge was asked about.
    """
    with tools.open_store() as store:
        tools.load_survey(store)
        nights = [day.isoformat() for day in store.nights()]
    if label and label not in nights:
        known = ", ".join(nights[:10]) or "none yet: `triage run` comes first"
        raise ConfigError(f"--label {label}: no paper of that night was judged here; the nights are {known}")
