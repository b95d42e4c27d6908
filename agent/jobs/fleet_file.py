"""``fleet.toml``: which lists are read, when, and what they share."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from agent import environment
from agent.errors import ConfigError, say_what_is_needed
from agent.records import Record
from agent.settings import read_toml, refuse_password

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}"

_WITH_TOKEN: Final = re.compile(r"^https?://[^/]*@|://[^/@]*:[^/]*@", re.IGNORECASE)


class FleetList(Record):
    """One list: its folder, or the address of its repository, and when its nights begin in its time zone."""

    name: str = Field(pattern=f"^{NAME}$")
    folder: Path | None = None
    git: str | None = None
    cron: str = "30 5 * * 1-5"
    time_zone: str = "UTC"
    deliver: str = Field("patch", pattern="^(patch|pr|none)$")

    @property
    def own_folder(self) -> str:
        """The name of the folder that the clone and the state of a list with ``git`` lie in."""
        return self.name.replace("/", "--")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; give one such as Europe/Berlin") from None
        return value

    @field_validator("git")
    @classmethod
    def _no_token(cls, value: str | None) -> str | None:
        if value is not None and _WITH_TOKEN.search(value):
            raise ValueError(
                "the address holds a user or password, which may be a token and must not stand in a file: give it "
                "without, and let git's credential helper add it"
            )
        return value

    @model_validator(mode="after")
    def _one_place(self) -> FleetList:
        if (self.folder is None) == (self.git is None):
            raise ValueError("give folder or git, one of them")
        return self


class Fleet(Record):
    """``home`` is the folder of the file: folders of lists are relative to it, clones and their state lie in it."""

    home: Path
    state_url: str = Field("", repr=False)
    max_cost_usd_per_day: float | None = Field(None, gt=0)
    stalled_after_seconds: float = Field(30.0, ge=1, le=3600)
    retry_seconds: float = Field(120.0, gt=0, le=86_400)
    lists: tuple[FleetList, ...] = Field(min_length=1)

    def list_named(self, name: str) -> FleetList:
        """Return the list of this name. Raises ConfigError for a name that no list has."""
        for each in self.lists:
            if each.name == name:
                return each
        raise ConfigError(f"no list {name!r} in the fleet; its lists are {', '.join(each.name for each in self.lists)}")


def read_fleet(given: Path | None = None) -> Fleet:
    """Return what the file says (None: the file that the environment names, else the ``fleet.toml`` of this folder);
    ``TRIAGE_STATE_URL``, where it is set, replaces the database that the file names. Raises ConfigError.
    """
    path = given or environment.fleet_file()
    try:
        said: dict[str, Any] = read_toml(path)
        fleet = Fleet(**{**said, "home": path.resolve().parent})
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give the file of your lists with --fleet FILE") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        # A misspelt key is why another one is missing.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise ConfigError(f"{path.name}: {_explain(first)}; see docs/fleet.md") from None
    double = [name for name, count in Counter(each.name for each in fleet.lists).items() if count > 1]
    if double:
        raise ConfigError(f"{path.name}: two lists are called {double[0]!r}; give each a name of its own")
    taken: dict[str, str] = {}
    for each in fleet.lists:
        # Some file systems do not tell capital letters from small ones.
        if each.git and (other := taken.setdefault(each.own_folder.casefold(), each.name)) != each.name:
            raise ConfigError(f"{path.name}: lists {other!r} and {each.name!r} would share one folder; rename one")
    refuse_password(f"{path.name}: state_url", fleet.state_url)
    return fleet.model_copy(update={"state_url": environment.state_url() or fleet.state_url})


def _explain(first: ErrorDetails) -> str:
    """Return what is wrong first, with its key; a key that there is none of with all that are allowed in its place."""
    key, said = ".".join(str(part) for part in first["loc"]), say_what_is_needed(first)
    if first["type"] != "extra_forbidden":
        return f"{key}: {said}"
    keys = (FleetList if first["loc"][0] == "lists" else Fleet).model_fields.keys() - {"home"}
    near = get_close_matches(str(first["loc"][-1]), keys, 1)
    meant = f", did you mean {near[0]!r}?" if near else ""
    return f"no key {key}{meant}; there are {', '.join(sorted(keys))}"
