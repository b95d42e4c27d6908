"""The files that come with the program, in a wheel as in a checkout: prompts and prices."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def shipped_prompt(name: str) -> str | None:
    """Return the text of a prompt such as ``judge/v1``, or None when the program does not ship it."""
    return shipped_prompts().get(name)


def shipped_prompts() -> dict[str, str]:
    """Return the judge's prompts, as name such as ``judge/v1`` -> text."""
    folder = _root() / "prompts" / "judge"
    return {f"judge/{file.name.removesuffix('.yaml')}": file.read_text("utf-8") for file in _yaml(folder)}


def shipped_prices() -> str:
    """Return the text of ``prices.toml``: what models cost."""
    return (_root() / "data" / "prices.toml").read_text("utf-8")


def _yaml(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)


def _root() -> Traversable:
    """Return the folder that holds ``prompts/``: in a wheel it is in the package, in a checkout beside it."""
    package = files("agent")
    shipped = package / "shipped"
    return shipped if shipped.is_dir() else package / ".."
