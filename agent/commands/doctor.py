"""``triage doctor``: what is ready for a night and what is not, with remedies. It changes nothing and asks no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import SharedOptions, now, with_shared_options
from agent.errors import OK

if TYPE_CHECKING:
    from rich.table import Table

    from agent.wiring.readiness import Check

NOT_READY = 2


@with_shared_options
def doctor(
    shared: SharedOptions,
    offline: Annotated[bool, typer.Option(help="Leave out what needs the network.")] = False,
) -> None:
    """Check what a night needs; name the remedy of each fault.

    Looks at configuration, list, state, disk, judge, git, workflow, GitHub, arXiv and clock.
    """
    from agent.commands import output
    from agent.wiring.readiness import check_readiness

    checks = check_readiness(shared.settings, offline=offline, now=now)
    ready = all(check.ready for check in checks)
    result = {"ready": ready, "checks": [check.model_dump(mode="json") for check in checks]}
    output.show(result, shared.as_json, lambda: output.STDOUT.print(_table(checks)))
    raise typer.Exit(OK if ready else NOT_READY)


def _table(checks: list[Check]) -> Table:
    from rich.text import Text

    from agent.commands.output import cell, make_table

    table = make_table("what", "state", "found", "remedy", show_lines=True)
    for check in checks:
        state = Text("ready", style="green") if check.ready else Text("NOT READY", style="bold red")
        table.add_row(check.subject, state, cell(check.found), cell(check.remedy or "-"))
    return table
