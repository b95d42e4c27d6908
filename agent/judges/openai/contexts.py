"""How long the context of a model is that its maker serves (``contexts.toml``)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


def known_context(model: str) -> int | None:
    """Return the context in tokens; None: not known. A gateway's prefix (``openai/gpt-4o``) is left out."""
    name = model.rpartition("/")[2].lower()
    found = [start for start in _contexts() if name.startswith(start)]
    return _contexts()[max(found, key=len)] if found else None


@cache
def _contexts() -> dict[str, int]:
    text = resources.files(__package__).joinpath("contexts.toml").read_text("utf-8")
    return {str(start): int(tokens) for start, tokens in tomllib.loads(text)["contexts"].items()}
