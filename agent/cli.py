"""The commands: options -> Settings -> Services -> workflow -> print. The only place that catches TriageError."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from agent.commands.options import (
    Answers,
    Budget,
    Catalog,
    Config,
    Json,
    JudgeName,
    MaxCost,
    Model,
    Requests,
    Since,
    Source,
    State,
    Until,
    days,
    not_both,
    now,
    settings_of,
    show,
    write_lines,
)
from agent.errors import FOUND, OK, PARTIAL, DeliveryError, TriageError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Judges the nightly arXiv listing against a survey's definitions and drafts entries for review.",
)


@app.command()
def run(
    source: Source = None,
    since: Since = None,
    until: Until = None,
    judge: JudgeName = None,
    model: Model = None,
    budget: Budget = None,
    max_cost: MaxCost = None,
    deliver: Annotated[str, typer.Option(help="patch, pr or none.")] = "patch",
    dry_run: Annotated[bool, typer.Option(help="Say what would be judged and what it would cost; stop there.")] = False,
    judgments: Annotated[Path | None, typer.Option(help="Write one line per listed paper here.")] = None,
    rejudge: Annotated[bool, typer.Option(help="Judge again what earlier runs decided (drafts excepted).")] = False,
    reconsider: Annotated[bool, typer.Option(help="Propose again what a closed pull request rejected.")] = False,
    show_prompt: Annotated[str | None, typer.Option(help="Print the prompt of this paper id, and stop.")] = None,
    requests: Requests = None,
    answers: Answers = None,
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Judge the new announcements and draft the best for review."""
    from agent.commands import output, planning
    from agent.wiring import night as wiring
    from agent.workflow import graph

    not_both(requests, answers)
    settings = settings_of(
        config, state, catalog,
        source={"kind": source}, judge={"kind": judge, "model": model}, review={"budget": budget},
    )  # fmt: skip
    first, last = days(since, until)
    options = wiring.NightOptions(
        since=first,
        until=last,
        deliver=deliver,
        max_cost=max_cost,
        rejudge=rejudge,
        reconsider=reconsider,
        answers=answers,
        stop_before_judging=dry_run or bool(requests or show_prompt),
    )
    with output.Bar() as bar, wiring.open_night(settings, options, bar, now) as services:
        final = asyncio.run(graph.run(services))
        if options.stop_before_judging:
            ids = final["to_judge"]
            plan = planning.plan(services, settings, ids, requests=requests, show_prompt=show_prompt)
            return show(plan.json, as_json, lambda: typer.echo(plan.words))
        report = final["report"]
        if judgments:
            write_lines(judgments, graph.judgment_rows(services, final))
            report = report.model_copy(update={"judgments": str(judgments)})
    show(report.model_dump(mode="json"), as_json, lambda: output.show_drafts([report]))
    output.say(output.summary_line(report))
    if report.undelivered:
        raise DeliveryError(report.undelivered)
    raise typer.Exit(PARTIAL if report.partial else OK)


