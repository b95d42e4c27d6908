"""``triage audit``: what is wrong in the list itself, and the repairs of which it is sure."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import Shared, now, with_shared_options
from agent.errors import FOUND, OK

if TYPE_CHECKING:
    from rich.table import Table

    from agent.core.audit.findings import Finding


@with_shared_options
def audit(
    shared: Shared,
    fix: Annotated[str | None, typer.Option(help="Hand over the sure repairs: patch or pr.")] = None,
    offline: Annotated[bool, typer.Option(help="Ask nobody: compare with what is stored.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit 1 when something is wrong.")] = False,
) -> None:
    """Find what is wrong in the list itself; propose repairs."""
    from agent.commands import output
    from agent.sync.audit import audit_list
    from agent.wiring.deliveries import build_repairs_delivery
    from agent.wiring.lists import load_survey
    from agent.wiring.sources import build_http, build_lookup
    from agent.wiring.state import open_state

    settings = shared.settings()
    deliver = build_repairs_delivery(settings, fix, run_id=f"{now():%Y%m%d-%H%M%S-%f}")
    # A long list is read into millions of small objects without cycles, which the collector would walk again and again.
    gc.disable()
    try:
        with output.Bar("resolving") as bar, open_state(settings, exclusive=not offline) as store:
            survey = load_survey(settings, store)
            lookup = None if offline else build_lookup(settings, build_http(settings))
            found = audit_list(survey, store, lookup, bar)
    finally:
        gc.enable()
    delivered = deliver(survey.catalog.text, found.findings)
    found = found.model_copy(update=delivered.model_dump())
    table = _findings_table(found.findings, found.entries, found.resolved)
    output.show(found.model_dump(mode="json"), shared.as_json, lambda: output.STDOUT.print(table))
    if (place := found.patch or found.pr_url) and not shared.as_json:
        typer.echo(place)
    for note in found.notes:
        output.say(f"triage: {note}")
    if found.problem:
        output.say(f"triage: not all could be checked: {found.problem}")
    raise typer.Exit(FOUND if strict and not found.clean else OK)


def _findings_table(findings: Sequence[Finding], entries: int, resolved: int) -> Table:
    """Return what is wrong in the list, line by line, with the proposal and how sure it is."""
    from rich.table import Table
    from rich.text import Text

    unchecked = sum(finding.kind == "unresolved" for finding in findings)
    wrong = len(findings) - unchecked
    heading = (
        f"{wrong} {'finding' if wrong == 1 else 'findings'}; {entries} entries, the papers of {resolved} known"
        + (f", {unchecked} could not be checked" if unchecked else "")
    )
    table = Table("line", "kind", "entry", "what is wrong", "proposal", "sure", title=heading, show_lines=True)
    for finding in findings:
        proposal = finding.proposed_id or ""
        entry, detail = Text(finding.entry_title or "-"), Text(finding.detail)
        table.add_row(str(finding.line), finding.kind, entry, detail, proposal, finding.confidence)
    return table
