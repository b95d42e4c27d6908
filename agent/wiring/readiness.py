"""Check what a night needs, one subject at a time, without changing anything and without asking a model."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from agent import environment
from agent.core.catalog.parse import parse
from agent.core.http import address_of
from agent.core.judging import costs
from agent.core.survey.survey import headings_of
from agent.errors import ConfigError
from agent.files import exists, is_folder
from agent.judges.openai.endpoint import Endpoint
from agent.records import Record
from agent.settings import CONFIG_NAME, DEFAULT_REPOSITORY, Settings
from agent.sources import ARXIV_KINDS
from agent.sources.probe import Probed, probe
from agent.wiring.github_actions.workflow_file import WORKFLOW, find_fault
from agent.wiring.judges import build_cap, build_endpoint, judge_kind
from agent.wiring.labels import load_labels
from agent.wiring.lists import (
    load_invented,
    load_prices,
    load_summaries,
    load_taxonomy,
    read_catalog,
    read_prompts,
)

LEAST_FREE_BYTES: Final = 200_000_000
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


class Check(Record):
    """One subject: whether it is ready, what was found, and what to do (null: nothing)."""

    subject: str
    ready: bool
    found: str
    remedy: str | None = None


def check_readiness(load: Callable[[], Settings], *, offline: bool, now: Callable[[], datetime]) -> list[Check]:
    """Return the checks in the order in which a night would fail on them.

    ``load`` reads the settings, which is the first check: without them there is no other. ``offline`` leaves out the
    servers and the clock, which is compared with theirs.
    """
    try:
        settings = load()
    except ConfigError as error:
        return [_fault("configuration", str(error), "correct it, or run `triage init` in the folder of your list")]
    checks = [
        Check(subject="configuration", ready=True, found=str(settings.home / CONFIG_NAME)),
        _check_list(settings),
        _check_state(settings),
        _check_disk(settings),
        _check_judge(settings),
        _check_git(),
        *_check_workflow(settings),
    ]
    return checks if offline else [*checks, *_check_servers(settings, now())]


def _fault(subject: str, found: str, remedy: str) -> Check:
    return Check(subject=subject, ready=False, found=found, remedy=remedy)


def _check_list(settings: Settings) -> Check:
    subject = "list and taxonomy"
    try:
        tree = load_taxonomy(settings)
        catalog = parse(read_catalog(settings), headings_of(tree))
        load_invented(settings, tree)
        load_summaries(settings)
        load_labels(settings)
    except ConfigError as error:
        return _fault(subject, str(error), "correct the file, or see `triage init --check`")
    if catalog.missing:
        wanted = ", ".join(repr(tree.leaf(leaf).heading) for leaf in catalog.missing)
        return _fault(subject, f"no section in the list for {wanted}", "add the heading, or see `triage init --check`")
    return Check(subject=subject, ready=True, found=f"{len(catalog.entries)} entries in {len(tree.leaves)} sections")


def _check_state(settings: Settings) -> Check:
    return _check_shared_state(settings) if settings.state.url else _check_state_folder(settings)


def _check_shared_state(settings: Settings) -> Check:
    from agent.database.shared import postgres
    from agent.database.store import read_shared_version

    try:
        version = read_shared_version(settings.state.url)
    except ConfigError as error:
        found, _, remedy = str(error).rpartition("; ")
        return _fault("state", found, remedy)
    place = f"list {settings.list_name} in {postgres.describe(postgres.read_url(settings.state.url))}"
    return _check_version(place, version)


def _check_version(place: str, version: int) -> Check:
    """Return whether this program can use a state of the schema version (0: there is none yet)."""
    from agent.database.tables import VERSION

    if version > VERSION:
        found = f"{place} has schema version {version}, this program knows up to {VERSION}"
        return _fault("state", found, "upgrade paper-triage, or use another state (--state, or [state] url)")
    if version == 0:
        return Check(subject="state", ready=True, found=f"{place}, to be made by the first run")
    later = "" if version == VERSION else f", to be migrated to {VERSION} by the next run"
    return Check(subject="state", ready=True, found=f"{place}, schema version {version}{later}")


def _check_state_folder(settings: Settings) -> Check:
    from agent.database.schema import read_version
    from agent.database.store import FILE, RESTORE
    from agent.database.tables import LISTS

    folder, file = settings.state.folder, settings.state.folder / FILE
    there = _existing(folder)
    if not is_folder(there):
        return _fault("state", f"{there} is a file, where a folder is needed", "give a writable folder with --state")
    if there != folder.absolute():
        if not os.access(there, os.W_OK):
            return _fault("state", f"{folder} cannot be made", "give a writable folder with --state")
        return Check(subject="state", ready=True, found=f"{folder} will be made by the first run")
    if not os.access(folder, os.W_OK | os.X_OK):
        return _fault("state", f"{folder} is not writable", "give a writable folder with --state")
    try:
        version = read_version(file, LISTS) if exists(file) else 0
    except ConfigError as error:
        return _fault("state", str(error), f"{RESTORE}, or give another folder with --state")
    return _check_version(str(folder), version)


def _existing(folder: Path) -> Path:
    """Return what is at the path of a folder, else the nearest above it that exists."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if exists(each))


