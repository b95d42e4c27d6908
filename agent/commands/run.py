"""``triage run``: one night, or what it would ask a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from agent.commands.options import (
    AnswersOption,
    BatchOption,
    BudgetOption,
    FleetFileOption,
    JudgeOption,
    MaxCostOption,
    ModelOption,
    NoCapOption,
    RequestsOption,
    SharedOptions,
    SinceOption,
    SourceOption,
    UntilOption,
    days,
    not_both,
    now,
    refuse_unasked_model,
    with_shared_options,
)
from agent.errors import OK, PARTIAL, ConfigError, DeliveryError, TriageError

if TYPE_CHECKING:
    from datetime import date

    from agent.core.judging.costs import Estimate
    from agent.database.store import Store
    from agent.deliveries.notifications import Notifier
    from agent.records import Paper
    from agent.settings import Settings
    from agent.wiring.night import NightOptions, OpenNight


@with_shared_options
def run(
    shared: SharedOptions,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    judge: JudgeOption = None,
    model: ModelOption = None,
    budget: BudgetOption = None,
    max_cost: MaxCostOption = None,
    no_cap: NoCapOption = False,
    deliver: Annotated[str | None, typer.Option(help="patch (the default), pr or none.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would be judged and what it would cost; stop there.")] = False,
    judgments: Annotated[Path | None, typer.Option(help="Write one line per listed paper here.")] = None,
    rejudge: Annotated[bool, typer.Option(help="Judge again what earlier runs decided (drafts excepted).")] = False,
    reconsider: Annotated[bool, typer.Option(help="Propose again what a closed pull request rejected.")] = False,
    show_prompt: Annotated[str | None, typer.Option(help="Print the prompt of this paper id, and stop.")] = None,
    requests: RequestsOption = None,
    answers: AnswersOption = None,
    every_list: Annotated[bool, typer.Option("--all", help="Take the lists of a fleet, one after the other.")] = False,
    fleet: FleetFileOption = None,
    batch: BatchOption = False,
) -> None:
    """Judge the new announcements and draft the best for review."""
    from agent.wiring.judges import build_cap
    from agent.wiring.night import NightOptions

    not_both(requests, answers)
    if batch and (requests or answers):
        raise ConfigError("--batch asks and brings back by itself; leave --requests and --answers out")
    stops = {"--dry-run": dry_run, "--requests": requests is not None, "--show-prompt": show_prompt is not None}
    _refuse_beside_previews([option for option, given in stops.items() if given], judgments)
    overrides: dict[str, dict[str, Any]] = {
        "source": {"kind": source},
        "judge": {"kind": judge, "model": model},
        "review": {"budget": budget},
    }
    first, last = days(since, until)
    if every_list:
        _refuse_with_all(
            {
                "--state": shared.state, "--config": shared.config, "--catalog": shared.catalog,
                "--judgments": judgments, "--show-prompt": show_prompt, "--requests": requests, "--answers": answers,
                "--batch": batch, "--dry-run": dry_run, "--rejudge": rejudge, "--reconsider": reconsider,
                "--max-cost": max_cost, "--no-cap": no_cap,
            }
        )  # fmt: skip
        raise typer.Exit(_run_all(fleet, overrides, first, last, deliver, as_json=shared.as_json))
    if fleet:
        raise ConfigError(f"--fleet {fleet} names lists for --all: add --all, or leave it out to run this list alone")
    settings = shared.settings(**overrides)
    if not (requests or answers or show_prompt):
        refuse_unasked_model(settings, model)
    options = NightOptions(
        since=first,
        until=last,
        deliver=deliver or "patch",
        cap=build_cap(settings, max_cost, no_cap=no_cap),
        rejudge=rejudge,
        reconsider=reconsider,
        answers=answers,
        stop_before_judging=any(stops.values()),
        batch=batch,
    )
    _run_night(shared, settings, options, judgments=judgments, requests=requests, show_prompt=show_prompt)


def _run_night(
    shared: SharedOptions,
    settings: Settings,
    options: NightOptions,
    *,
    judgments: Path | None,
    requests: Path | None,
    show_prompt: str | None,
) -> None:
    """Run the night, or as much of it as is asked for, print it and tell those who watch. Raises typer.Exit."""
    import asyncio

    from agent.commands import output
    from agent.deliveries.notifications import Notifier
    from agent.environment import job_summary
    from agent.files import path_text
    from agent.wiring.deliveries import build_notifier
    from agent.wiring.night import open_night
    from agent.workflow import graph

    if judgments:
        output.check_writable(judgments)
    notifier = Notifier() if options.stop_before_judging else build_notifier(settings)
    with _watched_by(notifier), output.Bar() as bar, open_night(settings, options, bar, now) as night:
        final = asyncio.run(graph.run(night.services))
        if options.stop_before_judging:
            if show_prompt is not None:
                preview = _preview_prompt(night, show_prompt)
            else:
                preview = _preview_night(night, settings, final["to_judge"], requests=requests, batch=options.batch)
            return output.show(preview.json, shared.as_json, lambda: typer.echo(preview.words))
        report, unwritten = final["report"], None
        if judgments:
            unwritten = _try_to_write(judgments, graph.judgment_rows(night.services, final))
            report = report.model_copy(update={"judgments": None if unwritten else path_text(judgments)})
    output.show(report.model_dump(mode="json"), shared.as_json, lambda: output.show_drafts([report]))
    line = output.summary_line(report)
    output.say(line)
    if summary := job_summary():
        output.add_job_summary(summary, line, final["review_text"])
    notifier.report_end(line, well=report.undelivered is None)
    _say_problems(notifier)
    if unwritten:
        output.say(f"triage: the judgments were not written: {unwritten}")
    if report.undelivered:
        raise DeliveryError(report.undelivered)
    raise typer.Exit(PARTIAL if report.partial or unwritten else OK)


def _try_to_write(path: Path, rows: Iterable[Mapping[str, object]]) -> str | None:
    """Write one line per paper, and return why that was not possible, if so: the night itself is done."""
    from agent.commands import output

    try:
        output.write_lines(path, rows)
    except TriageError as error:
        return str(error)
    return None


def _refuse_beside_previews(previews: Sequence[str], judgments: Path | None) -> None:
    """Check what is given beside the options that stop before a paper is judged. Raises ConfigError for what would be
    left undone."""
    if previews and judgments:
        raise ConfigError(f"--judgments {judgments} and {previews[0]}: with {previews[0]} nothing is judged; give one")
    if "--show-prompt" in previews[1:]:
        raise ConfigError(f"{previews[0]} and --show-prompt: give one; --show-prompt prints one prompt, and stops")


def _refuse_with_all(given: Mapping[str, object]) -> None:
    """Check the options beside ``--all``. Raises ConfigError for one that is about one list or one night."""
    for option, value in given.items():
        if value is not None and value is not False:
            raise ConfigError(f"{option} cannot be given with --all: run that list alone, or set it in its triage.toml")


def _run_all(
    path: Path | None,
    overrides: Mapping[str, Mapping[str, Any]],
    since: date | None,
    until: date | None,
    deliver: str | None,
    *,
    as_json: bool,
) -> int:
    """Run a night of each list, print one line each on stderr, and return the worst exit code."""
    from agent.commands import output
    from agent.jobs.fleet_file import FleetList, read_fleet
    from agent.jobs.night import NightWanted
    from agent.jobs.sequence import run_all

    def wanted(chosen: FleetList) -> NightWanted:
        return NightWanted(chosen=chosen, since=since, until=until, deliver=deliver, overrides=dict(overrides))

    nights = []
    with output.Bar() as bar:
        for ended in run_all(read_fleet(path), wanted, bar, now, summarise=output.summary_line):
            nights.append(ended)
            output.say(f"{ended.list_name}: {ended.line}")
    result = [
        {
            "list": each.list_name,
            "exit": each.code,
            "line": each.line,
            "report": each.report.model_dump(mode="json") if each.report else None,
        }
        for each in nights
    ]
    output.show(
        {"nights": result}, as_json, lambda: output.show_places([each.report for each in nights if each.report])
    )
    return max(each.code for each in nights)


@contextmanager
def _watched_by(notifier: Notifier) -> Iterator[None]:
    """Tell the watchers that a night begins, and why it failed when it does; print who could not be told of that."""
    try:
        with notifier.watching():
            yield
    except TriageError:
        _say_problems(notifier)
        raise


def _say_problems(notifier: Notifier) -> None:
    """Print why a watcher could not be told."""
    from agent.commands import output

    for problem in notifier.problems:
        output.say(f"triage: {problem}")


class _Preview(NamedTuple):
    """The output that stands in for a night: as JSON, and in words."""

    json: object
    words: str


def _preview_prompt(night: OpenNight, paper_id: str) -> _Preview:
    """Return the messages about a paper. Raises ConfigError for one that is not known."""
    messages = list(night.build_questions().messages(_paper(night.services.store, paper_id)))
    return _Preview(messages, "\n\n".join(message["content"] for message in messages))


def _preview_night(
    night: OpenNight, settings: Settings, ids: Sequence[str], *, requests: Path | None, batch: bool
) -> _Preview:
    """Return what asking about the papers ``ids`` would take, at the prices of a ``batch`` if there is to be one.

    The Batch lines go to the file ``requests``. Raises ConfigError for a file that cannot be written, and for a batch
    without a model to ask.
    """
    from agent.commands import output
    from agent.core.judging import costs
    from agent.core.judging.questions import estimate, request_lines
    from agent.wiring.judges import build_endpoint, judge_kind, measure_answers
    from agent.wiring.lists import load_prices

    store, asked, prices = night.services.store, night.build_questions(), load_prices(settings)
    if batch:
        build_endpoint()  # the run itself would be refused without one
        prices = costs.batch_prices(prices)
    papers = [paper for paper_id in ids if (paper := store.paper(paper_id))]
    if requests is not None:
        output.write_lines(requests, request_lines(asked, papers))
    judge = "openai" if requests or batch else judge_kind(settings)
    length = measure_answers(store, asked.identity)
    expected = estimate(asked, papers if judge == "openai" else [], prices, length)
    found = {
        "papers": len(papers),
        "judge": judge,
        "model": asked.model if judge == "openai" else None,
        **expected.model_dump(mode="json"),
        "requests": str(requests) if requests else None,
    }
    if judge != "openai":
        return _Preview(found, f"{len(papers)} papers for the {judge} judge, which costs nothing")
    words = f"{len(papers)} papers for {asked.model}: {_in_words(expected)}"
    return _Preview(found, f"{words}\n{requests}" if requests else words)


def _in_words(expected: Estimate) -> str:
    """Return the tokens and dollars that a model would take."""
    usage = expected.usage
    tokens = (
        f"about {usage.input_tokens:,} tokens in ({usage.cached_input_tokens:,} cached), {usage.output_tokens:,} out "
        f"({expected.answer})"
    )
    if usage.usd is None or expected.worst_usd is None:
        return f"{tokens}; its price is not known"
    return f"{tokens}; about ${usage.usd:.2f}, at most ${expected.worst_usd:.2f}"


def _paper(store: Store, paper_id: str) -> Paper:
    paper = store.paper(paper_id)
    if paper is None:
        raise ConfigError(
            f"--show-prompt {paper_id!r}: no such paper in this listing or an earlier one; give its arXiv id"
        )
    return paper
