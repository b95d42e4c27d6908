"""``triage init``: read a list, show what was understood, and write its triage.toml and taxonomy/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from agent.commands.options import MaxCostOption, ModelOption, SharedOptions, now, refuse_beside, with_shared_options
from agent.errors import FOUND, OK, PARTIAL, ConfigError, TriageError

if TYPE_CHECKING:
    from agent.core.catalog.overview import HeadingOverview
    from agent.core.survey.drafting.draft_records import LeafDraft, TaxonomyDraft
    from agent.core.survey.taxonomy_changes import TaxonomyChanges
    from agent.records import Usage
    from agent.wiring.github_actions.program_source import Action

_SITES: Final = {"arxiv": "arXiv", "acl": "Anthology", "openreview": "OpenReview", "doi": "DOI"}
_LINES_SHOWN: Final = 5


@with_shared_options
def init(
    shared: SharedOptions,
    readme: Annotated[Path | None, typer.Argument(help="The list (default: README.md in this folder).")] = None,
    check: Annotated[bool, typer.Option(help="Only say where list and taxonomy differ; exit 1 if they do.")] = False,
    force: Annotated[bool, typer.Option(help="Write anew what is there already; a copy is kept.")] = False,
    workflow: Annotated[
        bool, typer.Option(help="Also write .github/workflows/triage.yml, which runs every night on GitHub.")
    ] = False,
    action: Annotated[
        str | None,
        typer.Option(help="Write the workflow for this repository and version of the program, OWNER/REPO@REF."),
    ] = None,
    judge: Annotated[str | None, typer.Option(help="openai: let a model draft the definitions.")] = None,
    model: ModelOption = None,
    max_cost: MaxCostOption = None,
) -> None:
    """Read a list; write its triage.toml and taxonomy/.

    Shows how each heading was understood. Nothing that is there is overwritten without --force.
    """
    from agent.commands import output
    from agent.core.survey.drafting.draft_taxonomy import draft_taxonomy
    from agent.settings import check_environment
    from agent.wiring import new_list
    from agent.wiring.lists import read_text

    home = shared.config.parent if shared.config else Path.cwd()
    if check:
        writing = {"--force": force, "--workflow": workflow, "--action": action, "--judge": judge}
        refuse_beside("--check", writing, "--check only compares list and taxonomy")
        return _check(shared, readme)
    _check_config_name(shared.config)
    check_environment()  # a wrong variable would end the command after the files are written
    used = _find_action(action) if workflow or action else None
    if used:
        new_list.refuse_workflow_below_top(home)
    if used and not force and new_list.is_set_up(home):
        return _add_workflow(shared, home, used)
    path = new_list.find_list(readme or shared.catalog, home)
    _check_drafter(judge, model, max_cost)
    text = read_text(path)
    draft = draft_taxonomy(text)
    forms = _entry_forms(text, draft)
    new = new_list.write_list(home, path, draft, force=force, action=used, time=now())
    written = new.files
    warnings = (*_warnings(draft), *_warn_of_parts(path.name, new_list.find_parts(path, text)))
    found = _as_json(path, draft, forms) | {"warnings": list(warnings)}
    problems: tuple[str, ...] = ()
    if judge == "openai":
        usage, rewritten, problems = _draft_by_model(shared, home, draft, model, max_cost)
        written = list(dict.fromkeys([*written, *rewritten]))
        found |= {"cost": usage.model_dump(mode="json"), "problems": list(problems)}
    found |= {"written": [str(each) for each in written], "replaced": [str(each) for each in new.replaced]}
    output.show(found, shared.as_json, lambda: typer.echo(_in_words(draft, forms)))
    for warning in warnings:
        output.say(f"warning: {warning}")
    output.say(_summary(output.short_path(str(path.absolute())), draft, written))
    if new.replaced:
        count = _count(len(new.replaced), "file that was there is", "files that were there are")
        output.say(f"triage: {count} kept in {output.short_path(str(new.kept_in))}")
    output.say(f"triage: papers of {', '.join(_categories(home))} are read; others: [source] categories in triage.toml")
    for problem in problems:
        output.say(f"triage: {problem}; those leaves keep what was drafted from their entries; run again with --force")
    raise typer.Exit(PARTIAL if problems else OK)


def _check_config_name(config: Path | None) -> None:
    """Raises ConfigError for a settings file of another name than the one that is written."""
    from agent.settings import CONFIG_NAME

    if config and config.name != CONFIG_NAME:
        raise ConfigError(
            f"--config {config}: a new list gets a {CONFIG_NAME}, with taxonomy/ beside it; give "
            f"{config.with_name(CONFIG_NAME)}"
        )


def _check_drafter(judge: str | None, model: str | None, max_cost: float | None) -> None:
    """Raises ConfigError, before anything is written, for a judge that drafts no taxonomy or that cannot be asked, and
    for options about a model where none is asked."""
    if judge not in (None, "local", "openai"):
        raise ConfigError(f"--judge {judge!r}: cannot draft a taxonomy; allowed: openai, local")
    if judge == "openai":
        from agent.wiring.judges import build_endpoint, check_max_cost

        build_endpoint()
        check_max_cost(max_cost)
    elif model is not None or max_cost is not None:
        option = "--max-cost" if model is None else "--model"
        raise ConfigError(f"{option} is about the model that drafts definitions: add --judge openai, or leave it out")


def _find_action(given: str | None) -> Action:
    """Return the action that a workflow is to use: the one given, else that of the program as it is installed.

    Raises ConfigError for one that cannot be, and when nothing tells.
    """
    from importlib.metadata import distribution

    from agent.wiring.github_actions.program_source import Action, find_action

    return Action.parse(given) if given else find_action(distribution("paper-triage"))


def _add_workflow(shared: SharedOptions, home: Path, action: Action) -> None:
    """Write the nightly workflow beside a list that is set up already, and nothing else."""
    from agent.commands import output
    from agent.wiring import new_list

    written = new_list.write_workflow(home, action)
    output.show({"written": [str(written)]}, shared.as_json, lambda: typer.echo(str(written)))


def _draft_by_model(
    shared: SharedOptions, home: Path, draft: TaxonomyDraft, model: str | None, max_cost: float | None
) -> tuple[Usage, list[Path], tuple[str, ...]]:
    """Let a model rewrite the drafted texts; return what it cost, the files that hold them, and what it left out or why
    it could not be asked."""
    from agent.commands import output
    from agent.records import Usage
    from agent.settings import CONFIG_NAME, load_settings
    from agent.wiring import new_list
    from agent.wiring.judges import build_cap
    from agent.wiring.taxonomy_drafts import draft_by_model

    usage = Usage()
    try:
        chosen = load_settings(home / CONFIG_NAME, shared.state, judge={"kind": "openai", "model": model})
        with output.Bar("drafting") as bar:
            found = draft_by_model(chosen, draft, build_cap(chosen, max_cost), bar)
        usage = found.usage
        written = new_list.write_taxonomy(home, found.draft)
    except TriageError as error:  # the list is set up, and works without a model's texts
        return usage, [], (str(error),)
    return usage, written, found.problems


def _check(shared: SharedOptions, readme: Path | None) -> None:
    """Say which headings are new and which leaves lost theirs."""
    from agent.commands import output
    from agent.core.survey.drafting.draft_taxonomy import draft_taxonomy
    from agent.core.survey.taxonomy_changes import find_changes
    from agent.wiring.lists import load_taxonomy, read_catalog, read_text

    settings = shared.settings()
    text = read_text(readme) if readme else read_catalog(settings)
    changes = find_changes(load_taxonomy(settings), draft_taxonomy(text), text)
    output.show(changes.model_dump(mode="json"), shared.as_json, lambda: typer.echo("\n".join(_changes(changes))))
    raise typer.Exit(FOUND if changes.new or changes.lost else OK)


def _changes(changes: TaxonomyChanges) -> Iterator[str]:
    renamed = {leaf.near[0] for leaf in changes.lost if leaf.near}
    for heading in changes.new:
        where = " / ".join([*heading.path, heading.heading])
        entries = _count(heading.entries, "entry", "entries")
        yield f"new heading without a leaf: {where} (line {heading.line}, {entries})"
        if heading.heading not in renamed:
            yield f"a leaf for it, to be put below `leaves:` in a file of taxonomy/:\n{heading.draft.rstrip()}"
    for leaf in changes.lost:
        meant = f"; did you mean {' or '.join(map(repr, leaf.near))}?" if leaf.near else ""
        yield f"leaf without a heading: {leaf.leaf} ({leaf.heading!r}){meant}"
    if not changes.new and not changes.lost:
        yield "list and taxonomy agree"
    for each in changes.unlisted:
        yield f"title in taxonomy/ that no entry has: {each.title} (leaf {each.leaf}); correct it, or take it away"


class _EntryForm(NamedTuple):
    """The order of a leaf's entries, and how a new one of today would read."""

    order: str
    new: str


