"""Register the commands; turn designed errors and signals into exit codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, NoReturn

import typer
from typer.main import get_command

from agent import tracing
from agent.commands.audit import audit
from agent.commands.backfill import backfill
from agent.commands.doctor import doctor
from agent.commands.evaluate import evaluate
from agent.commands.fleet.fleet import fleet
from agent.commands.fleet.state import state
from agent.commands.fleet.worker import worker
from agent.commands.init import init
from agent.commands.report import report
from agent.commands.review import review
from agent.commands.run import run
from agent.commands.status import status
from agent.commands.sync import sync
from agent.errors import DiskFullError, TriageError, is_disk_full
from agent.garbage_collection import collect_rarely
from agent.streams import flush_stdout, log, make_tolerant

app = typer.Typer(
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 120},
    help="Judges the nightly arXiv listing against a survey's definitions and drafts entries for review.",
)
for name, command in {
    "init": init,
    "run": run,
    "backfill": backfill,
    "sync": sync,
    "eval": evaluate,
    "audit": audit,
    "review": review,
    "report": report,
    "status": status,
    "doctor": doctor,
    "worker": worker,
}.items():
    app.command(name)(command)
for name, group in {"fleet": fleet, "state": state}.items():
    app.add_typer(group, name=name)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"paper-triage {version('paper-triage')}")
        raise typer.Exit


@app.callback()
def triage(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Judges the nightly arXiv listing against a survey's definitions and drafts entries for review."""


@cache
def _command_line() -> Callable[..., Any]:
    """Return all commands as one, made of their signatures once."""
    return get_command(app)


def _stop(signum: int, _frame: object) -> NoReturn:
    """End a run at once: judgments are stored as they arrive, so nothing is lost and nothing half-decided."""
    raise SystemExit(128 + signum)


def main() -> None:
    """Run a command; a designed error is one line on stderr and the exit code of its class."""
    collect_rarely()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    make_tolerant()
    tracing.hide_texts()
    try:
        code = _command_line()(sys.argv[1:] or ["--help"], standalone_mode=False)
        if not flush_stdout():
            raise DiskFullError("stdout")
    except TriageError as error:
        log(f"triage: {error}", "error")
        sys.exit(error.exit_code)
    except typer.Abort:
        log("triage: stopped; nothing more was done", "error")
        sys.exit(130)
    except typer.TyperException as error:
        used = getattr(error, "ctx", None)
        named = used.command_path if used else "triage"
        log(f"triage: {error.format_message().rstrip('.')}; see {named} --help", "error")
        sys.exit(2)
    except OSError as error:
        if not is_disk_full(error):
            raise
        full = DiskFullError(error.filename or "a file")
        log(f"triage: {full}", "error")
        sys.exit(full.exit_code)
    except SystemExit as stop:
        if stop.code in (130, 143):
            log("triage: stopped; everything done so far is kept, run again to go on", "error")
        raise
    sys.exit(code)


if __name__ == "__main__":
    main()
