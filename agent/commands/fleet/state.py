"""``triage state``: moves what is remembered of a list into another database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands.options import SharedOptions, with_shared_options
from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.settings import Settings

state = typer.Typer(help="Move what is remembered of a list into another database.")


@state.callback()
def group() -> None:
    """Keep ``copy`` a command of the group, which would be the group itself while it is the only one."""


@state.command()
@with_shared_options
def copy(
    shared: SharedOptions,
    to: Annotated[str, typer.Option(help="A PostgreSQL database, postgresql+psycopg://USER@HOST/DATABASE.")],
) -> None:
    """Copy the list's state into another database, which must hold nothing of this list yet."""
    from agent.commands import output
    from agent.database.shared.copying import ListCopy
    from agent.database.shared.postgres import describe, designed_errors, read_url
    from agent.database.store import open_shared_store
    from agent.wiring.state import open_state

    settings = shared.settings()
    url = read_url(to)
    if url.password or "password" in url.query:
        raise ConfigError("--to holds a password, which others on this machine can read: use PGPASSWORD or ~/.pgpass")
    target = describe(url)
    if settings.state.url and describe(read_url(settings.state.url)) == target:
        raise ConfigError(f"--to: the state of list {settings.list_name} is in {target} already; nothing was copied")
    with (
        open_state(settings, exclusive=True) as source,
        open_shared_store(to, settings.state.folder, settings.list_name, exclusive=True) as store,
        designed_errors(url),
    ):
        rows = ListCopy(store.engine, settings.list_name).fill_from(source, target)
    result = {"list": settings.list_name, "from": _source(settings), "to": target, "rows": rows}
    output.show(result, shared.as_json, lambda: output.STDOUT.print(_words(result, rows), soft_wrap=True, markup=False))


def _source(settings: Settings) -> str:
    from agent.database.shared.postgres import describe, read_url

    return describe(read_url(settings.state.url)) if settings.state.url else str(settings.state.folder)


def _words(result: Mapping[str, object], rows: Mapping[str, int]) -> str:
    counts = "\n".join(f"{count:>9} {table}" for table, count in rows.items())
    return (
        f"list {result['list']}: {result['from']} -> {result['to']}\n{counts}\n"
        "Now set [state] url (or TRIAGE_STATE_URL) to it. Patches, pages and labels stay in the state folder."
    )
