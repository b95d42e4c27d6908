"""What the commands share: their options, and how settings go in and results come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.settings import Settings

State = Annotated[Path | None, typer.Option(help="State folder (default: .triage beside triage.toml).")]
Catalog = Annotated[Path | None, typer.Option(help="The list under care (default: [catalog] path).")]
Config = Annotated[Path | None, typer.Option(help="The triage.toml to use (default: the one in this folder).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Source = Annotated[str | None, typer.Option(help="arxiv, rss, or a listing FILE.jsonl[.gz].")]
Since = Annotated[str | None, typer.Option(help="First announcement date, YYYY-MM-DD.")]
Until = Annotated[str | None, typer.Option(help="Last announcement date, YYYY-MM-DD.")]
JudgeName = Annotated[str | None, typer.Option(help="openai, local or recorded (default: openai with a key).")]
Model = Annotated[str | None, typer.Option(help="Model of the openai judge.")]
Budget = Annotated[int | None, typer.Option(help="At most this many drafts a night.")]
MaxCost = Annotated[float | None, typer.Option(help="Hard cap in USD; what is over it stays unjudged.")]
Requests = Annotated[Path | None, typer.Option(help="Write OpenAI Batch input lines here, and stop.")]
Answers = Annotated[Path | None, typer.Option(help="Judge from these OpenAI Batch output lines.")]


def settings_of(config: Path | None, state: Path | None, catalog: Path | None, **overrides: dict[str, Any]) -> Settings:
    """Return the settings of a command; a catalog on the command line is relative to where the person stands."""
    from agent import settings

    path = str(catalog.absolute()) if catalog else None
    return settings.load(config, state, catalog={"path": path}, **overrides)


def days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """Return the days that --since and --until name. Raises ConfigError when they are none, or the wrong way round."""
    first, last = _day("--since", since), _day("--until", until)
    if first and last and first > last:
        raise ConfigError(f"--since {first} is after --until {last}; give the earlier day as --since")
    return first, last


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"{option} {text!r}: not a date; write YYYY-MM-DD") from None


def not_both(requests: Path | None, answers: Path | None) -> None:
    """Raises ConfigError when someone wants to ask elsewhere and to bring the answers back in one go."""
    if requests and answers:
        raise ConfigError(f"--requests {requests} and --answers {answers}: give one; first ask, then bring back")


def now() -> datetime:
    return datetime.now(UTC)


def write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line. Raises ConfigError when the file cannot be written."""
    try:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give a writable path") from None


def show(result: object, as_json: bool, in_words: Callable[[], object]) -> None:
    """Print a result as one JSON object, or in words for a person."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        in_words()