def _check_disk(settings: Settings) -> Check:
    place = _existing(settings.state.folder)
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.1f} GB free at {place}"
    if free < LEAST_FREE_BYTES:
        return _fault("disk", found, f"free some space: a night needs up to {LEAST_FREE_BYTES / 1e9:.1f} GB")
    return Check(subject="disk", ready=True, found=found)


def _check_judge(settings: Settings) -> Check:
    try:
        kind, server = judge_kind(settings), _model_server(settings)
    except ConfigError as error:
        return _fault("judge", str(error), "correct the variable in the environment")
    try:
        prices = load_prices(settings)
        read_prompts(settings)
    except ConfigError as error:
        return _fault("judge", str(error), "correct [judge] prompt, or data/prices.toml")
    if kind == "openai" and server is None:
        return _fault("judge", "openai, without a key and without a server", "set OPENAI_API_KEY or OPENAI_BASE_URL")
    if kind == "openai":
        models = [settings.judge.model, *filter(None, [settings.judge.second_model])]
        unpriced = [model for model in models if costs.price_of(model, prices) is None]
        if unpriced and build_cap(settings).limit is not None:
            found = f"the cost cap needs a price for model {unpriced[0]!r}"
            return _fault("judge", found, "add it to data/prices.toml, correct [judge] model, or run with --no-cap")
        return Check(subject="judge", ready=True, found=f"openai, model {settings.judge.model}")
    note = "" if settings.judge.kind else " (set OPENAI_API_KEY or OPENAI_BASE_URL for a model)"
    return Check(subject="judge", ready=True, found=f"{kind}{note}")


def _check_git() -> Check:
    """Look for git, which writes patches and pushes drafts."""
    place = shutil.which("git")
    if place is None:
        return _fault("git", "git is not installed", "install git 2.38 or later")
    return Check(subject="git", ready=True, found=place)


def _check_workflow(settings: Settings) -> Iterator[Check]:
    """Look at the nightly workflow of a list that has one."""
    try:
        fault = find_fault((settings.home / WORKFLOW).read_text("utf-8"))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        fault = str(error)
    if fault:
        remedy = (
            "take the file away, then `triage init --workflow --action OWNER/REPO@REF` with the program's repository"
        )
        yield _fault("workflow", f"{WORKFLOW}: {fault}", remedy)
    else:
        yield Check(subject="workflow", ready=True, found=str(WORKFLOW))


def _check_servers(settings: Settings, moment: datetime) -> Iterator[Check]:
    probes: list[Probed] = []
    if (server := _model_server(settings)) is not None:
        asked = probe(server.at("/models"), server.headers)
        probes.append(asked)
        yield _check_model_server(settings, server, asked)
    if (token := environment.github_token()) is None:
        yield Check(subject="GitHub", ready=True, found="no GITHUB_TOKEN: drafts become patches, no pull request")
    elif settings.github.repository == DEFAULT_REPOSITORY:
        note = f"[github] repository is {DEFAULT_REPOSITORY!r}: drafts become patches; set it for pull requests"
        yield Check(subject="GitHub", ready=True, found=note)
    else:
        asked = probe(f"{settings.github.api_url.rstrip('/')}/repos/{settings.github.repository}", _bearer(token))
        probes.append(asked)
        yield _check_github(settings, asked)
    if settings.source.kind in ARXIV_KINDS:
        if settings.source.kind == "rss":
            address = settings.arxiv.rss_url
            asked = probe(f"{address.rstrip('/')}/{settings.source.categories[0]}")
        else:
            address = settings.arxiv.api_url
            asked = probe(f"{address}?search_query=cat:cs.CL&max_results=1")
        probes.append(asked)
        yield _check_arxiv(address_of(address), asked)
    yield _check_clock(probes, moment)