def _entry_forms(text: str, draft: TaxonomyDraft) -> dict[str, _EntryForm]:
    from agent.core.catalog.edits import Addition, draft_entry
    from agent.core.catalog.parse import parse
    from agent.records import Paper

    today = now().date()
    paper = Paper(
        id=f"{today:%y%m}.00001",
        title="The Title of a New Paper",
        abstract="",
        authors=("First Author", "Second Author"),
        announced=today,
        published=today,
    )
    catalog = parse(text, draft.headings)
    summary = "What the paper does in a sentence."
    return {
        leaf: _EntryForm(section.order, draft_entry(catalog, Addition(leaf=leaf, paper=paper, summary=summary)))
        for leaf, section in catalog.sections.items()
    }


def _as_json(path: Path, draft: TaxonomyDraft, forms: Mapping[str, _EntryForm]) -> dict[str, Any]:
    return {
        "catalog": str(path),
        "title": draft.title,
        "entries": sum(len(row.entries) for leaf in draft.leaves for row in leaf.rows),
        "leaves": [_leaf_json(leaf, forms[leaf.id]) for leaf in draft.leaves],
        "left_out": [{"heading": row.title, "line": row.line, "entries": len(row.entries)} for row in draft.left_out],
    }


def _leaf_json(leaf: LeafDraft, form: _EntryForm) -> dict[str, Any]:
    entries = [entry for row in leaf.rows for entry in row.entries]
    return {
        "leaf": leaf.id,
        "heading": leaf.heading,
        "path": list(leaf.rows[0].path),
        "line": leaf.line,
        "places": [row.title for row in leaf.rows[1:]],
        "entries": len(entries),
        "links": _links(leaf),
        "order": form.order,
        "first": entries[0].title,
        "last": entries[-1].title,
        "sample": form.new,
        "unread_lines": [line for row in leaf.rows for line in row.unread],
    }