@app.command()
def backfill(
    since: Annotated[str, typer.Option(help="First announcement date, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="Last announcement date, YYYY-MM-DD.")],
    source: Source = None,
    judge: JudgeName = None,
    model: Model = None,
    budget: Budget = None,
    max_cost: MaxCost = None,
    deliver: Annotated[str, typer.Option(help="patch, pr or none.")] = "none",
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Judge a long range of days, one night each; stopped, it goes on. Delivered only with --deliver."""
    from agent.commands import backfilling, output
    from agent.wiring import night as wiring

    settings = settings_of(
        config, state, catalog,
        source={"kind": source}, judge={"kind": judge, "model": model}, review={"budget": budget},
    )  # fmt: skip
    first, last = days(since, until)
    options = wiring.NightOptions(since=first, until=last, deliver=deliver, max_cost=max_cost)
    reports = []
    with output.Bar() as bar:
        for report in backfilling.backfill(settings, options, bar, now):
            reports.append(report)
            output.say(output.summary_line(report))
    show(
        {"nights": [report.model_dump(mode="json") for report in reports]},
        as_json,
        lambda: output.show_drafts(reports),
    )
    if undelivered := [report.undelivered for report in reports if report.undelivered]:
        raise DeliveryError(undelivered[-1])
    raise typer.Exit(PARTIAL if any(report.partial for report in reports) else OK)


@app.command()
def sync(
    from_: Annotated[Path | None, typer.Option("--from", help="Take records from this file, not from arXiv.")] = None,
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Resolve every catalog entry to a real paper: id, title, authors, abstract."""
    from agent.commands import output
    from agent.sync import entries as syncing

    settings = settings_of(config, state, catalog)
    with output.Bar("resolving") as bar:
        result = syncing.sync(settings, from_, bar)
    show(result, as_json, lambda: typer.echo(", ".join(f"{name}: {value}" for name, value in result.items())))


@app.command("eval")
def evaluate(
    judge: JudgeName = None,
    model: Model = None,
    entries: Annotated[Path | None, typer.Option(help="Place these papers, not the catalog's own.")] = None,
    night: Annotated[list[Path] | None, typer.Option(help="A labelled listing; may be repeated.")] = None,
    labels: Annotated[list[Path] | None, typer.Option(help="Its labels; may be repeated.")] = None,
    retrospective: Annotated[Path | None, typer.Option(help="Nights on which listed papers were announced.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the HTML page, with all baselines, here.")] = None,
    compare: Annotated[Path | None, typer.Option(help="Compare with this result, paper by paper.")] = None,
    requests: Requests = None,
    answers: Answers = None,
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Measure a judge on the list's own papers, on labelled nights, and on what the maintainers once picked."""
    from agent.commands import output
    from agent.database.store import open_store
    from agent.wiring import night as wiring
    from evals import material as assembly
    from evals import requests as asking
    from evals.report import words

    not_both(requests, answers)
    settings = settings_of(config, state, catalog, judge={"kind": judge, "model": model})
    options = assembly.Options(entries, tuple(night or ()), tuple(labels or ()), retrospective)
    with output.Bar() as bar, open_store(settings.state, exclusive=True) as store:
        survey = wiring.load_survey(settings, store)
        material = assembly.gather(settings, survey, assembly.with_own_night(settings, options) if report else options)
        if requests:
            write_lines(requests, asking.requests(settings, survey, store, material))
            return show({"requests": str(requests)}, as_json, lambda: typer.echo(str(requests)))
        build = assembly.judge_builder(settings, survey, store, answers)
        done = words.run(material, build, survey.taxonomy, page=report, against=compare, progress=bar)
    show(done.json, as_json, lambda: typer.echo(done.words))
    raise typer.Exit(FOUND if done.worse else PARTIAL if done.failed else OK)


@app.command()
def audit(
    fix: Annotated[str | None, typer.Option(help="Hand over the sure repairs: patch or pr.")] = None,
    offline: Annotated[bool, typer.Option(help="Use only what arXiv said earlier.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit 1 when something is wrong.")] = False,
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Find what is wrong in the list itself, and propose the repair."""
    from agent.commands import auditing, output

    settings = settings_of(config, state, catalog)
    with output.Bar("resolving") as bar:
        found = auditing.audit(settings, bar, run_id=f"{now():%Y%m%d-%H%M%S-%f}", offline=offline, fix=fix)
    table = output.findings_table(found.findings, found.entries, found.resolved)
    show(found.model_dump(mode="json"), as_json, lambda: output.STDOUT.print(table))
    if (place := found.patch or found.pr_url) and not as_json:
        typer.echo(place)
    if found.problem:
        typer.echo(f"triage: not all could be checked: {found.problem}", err=True)
    raise typer.Exit(FOUND if strict and not found.clean else OK)


@app.command()
def review(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1 (default: any free one).")] = 0,
    label: Annotated[str | None, typer.Option(help="Label this night (YYYY-MM-DD) blind to the judge.")] = None,
    reader: Annotated[str | None, typer.Option(help="Who decides or labels (default: the name of the user).")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Labels file (default: labels/READER.jsonl in the state folder).")
    ] = None,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Decide on drafts and the queue, and label nights, on a page of this machine; Ctrl-C ends it."""
    from agent.commands import review as page

    settings = settings_of(config, state, catalog)
    tools = page.tools_of(settings, reader, labels)

    def tell(url: str) -> None:
        show({"url": url, "labels": str(tools.labels)}, as_json, lambda: typer.echo(url))

    page.serve(settings, port=port, tools=tools, label=label, opens=opens, told=tell)


@app.command()
def status(
    decisions: Annotated[bool, typer.Option(help="List what people decided on the drafts.")] = False,
    catalog: Catalog = None,
    state: State = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show coverage per day and category, the queue, the last runs and the spend."""
    from agent.commands import output
    from agent.core.arxiv import coverage
    from agent.database.store import open_store

    settings = settings_of(config, state, catalog)
    today = now().date()
    with open_store(settings.state, exclusive=False) as store:
        seen = coverage.best(store.coverage(today - timedelta(days=output.CALENDAR_DAYS)))
        runs, decided, queue = store.runs(10), store.decisions(), store.queued()
    result = {
        "coverage": [row.model_dump(mode="json") for row in seen],
        "runs": [report.model_dump(mode="json") | {"ended": ended.isoformat()} for ended, report in runs],
        "queue": [paper.model_dump(mode="json", include={"id", "title", "announced"}) for paper in queue],
        "decisions": [decision.model_dump(mode="json") | {"title": draft.title} for draft, decision in decided],
        "usd": sum(report.cost.usd or 0.0 for _, report in runs),
    }
    tables = [output.decisions_table(decided)] if decisions else output.status_tables(seen, today, runs, queue)
    show(result, as_json, lambda: output.STDOUT.print(*tables))


def _stop(signum: int, _frame: object) -> NoReturn:
    """End a run at once: judgments are stored as they arrive, so nothing is lost and nothing half-decided."""
    raise SystemExit(128 + signum)


def main() -> None:
    """Run a command; a designed error is one line on stderr and the exit code of its class."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        code = app(standalone_mode=False)
    except TriageError as error:
        typer.echo(f"triage: {error}", err=True)
        sys.exit(error.exit_code)
    except typer.TyperException as error:
        typer.echo(f"triage: {error.format_message()}; see triage --help", err=True)
        sys.exit(2)
    except SystemExit as stop:
        if stop.code in (130, 143):
            typer.echo("triage: stopped; everything judged so far is kept, run again to go on", err=True)
        raise
    sys.exit(code)


if __name__ == "__main__":
    main()
