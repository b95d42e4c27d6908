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
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent import environment, tracing
from agent.commands import output
from agent.commands.options import days, now
from agent.errors import TriageError
from agent.jobs.fleet_file import read_fleet
from agent.jobs.ledgers import open_ledger
from agent.jobs.night import NightWanted, run_night
from agent.settings import load_settings
from agent.wiring.night import NightOptions, open_night
from agent.workflow import graph as night_graph


class HostedNight(TypedDict, total=False):
    """The input and output of the graph.

    Asked: ``list``, a name in fleet.toml (none: the list of this folder), with ``since`` and ``until`` as YYYY-MM-DD
    (none: the days that are open). Answered: ``report``, and ``line``, its summary.
    """

    list: str
    since: str
    until: str
    report: dict[str, Any]
    line: str


def _run(state: HostedNight) -> HostedNight:
    """Run the night that is asked for. Raises TriageError for a night without a report: a failed run of the server."""
    if "list" not in state:
        return _run_own_list(state)
    fleet = read_fleet()
    since, until = days(state.get("since") or None, state.get("until") or None)
    wanted = NightWanted(chosen=fleet.list_named(state["list"]), since=since, until=until)
    with output.Bar() as bar:
        ended = run_night(fleet, wanted, bar, now, summarise=output.summary_line, ledger=open_ledger(fleet, now))
    if ended.report is None:
        raise TriageError(ended.line)
    return {"report": ended.report.model_dump(mode="json"), "line": ended.line}


def _run_own_list(asked: HostedNight) -> HostedNight:
    since, until = days(asked.get("since") or None, asked.get("until") or None)
    deliver = "pr" if environment.github_token() else "patch"
    options = NightOptions(since=since, until=until, deliver=deliver)
    with output.Bar() as bar, open_night(load_settings(), options, bar, now) as opened:
        report = asyncio.run(night_graph.run(opened.services))["report"]
    return {"report": report.model_dump(mode="json"), "line": output.summary_line(report)}


def _build() -> CompiledStateGraph[HostedNight, None, HostedNight, HostedNight]:
    """Return a graph of one node, since a server cannot hand over the services that the graph of a night needs."""
    building = StateGraph(HostedNight)
    building.add_node("night", _run)
    building.add_edge(START, "night")
    building.add_edge("night", END)
    return building.compile()


tracing.hide_texts()
graph = _build()
