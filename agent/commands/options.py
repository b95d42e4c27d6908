"""The options that several commands share."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.settings import Settings

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OPENED: Final = date(1991, 8, 14)
"""https://info.arxiv.org/about"""
_YEAR: Final = timedelta(days=365)

SourceOption = Annotated[str | None, typer.Option(help="arxiv, rss, or a listing FILE.jsonl[.gz].")]
SinceOption = Annotated[str | None, typer.Option(help="First announcement date, YYYY-MM-DD.")]
UntilOption = Annotated[str | None, typer.Option(help="Last announcement date, YYYY-MM-DD.")]
JudgeOption = Annotated[str | None, typer.Option(help="openai, local or recorded (default: openai with a key).")]
ModelOption = Annotated[str | None, typer.Option(help="Model of the openai judge.")]
BudgetOption = Annotated[int | None, typer.Option(help="At most this many drafts a night.")]
MaxCostOption = Annotated[float | None, typer.Option(help="Hard cap in USD; what is over it stays unjudged.")]
NoCapOption = Annotated[bool, typer.Option("--no-cap", help="Spend without a cap, also on a model without a price.")]
BatchOption = Annotated[bool, typer.Option("--batch", help="Ask in batches, at half price: come back for the answers.")]
RequestsOption = Annotated[Path | None, typer.Option(help="Write OpenAI Batch input lines here, and stop.")]
FleetFileOption = Annotated[
    Path | None, typer.Option("--fleet", help="The file of the fleet's lists (default: TRIAGE_FLEET, else fleet.toml).")
]
AnswersOption = Annotated[Path | None, typer.Option(help="Judge from these OpenAI Batch output lines.")]


@dataclass(frozen=True)
class SharedOptions:
    """The options of every command: the list, the state folder and the settings file to use, and how to print."""

    catalog: Path | None
    state: Path | None
    config: Path | None
    as_json: bool
    log_json: bool

    def settings(self, **overrides: dict[str, Any]) -> Settings:
        """Return the settings of the command; ``overrides`` are values from its own options, by section.

        A catalog on the command line is relative to the working directory. Raises ConfigError.
        """
        from agent.settings import load_settings

        path = str(self.catalog.absolute()) if self.catalog else None
        return load_settings(self.config, self.state, catalog={"path": path}, **overrides)


_SHARED: Final = {
    "catalog": (Path | None, None, typer.Option(help="The list under care (default: [catalog] path).")),
    "state": (Path | None, None, typer.Option(help="State folder (default: .triage beside triage.toml).")),
    "config": (Path | None, None, typer.Option(help="The triage.toml to use (default: the one in this folder).")),
    "log_json": (bool, False, typer.Option("--log-json", help="Print what goes to stderr as one JSON object a line.")),
    "as_json": (bool, False, typer.Option("--json", help="Print one JSON object on stdout.")),
}


def with_shared_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, whose first parameter is a ``SharedOptions``, the options of all commands:

    --catalog, --state, --config, --log-json and --json.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])
        for name, (kind, default, option) in _SHARED.items()
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        command(SharedOptions(**{name: given.pop(name) for name in _SHARED}), **given)

    parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """Return the days that --since and --until name. Raises ConfigError when they are none, or the wrong way round."""
    first, last = day_of("--since", since), day_of("--until", until)
    if first and last and first > last:
        raise ConfigError(f"--since {first} is after --until {last}; give the earlier day as --since")
    return first, last


def day_of(option: str, text: str | None) -> date | None:
    """Return the day that an option names, None when it is not given.

    Raises ConfigError for what is no date, and for a day before arXiv opened or more than a year ahead.
    """
    if text is None:
        return None
    day = _read_day(text)
    if day is None:
        raise ConfigError(f"{option} {text!r}: not a date; write YYYY-MM-DD")
    if day < _OPENED:
        raise ConfigError(f"{option} {day}: arXiv opened on {_OPENED}; give that day or a later one")
    if day > (last := now().date() + _YEAR):
        raise ConfigError(f"{option} {day}: more than a year ahead; give a day up to {last}")
    return day


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None  # Python takes other forms of ISO 8601, too
    except ValueError:
        return None


def not_both(requests: Path | None, answers: Path | None) -> None:
    """Check two options of which one is allowed. Raises ConfigError when both are given."""
    if requests and answers:
        raise ConfigError(f"--requests {requests} and --answers {answers}: give one; first ask, then bring back")


def refuse_unasked_model(settings: Settings, model: str | None) -> None:
    """Check --model. Raises ConfigError when it is given and the local judge would judge, which has no model."""
    from agent.wiring.judges import judge_kind

    if model is not None and judge_kind(settings) == "local":
        why = (
            "the judge is local, which has no model; use --judge openai"
            if settings.judge.kind
            else "there is no model server to ask; set OPENAI_API_KEY or OPENAI_BASE_URL"
        )
        raise ConfigError(f"--model {model}: {why}, or leave --model out to judge here, for nothing")


def refuse_beside(chosen: str, given: Mapping[str, object], why: str) -> None:
    """Check the options beside one that leaves them undone. Raises ConfigError, which says ``why``, for the first of
    those ``given``, by name, that has a value."""
    for option, value in given.items():
        if value:
            raise ConfigError(f"{chosen} and {option}: {why}; give one of the two")


def now() -> datetime:
    return datetime.now(UTC)
