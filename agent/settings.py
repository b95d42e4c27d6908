"""The settings of a command: triage.toml, TRIAGE_* variables and the command line, checked and frozen.

Precedence: the command line, then the environment, then the file, then the defaults here. A key ``[judge] model`` is
``TRIAGE_JUDGE_MODEL`` in the environment. Keys and tokens are never part of them: ``agent/environment.py`` reads those.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from agent.environment import STATE_URL, is_web_address
from agent.errors import ConfigError, say_what_is_needed
from agent.files import is_file

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

CONFIG_NAME = "triage.toml"

_OPTIONS: Final = {
    ("source", "kind"): "--source",
    ("judge", "kind"): "--judge",
    ("judge", "model"): "--model",
    ("review", "budget"): "--budget",
}
"""The options of the command line that stand for a setting."""

AUTO_PROMPT = "auto"
"""As ``judge.prompt``: the newest prompt that fits into the context of the model."""

_CATEGORY: Final = re.compile(r"(physics|cond-mat)\.[a-z]+(-[a-z]+)*|[a-z]+(-[a-z]+)?\.[A-Z]{2}|[a-z]+-[a-z]+")
"""An arXiv category as https://arxiv.org/category_taxonomy writes it: an archive alone only where it has no parts."""
_OLD_ARCHIVES: Final = re.compile(
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|dg-ga"
    "|funct-an|mtrl-th|patt-sol|plasm-ph|q-alg|q-bio|q-fin|solv-int|supr-con"
)
"""Archives that got parts or another name: nothing is announced in them any more."""

_PASSWORD: Final = re.compile(r"://[^/@]*:[^/@]+@|[?&]password=", re.IGNORECASE)


def _web_address(url: str) -> str:
    """Return an address that can be asked, or an empty one, without blanks and line ends around it.

    Raises ValueError, which does not repeat it.
    """
    url = url.strip()
    if url and not is_web_address(url):
        raise ValueError("no web address; give one such as https://example.org")
    return url


def _arxiv_category(name: str) -> str:
    """Return the name of a category. Raises ValueError for what cannot be one: no paper would be announced there."""
    if not _CATEGORY.fullmatch(name) or _OLD_ARCHIVES.fullmatch(name):
        raise ValueError("no arXiv category; write it as https://arxiv.org/category_taxonomy does, as in cs.CL")
    return name


