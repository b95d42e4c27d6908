"""``triage worker``: takes nights of a fleet's lists from the queue, on as many machines as wanted."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands.options import FleetFileOption, now


def worker(
    fleet: FleetFileOption = None,
    until_empty: Annotated[
        bool, typer.Option(help="End when no night is due, instead of waiting for the next.")
    ] = False,
) -> None:
    """Run the nights of a fleet's lists as they come due.

    Start it on as many machines as wanted.
    """
    from agent.commands import output
    from agent.jobs.fleet_file import read_fleet
    from agent.jobs.needed import check_installed

    check_installed()
    from agent.jobs.worker import Worker

    given = read_fleet(fleet)
    made = Worker(given, now=now, summarise=output.summary_line, say=output.say, until_empty=until_empty)
    output.say(f"triage: worker for {len(given.lists)} lists; it ends with Ctrl-C or SIGTERM")
    made.run()
