"""``triage review``: the review page of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import Shared, now, with_shared_options


@with_shared_options
def review(
    shared: Shared,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1 (default: any free one).")] = 0,
    labels: Annotated[
        Path | None, typer.Option(help="Labels file (default: labels.jsonl in the state folder).")
    ] = None,
) -> None:
    """Decide on drafts and the queue, and label nights, on a page of this machine; Ctrl-C ends it."""
    from agent.commands import output
    from agent.database.store import open_store
    from agent.review import open_review
    from agent.wiring.lists import load_survey

    settings = shared.settings()
    with open_store(settings.state, exclusive=False) as store:
        survey = load_survey(settings, store)
    path = labels or settings.state / "labels.jsonl"
    with open_review(survey, lambda: open_store(settings.state, exclusive=False), path, port, now) as server:
        output.show({"url": server.url, "labels": str(path)}, shared.as_json, lambda: typer.echo(server.url))
        server.serve_forever()
