"""The graph that ``langgraph.json`` exports: a night of the default list, for ``langgraph dev`` and LangGraph servers.

Whether drafts go to a pull request is said in the environment, since a server passes no options.
``langgraph dev`` needs ``--allow-blocking``: its detector refuses SQLite in any event loop, even that of the
night's own thread, which blocks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from agent import settings, tracing
from agent.commands import output
from agent.ports import Services
from agent.wiring import night as wiring
from agent.workflow import graph as workflow


@contextmanager
def _tonight() -> Iterator[Services]:
    deliver = "pr" if settings.github_token() else "patch"
    options = wiring.NightOptions(deliver=deliver)
    with (
        output.Bar() as bar,
        wiring.open_night(settings.load(), options, bar, lambda: datetime.now(UTC)) as opened,
    ):
        yield opened.services


tracing.hide_texts()
graph = workflow.host(_tonight)
