"""Opens the state of the list: in its folder, or in the database that the settings name."""

from __future__ import annotations

from contextlib import AbstractContextManager

from agent.database.store import Store, open_shared_store, open_store
from agent.settings import Settings


def open_state(settings: Settings, *, exclusive: bool, session: str | None = None) -> AbstractContextManager[Store]:
    """Open what is remembered of the list; ``exclusive`` for a run, of which a list has one at a time.

    ``session`` is what a shared database calls the session. Raises ConfigError as ``open_store`` and
    ``open_shared_store`` do.
    """
    state = settings.state
    if not state.url:
        return open_store(state.folder, exclusive=exclusive)
    return open_shared_store(state.url, state.folder, settings.list_name, exclusive=exclusive, session=session)
