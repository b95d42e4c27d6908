"""``triage audit``: what is wrong in the list itself, and the repairs of which it is sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import SharedOptions, now, with_shared_options
from agent.errors import FOUND, OK, PARTIAL, DeliveryError

if TYPE_CHECKING:
    from rich.table import Table

    from agent.core.audit.findings import Audit, Finding

_UNCHECKED = 20
"""So many entries that could not be checked are in the table: offline it may be all of a long list."""


@with_shared_options
def audit(
    shared: SharedOptions,
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
    with output.Bar("resolving") as bar, open_state(settings, exclusive=not offline) as store:
        survey = load_survey(settings, store)
        lookup = None if offline else build_lookup(settings, build_http(settings))
        found = audit_list(survey, store, lookup, bar)
    undelivered = None
    try:
        found = found.model_copy(update=deliver(survey.catalog.text, found.findings).model_dump())
    except DeliveryError as error:  # the findings are shown all the same
        undelivered = error
    asked = not offline
    output.show(found.model_dump(mode="json") if shared.as_json else None, shared.as_json, lambda: _print(found, asked))
    if (place := found.patch or found.pr_url) and not shared.as_json:
        typer.echo(place)
    if fix and undelivered is None and not place:
        output.say("triage: nothing is sure enough to be repaired: no repair is handed over")
    for note in found.notes:
        output.say(f"triage: {note}")
    if found.problem:
        output.say(f"triage: not all could be checked: {found.problem}")
    if undelivered:
        raise undelivered
    raise typer.Exit(FOUND if strict and not found.clean else PARTIAL if found.problem else OK)


def _print(found: Audit, asked: bool) -> None:
    """Print what is wrong as a table, and as a line how many could not be checked beside those that are in it.

    Of those of which nothing is stored, none is in it where nobody was ``asked``: that says nothing about an entry.
    """
    from agent.commands import output

    unchecked = [finding for finding in found.findings if not finding.wrong]
    known = [finding for finding in unchecked if asked or finding.found_title is not None]
    kept = known[:_UNCHECKED]
    shown = [finding for finding in found.findings if finding.wrong or finding in kept]
    left_out = len(unchecked) - len(kept)
    wrong = len(found.findings) - len(unchecked)
    heading = (
        f"{wrong} {'finding' if wrong == 1 else 'findings'}; {found.entries} entries, the papers of {found.resolved} "
        "known" + (f", {len(unchecked)} could not be checked" if unchecked else "")
    )
    if shown:
        output.STDOUT.print(_findings_table(shown, heading))
    else:
        typer.echo(heading)
    if left_out:
        unknown = len(known) < len(unchecked)
        why = ": nothing is stored of them, and --offline asks nobody; `triage sync` first" if unknown else ""
        typer.echo(f"{left_out}{' more' if shown else ''} could not be checked{why}; --json names them all")


def _findings_table(findings: Sequence[Finding], heading: str) -> Table:
    """Return findings line by line, with the proposal and how sure it is."""
    from agent.commands.output import cell, make_table

    table = make_table("line", "kind", "entry", "what is wrong", "proposal", "sure", title=heading, show_lines=True)
    for finding in findings:
        proposal = finding.proposed_id or ""
        entry, detail = cell(finding.entry_title or "-"), cell(finding.detail)
        table.add_row(str(finding.line), finding.kind, entry, detail, proposal, finding.confidence)
    return table