_WebAddress = Annotated[str, AfterValidator(_web_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StateSettings(_Section):
    """Where the list's memory is. ``folder`` always holds its files (patches, labels, pages, clones); the file and the
    environment give it relative to the folder of triage.toml.
    """

    folder: Path = Path(".triage")
    url: str = Field("", repr=False)
    """A PostgreSQL database that lists may share; none: a SQLite file in the folder."""
    list: str = ""
    """The list's name in that database; none: [github] repository, else the name of the folder of triage.toml."""


class CatalogSettings(_Section):
    path: str = "data/catalog.md"


class SourceSettings(_Section):
    kind: str = "arxiv"
    categories: Annotated[tuple[Annotated[str, AfterValidator(_arxiv_category)], ...], Field(min_length=1)] = (
        "cs.CL",
        "cs.LG",
        "cs.AI",
        "cs.IR",
        "cs.SE",
    )
    cross_lists: bool = True
    overlap_days: int = Field(3, ge=0, le=30)


class JudgeSettings(_Section):
    kind: Literal["", "openai", "local", "recorded"] = ""
    model: str = "gpt-6-luna"
    reasoning_effort: str = "low"
    prompt: str = AUTO_PROMPT
    concurrency: int = Field(16, ge=1, le=256)
    """The most requests at a time: how many a server takes is found out below it."""
    timeout_seconds: float | None = Field(None, ge=1, le=86_400)
    """For one request. Not given: 600 for a server on this machine, 120 elsewhere."""
    max_output_tokens: int = Field(4000, ge=200, le=200_000)
    """For one answer, a model's thinking included."""
    second_model: str = ""
    max_cost_usd: float = Field(1.0, gt=0)


class ReviewSettings(_Section):
    budget: int = Field(10, ge=0)
    min_score: float = Field(0.5, ge=0, le=1)


DEFAULT_REPOSITORY: Final = "owner/name"


def _inside_repository(path: str) -> str:
    """Return a path as git names it, relative to the top of the repository. Raises ValueError for one outside."""
    given = PurePosixPath(path)
    if given.is_absolute() or ".." in given.parts or not given.parts:
        raise ValueError("must be a file of the repository, relative to its top, as in docs/README.md")
    return given.as_posix()


class GithubSettings(_Section):
    repository: str = DEFAULT_REPOSITORY
    remote: str = "https://github.com/owner/name.git"
    base: str = "main"
    branch: str = "triage/drafts"
    catalog_path: Annotated[str, AfterValidator(_inside_repository)] = "README.md"
    api_url: _WebAddress = "https://api.github.com"


class NotifySettings(_Section):
    """The receivers of messages about a night. The addresses hold a secret: give them in the environment, not in
    triage.toml.
    """

    ping_url: _WebAddress = Field("", repr=False)
    webhook_url: _WebAddress = Field("", repr=False)


class ArxivSettings(_Section):
    api_url: _WebAddress = "https://export.arxiv.org/api/query"
    rss_url: _WebAddress = "https://rss.arxiv.org/rss"
    pause_seconds: float = Field(3.0, ge=0, le=3600)
    """arXiv's terms ask for three seconds between requests; only a server of one's own may have less."""
    patience_seconds: float = Field(180.0, gt=0, le=86_400)


class Settings(BaseSettings):
    """All settings of a command. ``home`` is the folder of triage.toml: taxonomy/, prompts/ and data/ are beside it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="TRIAGE_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    home: Path
    state: StateSettings = StateSettings()
    catalog: CatalogSettings = CatalogSettings()
    source: SourceSettings = SourceSettings()
    judge: JudgeSettings = JudgeSettings()
    review: ReviewSettings = ReviewSettings()
    github: GithubSettings = GithubSettings()
    arxiv: ArxivSettings = ArxivSettings()
    notify: NotifySettings = NotifySettings()

    @property
    def catalog_path(self) -> Path:
        return self.home / self.catalog.path

    @property
    def list_name(self) -> str:
        """The name of the list where several share a database."""
        named = self.github.repository if self.github.repository != DEFAULT_REPOSITORY else ""
        return self.state.list or named or self.home.name


def load_settings(config: Path | None = None, folder: Path | None = None, **overrides: Mapping[str, Any]) -> Settings:
    """Return the settings of one command; ``overrides`` are command-line values by section, None meaning not given.

    ``folder`` is the state folder of the command line (None: the one that is set, else ``.triage`` beside the file).
    Without ``config`` the triage.toml of the working directory is used. Raises ConfigError for a missing, unreadable or
    invalid file and for any unknown key or impossible value.
    """
    path = _find(config)
    said = _read(path)
    home = path.resolve().parent
    given = {
        section: kept
        for section, values in overrides.items()
        if (kept := {key: value for key, value in values.items() if value is not None})
    }
    found = _merge(home, path.name, said, given)
    source = found.source
    if "kind" not in given.get("source", {}) and "." in source.kind:  # a listing; what is typed is as the shell sees it
        source = source.model_copy(update={"kind": str(home / source.kind)})
    state = found.state.model_copy(update={"folder": folder or home / _at_home(found.state.folder)})
    found = found.model_copy(update={"state": state, "source": source})
    if not os.environ.get(STATE_URL):
        refuse_password(f"{path.name}: state.url", found.state.url)
    return found


def _at_home(folder: Path) -> Path:
    """Return a folder that may begin with ``~``, as a shell would. Raises ConfigError for a user whom nobody knows."""
    try:
        return folder.expanduser()
    except RuntimeError:
        raise ConfigError(f"state.folder {str(folder)!r}: no home of such a user; write the whole path") from None


def check_environment() -> None:
    """Check the settings of the environment. Raises ConfigError for one that no triage.toml could be used with."""
    _merge(Path(), CONFIG_NAME, {}, {})


def _merge(home: Path, file: str, said: dict[str, Any], given: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Return the settings of what a ``file`` of this name said, the environment, and what was ``given`` as options.

    Raises ConfigError.
    """

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, said)

    try:
        return FromFile(home=home, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigError(_explain(error.errors()[0], file, given)) from None
    except SettingsError as error:
        raise ConfigError(_explain_variable(error)) from None


def _explain(first: ErrorDetails, file: str, given: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the message on the first wrong value: where it was given, what it is, and what is allowed."""
    section, *rest = (str(part) for part in first["loc"])
    key, said = ".".join([section, *rest]), say_what_is_needed(first).replace("'', ", "")
    name = rest[0] if rest else ""
    if name in given.get(section, {}):
        where = _OPTIONS.get((section, name), key)
        return f"{where} {first['input']!r}: {said}"
    variables = (f"TRIAGE_{section}_{name}".upper(), f"TRIAGE_{section}".upper())
    where = next((variable for variable in variables if variable in os.environ), file)
    if first["type"] == "extra_forbidden":
        # The value of an unknown key may be a token that someone put in the wrong place.
        is_section = bool(name) or isinstance(first["input"], Mapping)
        said = _explain_unknown(section, name) if is_section else _explain_outside(section)
        return f"{where}: {said}; see docs/commands.md, 'Settings'"
    if first["type"] in ("tuple_type", "too_short"):
        said = 'give a list, as in ["cs.CL", "cs.LG"]'
    secret = key == "state.url" or section == "notify"
    value = "" if secret else f" = {first['input']!r}"
    return f"{where}: {key}{value}: {said}; see docs/commands.md, 'Settings'"


def _explain_unknown(section: str, name: str) -> str:
    """Return what is wrong with a section that is none, or with a key that its section does not have."""
    keys = {title: tuple(field.annotation.model_fields) for title, field in _sections()}
    if section in keys:
        return f"no key {section}.{name}{_nearest(name, keys[section])}; [{section}] has {', '.join(keys[section])}"
    return f"no section [{section}]{_nearest(section, keys)}; there are {', '.join(f'[{title}]' for title in keys)}"


def _explain_outside(key: str) -> str:
    """Return what is wrong with a key that stands in no section, and where it or the one that it is like belongs."""
    keys = {title: tuple(field.annotation.model_fields) for title, field in _sections()}
    near = key if any(key in names for names in keys.values()) else ""
    near = near or next(iter(get_close_matches(key, {name for names in keys.values() for name in names}, 1)), "")
    homes = " or ".join(f"[{title}]" for title, names in keys.items() if near in names)
    meant = f"; did you mean {near!r}?" if near and near != key else ""
    return f"key {key!r} stands outside of a section{meant}; write it below {homes or 'the section it belongs to'}"


def _nearest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, names, 1)
    return f", did you mean {near[0]!r}?" if near else ""


def _sections() -> Iterable[tuple[str, Any]]:
    """Return each section of triage.toml, with the field that holds it."""
    return ((title, field) for title, field in Settings.model_fields.items() if title != "home")


def _explain_variable(error: SettingsError) -> str:
    """Return the message on the variables of the environment that hold a list or a whole section, and no JSON."""
    wrong = [name for name in _json_variables() if not _is_json(os.environ.get(name, "null"))]
    return (
        f"{' and '.join(wrong) or error}: not JSON; a list is JSON in the environment, as in "
        """TRIAGE_SOURCE_CATEGORIES='["cs.RO"]', and one key of a section has a variable of its own, """
        "as in TRIAGE_STATE_FOLDER"
    )


def _json_variables() -> Iterable[str]:
    yield "TRIAGE_SOURCE_CATEGORIES"
    yield from (f"TRIAGE_{title}".upper() for title, _ in _sections())


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


def refuse_password(where: str, url: str) -> None:
    """Check an address that was read from a file. Raises ConfigError for one with a password."""
    if _PASSWORD.search(url):
        raise ConfigError(
            f"{where} holds a password, which must not stand in a file: give the address without it, and the password "
            f"as PGPASSWORD or in ~/.pgpass; or give the whole address as {STATE_URL} in the environment"
        )


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds; it may begin with the byte order mark that some editors of Windows write.

    Raises ConfigError for one that is not UTF-8, OSError and tomllib.TOMLDecodeError.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    return tomllib.loads(text)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}; correct that place") from None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}; make it readable, or give another with --config"
        ) from None


def _find(config: Path | None) -> Path:
    if config is not None:
        if not is_file(config):
            raise ConfigError(f"--config {config}: no such file, or unreadable; give the path of a {CONFIG_NAME}")
        return config
    here = Path(CONFIG_NAME)
    if not is_file(here):
        folder = Path.cwd()
        others = [
            path for path in (*(above / CONFIG_NAME for above in folder.parents), *_below(folder)) if is_file(path)
        ]
        there = f"; there is {others[0]}" if others else ""
        raise ConfigError(
            f"no {CONFIG_NAME} in {folder}: run `triage init` in the folder of your list, or give --config FILE{there}"
        )
    return here


def _below(folder: Path) -> Iterable[Path]:
    """Return the triage.toml of the folders in a folder, in the order of their names."""
    try:
        return sorted(folder.glob(f"*/{CONFIG_NAME}"))
    except OSError:  # a folder may be left without a look
        return ()
