"""The graph that ``langgraph.json`` exports: a night of a list, for ``langgraph dev`` and LangGraph servers.

``{"list": NAME, "since": DAY, "until": DAY}`` asks for a list of ``fleet.toml`` (``TRIAGE_FLEET`` names another file),
whose state is in the fleet's database: the night that a worker would run, under the same lock, pace and money of the
day. Without ``list`` it is the list of the working directory; whether its drafts go to a pull request is said by the
environment, since a server passes no options.
``langgraph dev`` needs ``--allow-blocking``: its detector refuses databases in any event loop, even that of the
night's own thread, which blocks nobody.
"""

from __future__ import annotations

import asyncio

from agent import environment, tracing
from agent.commands import output
from agent.commands.options import days, now
from agent.errors import TriageError
from agent.jobs.fleet_file import read_fleet
from agent.jobs.ledgers import open_ledger
from agent.jobs.night import NightWanted, run_night
from agent.settings import load_settings
from agent.wiring import night as wiring
from agent.workflow import graph as workflow
from agent.workflow.graph import Night


def _run(asked: Night) -> Night:
    """Run what is asked. Raises TriageError for a night without a report: a failed run of the server."""
    if "list" not in asked:
        return _run_own_list(asked)
    fleet = read_fleet()
    since, until = days(asked.get("since") or None, asked.get("until") or None)
    wanted = NightWanted(chosen=fleet.list_named(asked["list"]), since=since, until=until)
    with output.Bar() as bar:
        ended = run_night(fleet, wanted, bar, now, summarise=output.summary_line, ledger=open_ledger(fleet, now))
    if ended.report is None:
        raise TriageError(ended.line)
    return {"report": ended.report.model_dump(mode="json"), "line": ended.line}


def _run_own_list(asked: Night) -> Night:
    since, until = days(asked.get("since") or None, asked.get("until") or None)
    deliver = "pr" if environment.github_token() else "patch"
    options = wiring.NightOptions(since=since, until=until, deliver=deliver)
    with output.Bar() as bar, wiring.open_night(load_settings(), options, bar, now) as opened:
        report = asyncio.run(workflow.run(opened.services))["report"]
    return {"report": report.model_dump(mode="json"), "line": output.summary_line(report)}


tracing.hide_texts()
graph = workflow.host(_run)
