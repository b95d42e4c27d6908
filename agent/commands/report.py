"""``triage report``: one static page of a night."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import SharedOptions, day_of, with_shared_options


@with_shared_options
def report(
    shared: SharedOptions,
    night: Annotated[str | None, typer.Option(help="Announcement date, YYYY-MM-DD (default: the last run's).")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write (default: report.html in the state folder).")] = None,
) -> None:
    """Write one static HTML page of a night.

    It has the drafts, the queue, the coverage, the spend and the last 30 nights in plots.
    """
    from agent.commands import output
    from agent.review.report import page
    from agent.wiring.lists import load_survey
    from agent.wiring.state import open_state

    day = day_of("--night", night)
    settings = shared.settings()
    path = out or settings.state.folder / "report.html"
    with open_state(settings, exclusive=False) as store:
        ended, found = page.find_run(store, day)
        text = page.render(load_survey(settings, store), store, ended, found)
    output.write_text(path, text, "--out")
    output.show({"report": str(path), "run_id": found.run_id}, shared.as_json, lambda: typer.echo(str(path)))
