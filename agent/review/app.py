"""The routes of the review page: what each address answers."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from agent.core.arxiv import coverage
from agent.core.escaping import one_line
from agent.database.store import DatabaseError
from agent.errors import TriageError
from agent.review import actions, labelling, pages
from agent.review.background import Background
from agent.review.forms import field, read_form
from agent.review.inbox import SORTS, Filter, Flag, PaperRow, Tab, html_key, neighbour
from agent.review.problems import say, show_problem
from agent.review.session import Session, Tools

HERE: Final = Path(__file__).parent
ROWS_SHOWN: Final = 60
NIGHTS_OFFERED: Final = 60
CALENDAR_DAYS: Final = 14
RUNS_SHOWN: Final = 10

NOTHING: Final = {
    Tab.DRAFTS: "No draft waits for you",
    Tab.QUEUE: "The queue is empty",
    Tab.FAILED: "No paper failed",
    Tab.DECIDED: "Nothing is decided yet",
}


@cache
def _read_templates() -> Environment:
    """Return the templates of the page, which are compiled once for all pages that a process serves."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters |= {"plain": one_line, "shell": shlex.quote}
    return templates


class ReviewPage:
    """Answers the requests of one review page."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._session: Session | None = None
        self._background: Background | None = None
        self._templates = _read_templates()

    @property
    def session(self) -> Session:
        assert self._session is not None, "the application has not started"
        return self._session

    @property
    def background(self) -> Background:
        assert self._background is not None, "the application has not started"
        return self._background

    def application(self) -> Starlette:
        """Return the application, which opens the state folder when it starts."""
        routes = [
            Route("/", self.front),
            Route("/list", self.rows),
            Route("/card", self.card),
            Route("/decide", self.decide, methods=["POST"]),
            Route("/undo", self.undo, methods=["POST"]),
            Route("/changes", self.changes),
            Route("/apply", self.apply_form),
            Route("/apply", self.apply, methods=["POST"]),
            Route("/nights", self.nights),
            *labelling.routes(self),
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Route("/{tab}", self.desk),
        ]
        handlers: Mapping[Any, Any] = {
            TriageError: self._show_error,
            DatabaseError: self._show_database_error,
            HTTPException: self._show_http_error,
        }
        return Starlette(routes=routes, lifespan=self._lifespan, exception_handlers=handlers)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        with self.tools.open_store() as store:
            self._session = Session(self.tools, store)
            self._background = Background(self.tools, self._session)
            self._background.start()
            yield
            self._background.cancel()

    # lists and papers

    async def front(self, request: Request) -> Response:
        return RedirectResponse("/drafts", status_code=303)

    async def desk(self, request: Request) -> Response:
        """Show a list, and beside it the paper ``at``, else the first."""
        tab = _tab(request.path_params["tab"])
        shown = Filter().apply(self.session.inbox.rows(tab))
        at = request.query_params.get("at", "")
        row = next((row for row in shown if row.paper_id == at), shown[0] if shown else None)
        start = max(0, shown.index(row) - ROWS_SHOWN // 2) if row else 0
        return self.page(
            request,
            "desk.html",
            tab,
            **(self._list(tab, shown, start=start) | self._card(tab, row)),
            leaves=self.session.survey.taxonomy.leaves,
            flags=[flag.value for flag in Flag],
            nights=sorted({row.night for row in shown}, reverse=True)[:NIGHTS_OFFERED],
            sorts=SORTS,
            no_leaf=None,
        )

    async def rows(self, request: Request) -> Response:
        """Show the rows of a list that pass the filter; with ``after`` those that follow this paper."""
        tab, shown = self._filtered(request.query_params)
        after = request.query_params.get("after", "")
        start = next((at for at, row in enumerate(shown, start=1) if row.paper_id == after), 0)
        return self.html("rows.html", tab=tab, **self._list(tab, shown, start=start, after=after), current="")

    async def card(self, request: Request) -> Response:
        tab = _tab(request.query_params.get("tab", ""))
        found = self.session.inbox.find(request.query_params.get("paper", ""))
        if found is None:
            return say(404, "this paper is in no list any more; load the page again")
        card = self._card(found[0], found[1], request.query_params.get("section", ""))
        answer = self.html("card.html", tab=tab, **(self._common() | card))
        answer.headers["HX-Replace-Url"] = f"/{tab}?at={found[1].paper_id}"
        return answer

    async def decide(self, request: Request) -> Response:
        """Take a decision, and show the paper that follows in the list as it is filtered."""
        form = await read_form(request)
        tab, shown = self._filtered(form)
        paper_id, verdict = field(form, "paper"), field(form, "verdict")
        following = neighbour(shown, paper_id)
        if verdict == "accept":
            typed = field(form, "entry") if "entry" in form else None
            done = actions.accept(self.session, paper_id, field(form, "section"), typed)
        elif verdict == "reject":
            done = actions.reject(self.session, paper_id)
        else:
            return say(400, f"{verdict[:40]!r} is no decision; allowed: accept, reject")
        # A decided paper stays in its list, decided otherwise now.
        return self._changed(tab, following, done, shown=self._filtered(form)[1] if tab is Tab.DECIDED else None)

    async def undo(self, request: Request) -> Response:
        """Take a step back, and show its paper in the list that it is in again."""
        form = await read_form(request)
        done = actions.undo(self.session)
        found = self.session.inbox.find(done.paper_id)
        if found and found[0].value != field(form, "tab"):
            address = f"/{found[0]}?{urlencode({'at': done.paper_id})}"
            return Response(status_code=204, headers={"HX-Redirect": address})
        tab, shown = self._filtered(form)
        if found and found[1] not in shown:
            shown = Filter().apply(self.session.inbox.rows(tab))
        return self._changed(tab, done.paper_id, done, shown=shown)

    def _changed(
        self, tab: Tab, paper_id: str | None, done: actions.ActionDone, *, shown: list[PaperRow] | None = None
    ) -> Response:
        """Return the next card, and what the step changed around it: one row is gone, or ``shown`` is the new list."""
        found = self.session.inbox.find(paper_id) if paper_id else None
        self.background.publish()
        row = found[1] if found else None
        rows = {} if shown is None else self._list(tab, shown, around=row)
        return self.html(
            "changed.html",
            tab=tab,
            **(self._common() | rows | self._card(tab, row)),
            gone=html_key(done.paper_id) if shown is None else "",
            words=done.words,
            notice=self.background.unpublished,
        )

    async def changes(self, request: Request) -> Response:
        """Say what others did since the page was loaded: nothing (204), or a notice."""
        inbox, seen = self.session.inbox, request.query_params.get("seen", "")
        if self.background.unpublished:
            self.background.publish()
            return self.html("changes.html", words=self.background.unpublished)
        if seen == inbox.version:
            return Response(status_code=204)
        found = inbox.find(request.query_params.get("paper", ""))
        words = "Another page or a run has changed the lists."
        if found and f"{found[0]} {found[1].status}" != request.query_params.get("shown", ""):
            status = f"{found[1].status} by {found[1].by}" if found[1].status else f"put into {found[0]}"
            words = f"This paper was {status} meanwhile; a decision of yours replaces that."
        return self.html("changes.html", words=words)

    # delivery

    async def apply_form(self, request: Request) -> Response:
        """Show the diff of what was accepted."""
        session = self.session
        drafts, problem, diff = session.accepted(), "", ""
        try:
            diff = self.tools.preview(session.survey, session.store, drafts) if drafts else ""
        except TriageError as error:
            problem = str(error)
        place = session.pull_request()
        lines = diff.splitlines()
        return self.page(request, "apply.html", "apply", drafts=drafts, diff=lines, problem=problem, place=place)

    async def apply(self, request: Request) -> Response:
        """Deliver what waits, after what is being published, beside the other requests: GitHub may take its time."""
        await read_form(request)

        def deliver() -> dict[str, str | None]:
            with self.tools.open_store() as store:
                return actions.apply(Session(self.tools, store)).model_dump()

        try:
            async with self.background.clone:
                return self.html("applied.html", problem="", **await run_in_threadpool(deliver))
        except TriageError as error:
            return self.html("applied.html", problem=str(error), patch=None, pr_url=None)

    async def nights(self, request: Request) -> Response:
        """Show the coverage of the last days, the last runs, and what they cost."""
        today = self.tools.now().date()
        days = [today - timedelta(days=offset) for offset in range(CALENDAR_DAYS)]
        rows = coverage.best(self.session.store.coverage(days[-1]))
        runs = self.session.store.runs(RUNS_SHOWN)
        return self.page(
            request,
            "nights.html",
            "nights",
            days=days,
            categories=sorted({row.category for row in rows}),
            cells={(row.day, row.category): row for row in rows},
            runs=runs,
            usd=sum(report.cost.usd or 0 for _, report in runs),
        )

    # problems

    async def _show_error(self, request: Request, error: TriageError) -> Response:
        return self._show_problem(request, 400, str(error))

    async def _show_database_error(self, request: Request, error: DatabaseError) -> Response:
        """Say what the database of the state refused: nothing that was stored before is lost."""
        return self._show_problem(request, 503, str(self.session.store.designed_error(error)))

    async def _show_http_error(self, request: Request, error: HTTPException) -> Response:
        return self._show_problem(request, error.status_code, error.detail)

    def _show_problem(self, request: Request, status: int, words: str) -> Response:
        return show_problem(request, self._templates.get_template("problem.html"), status, words)

    # what all pages need

    def page(self, request: Request, template: str, tab: str, **given: object) -> Response:
        """Return a whole page."""
        return self.html(template, tab=tab, csrf=request.scope["csrf"], **{**self._common(), **given})

    def html(self, template: str, **given: object) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(oob=False, **given))

    def _common(self) -> dict[str, object]:
        session, inbox = self.session, self.session.inbox
        taxonomy = session.survey.taxonomy
        return {
            "survey_title": taxonomy.title,
            "labels": taxonomy.labels,
            "counts": {tab.value: number for tab, number in inbox.counts().items()},
            "accepted": len(session.accepted(inbox)),
            "version": inbox.version,
        }

    def _list(
        self, tab: Tab, shown: list[PaperRow], *, start: int = 0, around: PaperRow | None = None, after: str = ""
    ) -> dict[str, Any]:
        if around is not None and around in shown:
            start = max(0, shown.index(around) - ROWS_SHOWN // 2)
        rows = shown[start : start + ROWS_SHOWN]
        labels = self.session.survey.taxonomy.labels
        more = len(shown) - start - len(rows)
        return {"rows": rows, "more": more, "after": after, "labels": labels, "nothing": NOTHING[tab]}

    def _card(self, tab: Tab, row: PaperRow | None, section: str = "") -> dict[str, Any]:
        card = pages.card(self.session, tab, row, section) if row else None
        return {"card": card, "current": row.paper_id if row else "", "nothing": NOTHING[tab]}

    def _filtered(self, given: Mapping[str, Any]) -> tuple[Tab, list[PaperRow]]:
        tab = _tab(given.get("tab", ""))
        wanted = Filter(
            text=given.get("q", ""),
            section=given.get("leaf", ""),
            flag=given.get("flag", ""),
            night=given.get("night", ""),
            sort=given.get("sort", "score"),
        )
        return tab, wanted.apply(self.session.inbox.rows(tab))


def _tab(name: str) -> Tab:
    if name not in list(Tab):
        raise HTTPException(404, "there is no such page")
    return Tab(name)
