"""``triage fleet``: the state of a fleet's lists, and what is put into its queue by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import FleetFileOption, days, now

if TYPE_CHECKING:
    from datetime import datetime

    from rich.table import Table

    from agent.jobs.status import FleetStatus

fleet = typer.Typer(help="Show the lists, workers and money of a fleet; queue nights.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@fleet.command()
def status(fleet_file: FleetFileOption = None, as_json: JsonOption = False) -> None:
    """Show the last night of each list, what waits, who works, and what was spent today."""
    from agent.commands import output
    from agent.jobs.fleet_file import read_fleet
    from agent.jobs.status import read_status

    found = read_status(read_fleet(fleet_file), now)
    output.show(found.model_dump(mode="json"), as_json, lambda: output.STDOUT.print(*_tables(found)))


@fleet.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help="The lists; none: all of them.")] = None,
    fleet_file: FleetFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue a night now, for the lists named or for all; workers take it up."""
    import asyncio

    from agent.commands import output
    from agent.jobs.fleet_file import read_fleet
    from agent.jobs.needed import check_installed

    check_installed()
    from agent.jobs.queue import NightQueue

    given = read_fleet(fleet_file)
    wanted = [given.list_named(name).name for name in names or [each.name for each in given.lists]]
    queue = NightQueue(given)

    async def fill() -> list[str]:
        async with queue.opened():
            return await queue.fill(wanted, now())

    queued = asyncio.run(fill())
    result = {"queued": queued, "waiting_already": [name for name in wanted if name not in queued]}
    output.show(result, as_json, lambda: typer.echo(f"{len(queued)} of {len(wanted)} nights queued"))


@fleet.command()
def backfill(
    name: Annotated[str, typer.Argument(help="The list.")],
    since: Annotated[str, typer.Option(help="First announcement date, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="Last announcement date, YYYY-MM-DD.")],
    fleet_file: FleetFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue one job for each announcement day of a range; the nights of all lists come first."""
    import asyncio

    from agent.commands import output
    from agent.core.arxiv import schedule
    from agent.jobs.fleet_file import read_fleet
    from agent.jobs.needed import check_installed

    check_installed()
    from agent.jobs.queue import NightQueue

    first, last = days(since, until)
    assert first is not None and last is not None
    given = read_fleet(fleet_file)
    chosen = given.list_named(name).name
    wanted = list(schedule.announcement_days(first, last))
    queue = NightQueue(given)

    async def fill() -> list[str]:
        async with queue.opened():
            return [str(day) for day in await queue.fill_days(chosen, wanted, now())]

    queued = asyncio.run(fill())
    result = {"list": chosen, "queued": queued, "waiting_already": len(wanted) - len(queued)}
    output.show(result, as_json, lambda: typer.echo(f"{len(queued)} of {len(wanted)} days queued"))


def _tables(found: FleetStatus) -> list[Table | str]:
    from agent.commands.output import cell, make_table

    lists = make_table(
        "list",
        "next night (UTC)",
        "state",
        "last night (UTC)",
        "exit",
        "drafts",
        "queue",
        "usd today",
        "its line",
        title="lists",
    )
    for each in found.lists:
        doing = f" (worker {each.worker})" if each.worker else f" ({each.waiting})" if each.waiting else ""
        lists.add_row(
            each.name, _moment(each.next_night), f"{each.state}{doing}", _moment(each.last_ended),
            "-" if each.code is None else str(each.code),
            str(each.open_drafts), str(each.queued_papers), f"{each.usd_today:.4f}", cell(each.line or "-"),
        )  # fmt: skip
    workers = make_table("worker", "alive", "last heartbeat", "night", title="workers")
    for one in found.workers:
        workers.add_row(str(one.worker), "yes" if one.alive else "NO", f"{one.seconds:.0f} s ago", one.night or "-")
    cap = "no cap" if found.limit is None else f"of ${found.limit:.2f}"
    return [lists, workers, f"today: ${found.usd_today:.4f} {cap}"]


def _moment(at: datetime | None) -> str:
    return f"{at:%a %Y-%m-%d %H:%M}" if at else "-"