def _model_server(settings: Settings) -> Endpoint | None:
    """Return the model server that a run would ask, or None when it would ask none."""
    at_hand = environment.openai_api_key() or environment.openai_base_url()
    return build_endpoint() if judge_kind(settings) == "openai" and at_hand else None


def _bearer(secret: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if secret else {}


_UNLISTED: Final = (400, 403, 404, 405, 501)
"""Statuses of servers that list no models, or not to every key."""
_UNDERSTOOD: Final = (400, 411, 413, 415, 422, 429)
"""Statuses with which a server of chat completions refuses a request that asks nothing; 500 and others tell nothing."""


def _check_model_server(settings: Settings, server: Endpoint, asked: Probed) -> Check:
    host, model = server.shown, settings.judge.model
    if asked.status is None:
        return _fault("model server", f"{host}: no answer ({asked.problem})", "start it, or correct OPENAI_BASE_URL")
    if asked.status in _UNLISTED:
        # A request without a question is refused, and costs nothing.
        refused = probe(server.at("/chat/completions"), server.headers, post={})
        if refused.status in _UNDERSTOOD:
            unchecked = f"{host} answers; it lists no models: {model} unchecked"
            return Check(subject="model server", ready=True, found=unchecked)
        asked = refused if refused.status in (401, 403) else asked
    if asked.status in (401, 403):
        return _fault("model server", f"{host}: HTTP {asked.status}", "correct OPENAI_API_KEY")
    if asked.status != 200:
        return _fault("model server", f"{host}: HTTP {asked.status}", "does OPENAI_BASE_URL end in /v1?")
    rows = asked.body.get("data") if isinstance(asked.body, dict) else None
    names = [str(row.get("id")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if names and not any(_is_name_of(model, name) for name in names):
        known = ", ".join(sorted(map(str, names))[:10])
        return _fault("model server", f"{host}: no model {model!r}", f"set [judge] model to one of {known}")
    return Check(subject="model server", ready=True, found=f"{host}: {model}")


def _is_name_of(model: str, listed: str) -> bool:
    """Tell whether a server that lists this name takes the model's.

    Gemini lists ``models/NAME``, Ollama ``NAME:latest``, and gateways put the vendor before the name.
    """
    return model in (listed, listed.removesuffix(":latest"), listed.removeprefix("models/"), listed.rpartition("/")[2])


def _check_github(settings: Settings, asked: Probed) -> Check:
    name = settings.github.repository
    if asked.status is None:
        return _fault(
            "GitHub", f"{address_of(settings.github.api_url)}: no answer ({asked.problem})", "try again later"
        )
    if asked.status == 401:
        return _fault("GitHub", "the token is not valid", "make a new GITHUB_TOKEN")
    if asked.status in (301, 307, 308):
        return _fault("GitHub", f"{name} has moved", "set [github] repository and remote to its new name")
    if asked.status == 404:
        return _fault("GitHub", f"{name} is not there for this token", "correct [github] repository, or the token")
    if asked.status != 200 or not isinstance(asked.body, dict):
        return _fault("GitHub", f"{name}: HTTP {asked.status}", "try again later")
    if asked.body.get("archived"):
        return _fault("GitHub", f"{name} is archived", "unarchive it: nothing can be proposed there")
    if not (asked.body.get("permissions") or {}).get("push", True):
        return _fault("GitHub", f"the token may not write to {name}", "give it Contents and Pull requests: write")
    return Check(subject="GitHub", ready=True, found=f"{name}, writable")


def _check_arxiv(host: str, asked: Probed) -> Check:
    if asked.status is None:
        return _fault("arXiv", f"{host}: no answer ({asked.problem})", "check the network, or try again later")
    if asked.status != 200:
        return _fault("arXiv", f"{host}: HTTP {asked.status}", "wait a while: arXiv limits how often it is asked")
    return Check(subject="arXiv", ready=True, found=f"{host} answers")


def _check_clock(probes: list[Probed], moment: datetime) -> Check:
    dates = [asked.date for asked in probes if asked.date]
    if not dates:
        return Check(subject="clock", ready=True, found=f"{moment:%Y-%m-%d %H:%M} UTC, compared with nothing")
    off = moment - dates[0]
    if abs(off) > CLOCK_TOLERANCE:
        found = f"{abs(off).total_seconds() / 60:.0f} minutes {'ahead' if off > timedelta(0) else 'behind'}"
        return _fault("clock", found, "set it: announcement days are counted from it")
    return Check(subject="clock", ready=True, found=f"{moment:%Y-%m-%d %H:%M} UTC")
