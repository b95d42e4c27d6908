"""``triage eval``: how good a judge is on the list's own papers, on labelled nights, and on what was once picked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import (
    AnswersOption,
    JudgeOption,
    MaxCostOption,
    ModelOption,
    NoCapOption,
    RequestsOption,
    SharedOptions,
    not_both,
    refuse_beside,
    refuse_unasked_model,
    with_shared_options,
)
from agent.errors import FOUND, OK, PARTIAL


@with_shared_options
def evaluate(
    shared: SharedOptions,
    judge: JudgeOption = None,
    model: ModelOption = None,
    entries: Annotated[Path | None, typer.Option(help="Place these papers, not the catalog's own.")] = None,
    night: Annotated[list[Path] | None, typer.Option(help="A labelled listing; may be repeated.")] = None,
    labels: Annotated[list[Path] | None, typer.Option(help="Its labels; may be repeated.")] = None,
    retrospective: Annotated[Path | None, typer.Option(help="Nights on which listed papers were announced.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the HTML page, with all baselines, here.")] = None,
    compare: Annotated[Path | None, typer.Option(help="Compare with this result, paper by paper.")] = None,
    max_cost: MaxCostOption = None,
    no_cap: NoCapOption = False,
    requests: RequestsOption = None,
    answers: AnswersOption = None,
    dry_run: Annotated[bool, typer.Option(help="Say what asking the model would take; stop there.")] = False,
) -> None:
    """Measure a judge on papers whose right answer is known.

    These are the list's own papers, labelled nights, and what the maintainers once picked.
    """
    from agent.commands import output
    from agent.wiring.judges import build_cap
    from agent.wiring.lists import load_survey
    from agent.wiring.state import open_state
    from evals.material import Options, gather, with_own_night
    from evals.report import words
    from evals.requests import build_requests, estimate
    from evals.run import judge_builder

    not_both(requests, answers)
    if requests:
        beside = {"--dry-run": dry_run, "--report": report, "--compare": compare}
        refuse_beside(f"--requests {requests}", beside, "with --requests nothing is judged")
    settings = shared.settings(judge={"kind": judge, "model": model})
    if not (requests or answers):
        refuse_unasked_model(settings, model)
    options = Options(entries, tuple(night or ()), tuple(labels or ()), retrospective)
    if requests or answers:
        options = options.without_unasked_catalog()
    elif report:
        options = with_own_night(settings, options)
    with output.Bar() as bar, open_state(settings, exclusive=True) as store:
        survey = load_survey(settings, store)
        material = gather(settings, survey, options)
        if dry_run:
            found = estimate(settings, survey, store, material)
            return output.show(found, shared.as_json, lambda: output.show_fields(found))
        if requests:
            output.write_lines(requests, build_requests(settings, survey, store, material))
            return output.show({"requests": str(requests)}, shared.as_json, lambda: typer.echo(str(requests)))
        build = judge_builder(settings, survey, store, answers, cap=build_cap(settings, max_cost, no_cap=no_cap))
        done = words.run(material, build, survey.taxonomy, page=report, against=compare, progress=bar)
    output.show(done.json, shared.as_json, lambda: typer.echo(done.words))
    if done.problem:
        output.say(f"triage: {done.problem}")
    raise typer.Exit(FOUND if done.worse else PARTIAL if done.failed or done.problem else OK)
