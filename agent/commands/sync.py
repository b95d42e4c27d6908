"""``triage sync``: a real paper record for every entry of the list, the text of every labelled paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import SharedOptions, with_shared_options

if TYPE_CHECKING:
    from agent.sync.entries import Synced

_CATEGORIES_SHOWN = 6
_FEW = 0.05
"""Share of the list's papers below which it is no loss that their categories are not read."""


@with_shared_options
def sync(
    shared: SharedOptions,
    from_: Annotated[Path | None, typer.Option("--from", help="Take records from this file, not from arXiv.")] = None,
) -> None:
    """Find the paper of every entry: id, title, authors, abstract."""
    from agent.commands import output
    from agent.core.arxiv.categories import count_unread
    from agent.sync.entries import sync_from_arxiv, sync_from_file
    from agent.wiring.labels import load_labels
    from agent.wiring.lists import load_survey
    from agent.wiring.sources import build_http, build_lookup
    from agent.wiring.state import open_state

    settings = shared.settings()
    with output.Bar("resolving") as bar, open_state(settings, exclusive=True) as store:
        survey = load_survey(settings, store)
        if from_ is not None:
            synced = sync_from_file(survey, store, from_)
        else:
            labelled = sorted(load_labels(settings))
            synced = sync_from_arxiv(survey, store, build_lookup(settings, build_http(settings)), bar, labelled)
        listed = [record.categories for record in store.records()]
    source = settings.source
    unread = count_unread(listed, source.categories, cross_lists=source.cross_lists)
    result = synced.model_dump() | {"unread_categories": dict(unread)}
    output.show(result, shared.as_json, lambda: typer.echo(_in_words(synced)))
    papers = sum(count for _, count in unread)
    if papers > _FEW * len(listed):
        names = ", ".join(f"{name} ({count})" for name, count in unread[:_CATEGORIES_SHOWN])
        output.say(
            f"triage: papers of the list ({papers}) are of categories that no night reads: {names}"
            "; to find more like them, add these to [source] categories in triage.toml"
        )


def _in_words(synced: Synced) -> str:
    known = f"the papers of {synced.resolved} of {synced.entries} entries are known"
    left = synced.entries - synced.resolved
    unknown = f" (not found: {left}; `triage audit` names them)" if left else ""
    return f"{known}{unknown}; {synced.background} papers outside the list are kept as background"