def _links(leaf: LeafDraft) -> dict[str, int]:
    return {site: sum(getattr(row.links, site) for row in leaf.rows) for site in _SITES}


def _in_words(draft: TaxonomyDraft, forms: Mapping[str, _EntryForm]) -> str:
    lines = []
    for leaf in sorted(draft.leaves, key=lambda leaf: leaf.line):
        entries, form = [entry for row in leaf.rows for entry in row.entries], forms[leaf.id]
        links = (
            ", ".join(f"{count} {_SITES[site]}" for site, count in _links(leaf).items() if count) or "no paper links"
        )
        lines += [
            f"{' / '.join([*leaf.rows[0].path[1:], leaf.heading])}  (line {leaf.line}, leaf {leaf.id})",
            f"  {_count(len(entries), 'entry', 'entries')}; {links}; order: {form.order}",
            *([f"  places inside: {', '.join(row.title for row in leaf.rows[1:])}"] if leaf.rows[1:] else []),
            f"  first  {entries[0].title}",
            f"  last   {entries[-1].title}",
            "  new    " + form.new.replace("\n", "\n         "),
            "",
        ]
    if draft.left_out:
        names = ", ".join(f"{row.title} (line {row.line})" for row in draft.left_out)
        lines.append(f"about the list itself, no leaves: {names}")
    return "\n".join(lines)


def _warnings(draft: TaxonomyDraft) -> Iterator[str]:
    for leaf in draft.leaves:
        for row in leaf.rows:
            if row.unread:
                yield _warning(leaf, row)
    if draft.fenced:
        yield (
            f"blocks of code link to papers, line {_some(draft.fenced)}; these papers count as listed, but blocks of "
            "code are not edited: no new entry goes into one"
        )


def _warn_of_parts(name: str, parts: Mapping[str, int]) -> Iterator[str]:
    """Say which other files of the list hold papers of their own: the program reads one."""
    if parts:
        named = ", ".join(f"{part} ({_count(papers, 'paper', 'papers')})" for part, papers in parts.items())
        yield (
            f"{name} links to files with papers that it does not hold: {named}; one file is read, so these papers do "
            "not count as listed and may be proposed again (docs/your-own-list.md)"
        )


def _warning(leaf: LeafDraft, row: HeadingOverview) -> str:
    return (
        f"{leaf.heading} ({_count(len(row.entries), 'entry', 'entries')}) links more papers than were read as entries, "
        f"line {_some(row.unread)}; these papers count as listed, new entries follow the others"
    )


def _some(lines: Sequence[int]) -> str:
    """Return the first of some line numbers in words."""
    return ", ".join(map(str, lines[:_LINES_SHOWN])) + (", ..." if len(lines) > _LINES_SHOWN else "")


def _summary(path: str, draft: TaxonomyDraft, written: list[Path]) -> str:
    entries = _count(sum(len(row.entries) for leaf in draft.leaves for row in leaf.rows), "entry", "entries")
    headings = _count(len(draft.leaves), "heading", "headings")
    files = _count(len(written), "file", "files")
    return f"triage: {path}: {entries} under {headings}; wrote {files}: review taxonomy/, then `triage run`"


def _categories(home: Path) -> tuple[str, ...]:
    """Return the arXiv categories that the new triage.toml names."""
    from agent.settings import CONFIG_NAME, load_settings

    return load_settings(home / CONFIG_NAME).source.categories


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
